"""A reverse proxy on loopback that keeps the path, as an ingress does, and says who somebody is, as a login proxy does.

It is a process of its own: `python -m playground.around.reverse_proxy <its home>`. What it reads there it reads anew
with each request, so that what it does can be changed while it runs.
"""

from __future__ import annotations

import http.client
import http.server
import itertools
import json
import ssl
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from playground.machine.processes import Program

if TYPE_CHECKING:
    from playground.around.authority import Authority

PORT = 18443
BACKEND = "127.0.0.1:8080"

_NOT_PASSED_ON = {"host", "connection"}
_NOT_PASSED_BACK = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Settings:
    """What a proxy does; it is written as JSON for the process."""

    path: str
    """Below which it serves, e.g. `/model-app`."""
    scheme: str = "http"
    """Spoken to the backends."""
    backends: Sequence[str] = (BACKEND,)
    """Host and port of each; they are asked in turn, and the next one if one does not answer."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """It tells the backends these, whatever the client says."""


class ReverseProxy(Program):
    """One process.

    Args:
        authority: has signed the proxy's certificate, and the backends' where these serve https.
        settings: what it does.
        is_tls: whether it serves https itself.
    """

    def __init__(self, authority: Authority, settings: Settings, *, is_tls: bool = True):
        super().__init__("proxy-")
        self.settings = settings
        self._scheme = "https" if is_tls else "http"
        self._files = certificate_files(authority)
        if not is_tls:
            del self._files["front.crt"]

    @property
    def url(self) -> str:
        """What it serves, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{PORT}{self.settings.path}"

    def tell(self, settings: Settings) -> None:
        """Change what it does, from the next request on."""
        self.settings = settings
        self.home.mkdir(mode=0o700, exist_ok=True)
        partial = self.home / "settings.partial"
        partial.write_text(json.dumps(asdict(settings)))
        partial.replace(self.home / "settings.json")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.tell(self.settings)
        self._launch_module("playground.around.reverse_proxy", "the reverse proxy does not serve")


def certificate_files(authority: Authority) -> dict[str, str]:
    """Make `front.crt` and `front.key`, with which to serve, and `ca.crt`, against which to verify the backends."""
    pair = authority.issue("front")
    return {"front.crt": pair.certificate, "front.key": pair.key, "ca.crt": authority.certificate}


@contextmanager
def plain_python(authority: Authority, settings: Settings) -> Generator[str]:
    """Let a proxy serve https for a while; yield the URL, without a slash at the end.

    Args:
        authority: has signed the proxy's certificate, and the backends' where these serve https.
        settings: what it does.
    """
    with ReverseProxy(authority, settings) as proxy:
        yield proxy.url


class _Server(http.server.ThreadingHTTPServer):
    """Serves on loopback what the files in its home say."""

    def __init__(self, home: Path):
        super().__init__(("127.0.0.1", PORT), _Handler)
        self._home = home
        self._turns = itertools.count()
        self._trusting = ssl.create_default_context(cafile=str(home / "ca.crt"))
        self._trusting.check_hostname = False  # a pod is asked by its address, which no certificate names
        if (home / "front.crt").exists():
            front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            front.load_cert_chain(home / "front.crt", home / "front.key")
            self.socket = front.wrap_socket(self.socket, server_side=True)

    def settings(self) -> Settings:
        return Settings(**json.loads((self._home / "settings.json").read_text()))

    def connections(self, settings: Settings) -> Iterator[http.client.HTTPConnection]:
        """Connect to each backend, beginning with the one whose turn it is."""
        first = next(self._turns)
        for number in range(len(settings.backends)):
            backend = settings.backends[(first + number) % len(settings.backends)]
            if settings.scheme == "https":
                yield http.client.HTTPSConnection(backend, timeout=5, context=self._trusting)
            else:
                yield http.client.HTTPConnection(backend, timeout=5)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Passes requests on."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
        pass

    def _pass_on(self) -> None:
        server = cast("_Server", self.server)
        settings = server.settings()
        if not self.path.startswith(f"{settings.path}/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # Whoever asks cannot say what is for the proxy to say.
        left_out = _NOT_PASSED_ON | {name.lower() for name in settings.headers}
        sent = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        for connection in server.connections(settings):
            try:
                connection.request(self.command, self.path, body, {**sent, **settings.headers})
                answer = connection.getresponse()
                content = answer.read()
            except OSError:
                continue
            finally:
                connection.close()
            self._pass_back(answer, content)
            return
        self.send_error(502)

    def _pass_back(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_PASSED_BACK:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815 -- the names in the standard library


def main(home: Path) -> None:
    """Serve until the process is ended."""
    with _Server(home) as server:
        (home / "serves").touch()
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
