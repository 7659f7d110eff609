"""A stand-in for Loki on loopback: it takes what Pebble pushes, and keeps the lines with their labels.

It is a process of its own: `python -m playground.around.loki <its home>`.
"""

from __future__ import annotations

import http.server
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from playground.machine.processes import Program

PORT = 18310
_PATH = "/loki/api/v1/push"
_LINES = "lines.jsonl"


class Line(NamedTuple):
    """A line of a log, and what it is labelled with."""

    labels: Mapping[str, str]
    text: str


class Loki(Program):
    """One process."""

    def __init__(self) -> None:
        super().__init__("loki-")
        self.databag = {"endpoint": json.dumps({"url": f"http://127.0.0.1:{PORT}{_PATH}"})}
        """What a unit of loki-k8s publishes of it."""

    @property
    def file(self) -> Path:
        """What has arrived since it was first started."""
        return self.home / _LINES

    @property
    def lines(self) -> list[Line]:
        """The same, parsed."""
        return [Line(*json.loads(line)) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._launch_module("playground.around.loki", "the stand-in for Loki does not serve")


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        pushed = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != _PATH:
            self.send_error(404)
            return
        with Path(_LINES).open("a", encoding="utf-8") as file:
            for stream in pushed["streams"]:
                file.writelines(f"{json.dumps([stream['stream'], text])}\n" for _time, text in stream["values"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
        pass


def main(home: Path) -> None:
    """Serve until the process is ended."""
    os.chdir(home)
    with http.server.HTTPServer(("127.0.0.1", PORT), _Handler) as server:
        Path("serves").touch()
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
