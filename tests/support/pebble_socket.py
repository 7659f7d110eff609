"""A fake Pebble on a socket, for a charm in a process of its own.

It tells what a unit's container has come to: plan, services and checks. What would change something it accepts and does
not do, so that all that a charm asks for is counted.
"""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from pathlib import Path
from types import TracebackType
from typing import cast
from urllib.parse import urlsplit

from ops import pebble, testing

_DONE: dict[str, object] = {
    "id": "1",
    "kind": "replan",
    "summary": "",
    "status": "Done",
    "tasks": [],
    "ready": True,
    "spawn-time": "2026-01-01T00:00:00Z",
}


class PebbleSocket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves on a Unix socket, from a thread of this process, for as long as it is entered.

    Args:
        path: of the socket to make.
        container: what it tells of.
    """

    daemon_threads = True

    def __init__(self, path: Path, container: testing.Container):
        super().__init__(str(path), _Handler)
        self.requests: list[str] = []
        """Methods and paths of all requests so far: `GET /v1/plan`."""
        services = [
            {
                "name": name,
                "startup": pebble.ServiceStartup(service.startup).value,
                "current": pebble.ServiceStatus(service.current).value,
            }
            for name, service in container.services.items()
        ]
        checks = [
            {"name": check.name, "status": check.status.value, "threshold": check.threshold, "failures": check.failures}
            for check in container.check_infos
        ]
        self.results: dict[str, object] = {
            "/v1/plan": container.plan.to_yaml(),
            "/v1/services": services,
            "/v1/checks": checks,
        }

    @property
    def writes(self) -> list[str]:
        """All requests so far that ask for more than an answer."""
        return [request for request in self.requests if not request.startswith("GET ")]

    def __enter__(self) -> PebbleSocket:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server, path = cast("PebbleSocket", self.server), urlsplit(self.path).path
        server.requests.append(f"{self.command} {path}")
        answer: dict[str, object] = {"type": "sync", "status-code": 200, "status": "OK"}
        if self.command != "GET":
            answer |= {"type": "async", "change": "1", "result": None}
        elif path.startswith("/v1/changes/"):
            answer["result"] = _DONE
        else:
            answer["result"] = server.results.get(path, [])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 -- http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's names
        """Say nothing: a client on a Unix socket has no address to write down."""
