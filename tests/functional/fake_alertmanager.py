"""An Alertmanager small enough to look inside: it remembers requests, zips answers, and can keep Karma waiting."""

from __future__ import annotations

import contextlib
import gzip
import json
import ssl
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class FakeAlertmanager:
    """What the handler's threads share with the test.

    Attributes:
        url: where it listens, on loopback.
        requests: every request so far: method, path and headers.
        answers: while this is not set, nobody is answered.
    """

    url: str = ""
    requests: list[tuple[str, str, Message]] = field(default_factory=list[tuple[str, str, Message]])
    answers: threading.Event = field(default_factory=threading.Event)

    @property
    def headers(self) -> list[Message]:
        """Those of every request."""
        return [headers for _, _, headers in self.requests]

    def paths(self, method: str) -> list[str]:
        """Return the paths asked for with the method, in order."""
        return [path for verb, path, _ in self.requests if verb == method]


@contextlib.contextmanager
def fake_alertmanager(*, answers: bool = True, certificate: Path | None = None) -> Generator[FakeAlertmanager]:
    """Serve an Alertmanager without alerts; over TLS where a PEM file with certificate and key is given."""
    fake = FakeAlertmanager()
    if answers:
        fake.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fake.requests.append((self.command, self.path, self.headers))
            fake.answers.wait(60)
            body, zips = _body(self.command, self.path), "gzip" in self.headers.get("Accept-Encoding", "")
            body = gzip.compress(body) if zips else body
            with contextlib.suppress(OSError):  # Karma may have stopped waiting
                self.send_response(200)
                self.send_header("Content-Type", "text/plain" if self.path == "/metrics" else "application/json")
                if zips:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_DELETE = respond  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    fake.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.answers.set()
        server.shutdown()
        server.server_close()
        thread.join()


_STATUS: dict[str, Any] = {
    "cluster": {"status": "ready", "name": "", "peers": []},
    "versionInfo": dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion", "revision"), "")
    | {"version": "0.31.1"},
    "config": {"original": ""},
    "uptime": "2026-01-01T00:00:00.000Z",
}


def _body(method: str, path: str) -> bytes:
    if path == "/metrics":
        return b'alertmanager_build_info{version="0.31.1"} 1\n'
    if path == "/api/v2/status":
        return json.dumps(_STATUS).encode()
    return b'{"silenceID": "s"}' if method == "POST" else b"[]"
