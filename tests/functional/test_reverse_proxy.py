"""The playground's reverse proxy: what it passes on, and what it keeps to itself."""

from __future__ import annotations

import gzip
import urllib.request
from collections.abc import Generator

import pytest

from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.around.reverse_proxy import Settings, plain_python
from tests.functional.fake_alertmanager import FakeAlertmanager, fake_alertmanager

SAID = {"X-Auth-Request-User": "alice"}


@pytest.fixture
def backend() -> Generator[FakeAlertmanager]:
    with fake_alertmanager() as one:
        yield one


@pytest.fixture
def url(backend: FakeAlertmanager, authority: Authority) -> Generator[str]:
    backends = ["127.0.0.1:1", backend.url.removeprefix("http://")]
    with plain_python(authority, Settings("/kept", backends=backends, headers=SAID)) as url:
        yield url


def test_a_browser_is_told_how_to_read_the_answer(url: str, authority: Authority):
    context = Browser(url, authority).context
    request = urllib.request.Request(f"{url}/", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=5, context=context) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == b"[]"


def test_nobody_says_for_the_proxy_who_he_is(url: str, backend: FakeAlertmanager, authority: Authority):
    for _ in range(2):  # also where it is the turn of the backend that is down
        assert Browser(f"{url}/", authority, headers={"X-Auth-Request-User": "mallory", "X-Other": "x"}).status() == 200
        assert backend.headers[-1].get_all("X-Auth-Request-User") == ["alice"]
        assert backend.headers[-1]["X-Other"] == "x"


def test_what_is_not_below_the_path_is_not_there(url: str, authority: Authority):
    assert Browser(url.removesuffix("/kept"), authority).status("/keptnot/") == 404


def test_without_any_backend_it_says_so(authority: Authority):
    with plain_python(authority, Settings("/kept", backends=["127.0.0.1:1"])) as url:
        assert Browser(f"{url}/", authority).status() == 502
