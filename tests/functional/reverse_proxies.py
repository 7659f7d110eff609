"""Reverse proxies that serve https on loopback and keep the path: nginx, and a small one that is always at hand."""

from __future__ import annotations

import http.client
import http.server
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from playground.dashboard import eventually
from tests.functional.authority import Authority

PORT = 18443
BACKEND = ("127.0.0.1", 8080)

_NGINX = """
daemon off;
worker_processes 1;
pid {home}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {home}/front.crt;
    ssl_certificate_key {home}/front.key;
    location {path}/ {{
      proxy_pass {scheme}://127.0.0.1:8080;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {home}/ca.crt;
      proxy_ssl_name karma-k8s;
      {headers}
    }}
  }}
}}
"""


@contextmanager
def nginx(
    authority: Authority, path: str, headers: Mapping[str, str] | None = None, *, is_tls: bool = False
) -> Generator[str]:
    """Run nginx; yield the URL that it serves, without a slash at the end.

    Args:
        authority: has signed nginx' certificate, and the backend's where that serves https.
        path: below which it serves, e.g. `/model-app`.
        headers: it tells the backend these, whatever the client says.
        is_tls: whether the backend serves https.
    """
    if not (binary := shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")):
        pytest.skip("needs nginx: it is in Debian's package nginx-light")
    with tempfile.TemporaryDirectory(prefix="karma-playground-nginx-") as directory:
        home = Path(directory)
        _write_certificate(home, authority)
        told = "\n".join(f"proxy_set_header {name} {value};" for name, value in (headers or {}).items())
        scheme = "https" if is_tls else "http"
        text = _NGINX.format(home=home, port=PORT, path=path, scheme=scheme, headers=told)
        (home / "nginx.conf").write_text(text)
        process = subprocess.Popen([binary, "-c", str(home / "nginx.conf"), "-p", directory, "-e", "stderr"])
        try:
            _wait(process)
            yield f"https://127.0.0.1:{PORT}{path}"
        finally:
            process.terminate()
            process.wait(10)


def _write_certificate(home: Path, authority: Authority) -> None:
    pair = authority.issue("front")
    (home / "front.crt").write_text(pair.certificate)
    (home / "front.key").write_text(pair.key)
    (home / "ca.crt").write_text(authority.certificate)


def _wait(process: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        with socket.create_connection(("127.0.0.1", PORT), timeout=1):
            return True

    if not eventually(answers, wanted=True, seconds=10) or process.poll() is not None:
        raise RuntimeError("nginx does not serve")


@contextmanager
def plain_python(
    authority: Authority, path: str, headers: Mapping[str, str] | None = None, *, is_tls: bool = False
) -> Generator[str]:
    """Run a proxy of a few lines; see `nginx`."""
    backend = ssl.create_default_context(cadata=authority.certificate) if is_tls else None

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
            pass

        def _pass_on(self) -> None:
            if not self.path.startswith(f"{path}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            told = {**{name: value for name, value in sent.items() if name not in (headers or {})}, **(headers or {})}
            connection = (
                http.client.HTTPSConnection(*BACKEND, timeout=5, context=backend)
                if backend
                else http.client.HTTPConnection(*BACKEND, timeout=5)
            )
            try:
                connection.request(self.command, self.path, body, told)
                answer = connection.getresponse()
                content = answer.read()
            except OSError:
                self.send_error(502)
                return
            finally:
                connection.close()
            self.send_response(answer.status)
            for name in ("Content-Type", "Location", "WWW-Authenticate"):
                if value := answer.getheader(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815 -- the names in the standard library

    with tempfile.TemporaryDirectory(prefix="karma-playground-proxy-") as directory:
        home = Path(directory)
        _write_certificate(home, authority)
        front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        front.load_cert_chain(home / "front.crt", home / "front.key")
        with http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler) as server:
            server.socket = front.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"https://127.0.0.1:{PORT}{path}"
            finally:
                server.shutdown()
                thread.join()
