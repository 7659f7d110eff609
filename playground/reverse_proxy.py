"""A reverse proxy that serves https on loopback and keeps the path, as an ingress does, or a proxy for logins."""

from __future__ import annotations

import http.client
import http.server
import ssl
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from playground.authority import Authority

PORT = 18443
BACKEND = ("127.0.0.1", 8080)

_NOT_PASSED_ON = {"host", "connection"}
_PASSED_BACK = ("Content-Type", "Location", "WWW-Authenticate")


def write_certificate(home: Path, authority: Authority) -> None:
    """Write `front.crt` and `front.key`, with which to serve, and `ca.crt`, against which to verify the backend."""
    pair = authority.issue("front")
    (home / "front.crt").write_text(pair.certificate)
    (home / "front.key").write_text(pair.key)
    (home / "ca.crt").write_text(authority.certificate)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Passes requests on; what they are to be told, and how, are attributes of a class made for one proxy."""

    path_kept = ""
    told: ClassVar[Mapping[str, str]] = {}
    context: ssl.SSLContext | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
        pass

    def _pass_on(self) -> None:
        if not self.path.startswith(f"{self.path_kept}/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # Whoever asks cannot say what is for the proxy to say.
        left_out = _NOT_PASSED_ON | {name.lower() for name in self.told}
        sent = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        connection = self._connection()
        try:
            connection.request(self.command, self.path, body, {**sent, **self.told})
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            self.send_error(502)
            return
        finally:
            connection.close()
        self.send_response(answer.status)
        for name in _PASSED_BACK:
            if value := answer.getheader(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _connection(self) -> http.client.HTTPConnection:
        if self.context:
            return http.client.HTTPSConnection(*BACKEND, timeout=5, context=self.context)
        return http.client.HTTPConnection(*BACKEND, timeout=5)

    do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815 -- the names in the standard library


@contextmanager
def plain_python(
    authority: Authority, path: str, headers: Mapping[str, str] | None = None, *, is_tls: bool = False
) -> Generator[str]:
    """Run the proxy; yield the URL that it serves, without a slash at the end.

    Args:
        authority: has signed the proxy's certificate, and the backend's where that serves https.
        path: below which it serves, e.g. `/model-app`.
        headers: it tells the backend these, whatever the client says.
        is_tls: whether the backend serves https.
    """
    backend = ssl.create_default_context(cadata=authority.certificate) if is_tls else None
    handler = type("Handler", (_Handler,), {"path_kept": path, "told": headers or {}, "context": backend})
    front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="karma-playground-proxy-") as directory:
        write_certificate(home := Path(directory), authority)
        front.load_cert_chain(home / "front.crt", home / "front.key")
    with http.server.ThreadingHTTPServer(("127.0.0.1", PORT), handler) as server:
        server.socket = front.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{PORT}{path}"
        finally:
            server.shutdown()
            thread.join()
