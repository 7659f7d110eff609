"""Karma is asked over HTTP, and answers in any way."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Generator

import pytest

from karma import api
from karma.api import Upstream, upstreams

STATE = {
    "upstreams": {"instances": [{"name": "am-0", "cluster": "c", "version": "0.31.1", "error": "", "uri": "./proxy"}]}
}


def http(body: str, status: str = "200 OK", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\nConnection: close"
    return f"{head}\r\n\r\n{body}".encode()


@pytest.fixture
def karma_says(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[bytes], list[bytes]]]:
    """Serves one connection with these bytes; returns the requests that come."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(api, "PORT", server.getsockname()[1])
        threads: list[threading.Thread] = []

        def serve(answer: bytes) -> list[bytes]:
            requests: list[bytes] = []

            def respond() -> None:
                connection, _ = server.accept()
                with connection:
                    while not b"".join(requests).endswith(b"{}"):
                        requests.append(connection.recv(4096))
                    connection.sendall(answer)

            threads.append(threading.Thread(target=respond, daemon=True))
            threads[-1].start()
            return requests

        yield serve
        for thread in threads:
            thread.join(10)


@pytest.mark.parametrize("prefix", ["/", "/prod-karma/"])
def test_karma_tells_below_its_prefix_and_asked_with_a_login(karma_says: Callable[[bytes], list[bytes]], prefix: str):
    requests = karma_says(http(json.dumps(STATE)))
    assert upstreams(prefix, {"X-User": "karma-k8s"}, "", 5) == [Upstream("am-0", "c", "0.31.1", "")]
    asked = b"".join(requests)
    assert asked.startswith(f"POST {prefix}alerts.json HTTP/1.1\r\n".encode())
    assert b"\r\nX-User: karma-k8s\r\n" in asked


def test_the_models_proxy_is_not_asked(karma_says: Callable[[bytes], list[bytes]], monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    karma_says(http(json.dumps(STATE)))
    assert len(upstreams("/", {}, "", 5)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", OSError),
        (b"\x15\x03\x01\x00\x02\x02\x16", OSError),
        (http("", status="401 Unauthorized"), OSError),
        (http('{"upstreams"', length=500), OSError),
        (http("Pong"), ValueError),
        (http("\xff"), ValueError),
        (http("[]"), ValueError),
        (http("{}"), ValueError),
        (http('{"upstreams": {"instances": [{"name": "a"}]}}'), ValueError),
        (http('{"upstreams": {"instances": null}}'), ValueError),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_whatever_else_is_answered_is_an_error_that_the_action_knows(
    karma_says: Callable[[bytes], list[bytes]], answer: bytes, error: type[Exception]
):
    karma_says(answer)
    with pytest.raises(error, match=r"."):
        upstreams("/", {}, "", 5)


def test_nobody_there_is_an_error_that_the_action_knows(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(api, "PORT", closed.getsockname()[1])
        with pytest.raises(OSError, match=r"refused"):
            upstreams("/", {}, "", 5)
