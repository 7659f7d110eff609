"""The playground's reverse proxy: what it passes on, and what it keeps to itself."""

from __future__ import annotations

import gzip
import http.server
import threading
import urllib.request
from collections.abc import Generator
from email.message import Message

import pytest

from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.around.reverse_proxy import Settings, plain_python

SAID = {"X-Auth-Request-User": "alice"}


class Backend(http.server.BaseHTTPRequestHandler):
    """Answers compressed, and remembers what it was asked with."""

    asked: Message

    def do_GET(self) -> None:
        Backend.asked = self.headers
        body = gzip.compress(b"hello")
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
        pass


@pytest.fixture(scope="module")
def backend() -> Generator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def url(backend: str, authority: Authority) -> Generator[str]:
    with plain_python(authority, Settings("/kept", backends=["127.0.0.1:1", backend], headers=SAID)) as url:
        yield url


def test_a_browser_is_told_how_to_read_the_answer(url: str, authority: Authority):
    context = Browser(url, authority).context
    with urllib.request.urlopen(f"{url}/", timeout=5, context=context) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == b"hello"


def test_nobody_says_for_the_proxy_who_he_is(url: str, authority: Authority):
    for _ in range(2):  # also where it is the turn of the backend that is down
        assert Browser(f"{url}/", authority, headers={"X-Auth-Request-User": "mallory", "X-Other": "x"}).status() == 200
        assert Backend.asked.get_all("X-Auth-Request-User") == ["alice"]
        assert Backend.asked["X-Other"] == "x"


def test_what_is_not_below_the_path_is_not_there(url: str, authority: Authority):
    assert Browser(url.removesuffix("/kept"), authority).status("/keptnot/") == 404


def test_without_any_backend_it_says_so(authority: Authority):
    with plain_python(authority, Settings("/kept", backends=["127.0.0.1:1"])) as url:
        assert Browser(f"{url}/", authority).status() == 502
