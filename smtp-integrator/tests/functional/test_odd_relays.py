"""The action check-connection, against relays that misbehave."""

import base64
import socket
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

import connection
from action import PASSWORD, USER, check_connection, drip, drop, failure, hang, server, talk
from charms.smtp_integrator.v0.smtp import AuthType, SmtpRelationData
from relay import relay


def test_a_relay_that_repeats_the_password_does_not_get_it_into_the_result():
    password = "MARKER-77aa"
    both = base64.b64encode(f"\0{USER}\0{password}".encode())
    echo = b"535 no: " + both + b" " + base64.b64encode(password.encode()) + b" " + password.encode() + b"\r\n"
    with server(lambda client: talk(client, b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", echo)) as port:
        said = failure(port, auth_type="plain", user=USER, password=password)
    assert said == "auth: 535 user or password is wrong"


@pytest.mark.parametrize(
    ("code", "said"),
    [(b"454", "454 the relay can't tell now"), (b"599", "599"), (b"334", "334"), (b"oh", "the answer is not SMTP")],
)
@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN"])
def test_nothing_of_a_reply_to_auth_is_repeated_but_its_code(mechanism: bytes, code: bytes, said: str):
    spelled = b" I saw " + PASSWORD[::-1].encode() + b"\r\n"
    # 334 asks for one line more than there is to say.
    asked = [b"334 \r\n"] * (mechanism == b"LOGIN") * (1 + (code == b"334"))
    answers = [b"220 hi\r\n", b"250-hi\r\n250 AUTH " + mechanism + b"\r\n", *asked, code + spelled]
    with server(lambda client: talk(client, *answers)) as port:
        assert failure(port, auth_type="plain", user=USER, password=PASSWORD) == f"auth: {said}"


@pytest.mark.parametrize(("length", "steps"), [(1, 1), (352, 1), (353, 2), (600, 2), (9000, 2)])
def test_a_long_password_takes_auth_in_two_steps(length: int, steps: int):
    password = "x" * length
    both = base64.b64encode(f"\0{USER}\0{password}".encode())
    asked = [b"334 \r\n"] * (steps - 1)
    answers = [b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", *asked, b"235 ok\r\n", b"221 bye\r\n"]
    said: list[bytes] = []
    with server(lambda client: talk(client, *answers, said=said)) as port:
        results = check_connection(port, auth_type="plain", user=USER, password=password)
    assert results["auth"] == "signed in with PLAIN"
    auth = b"".join(said[1:-1])
    assert auth == (b"AUTH PLAIN\r\n" if steps == 2 else b"AUTH PLAIN ") + both + b"\r\n"
    assert len(said[1]) <= 512  # RFC 4954, section 4


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([b"554 go away\r\n"], "ehlo: 554 go away"),
        ([b"220 hi\r\n", b"502 no\x1b[31m\x00such\r\n"], "ehlo: 502 no [31m such"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "ehlo: the answer is not SMTP"),
        ([b"220 " + b"x" * 9000 + b"\r\n"], "ehlo: 500 Line too long."),
    ],
)
def test_a_relay_that_refuses_is_quoted(answers: list[bytes], said: str):
    with server(lambda client: talk(client, *answers)) as port:
        assert failure(port) == said


@pytest.mark.parametrize(
    ("answers", "step"),
    [([], "ehlo"), ([b"220 hi\r\n"], "ehlo")],
)
def test_a_relay_that_drops_the_connection_is_told_by_the_step(answers: list[bytes], step: str):
    with server(lambda client: drop(client, *answers)) as port:
        assert failure(port) == f"{step}: Connection unexpectedly closed"


@pytest.mark.parametrize(
    ("last", "found"),
    [(None, "the relay hung up"), (b"", "no answer within 0.5 s"), (b"500 no\r\n", "ok"), (b"?\r\n", "ok")],
)
def test_how_a_relay_takes_leave_decides_nothing(last: bytes | None, found: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection.check, "__kwdefaults__", {"send_test_to": None, "limit": 0.5})
    answers = [b"220 hi\r\n", b"250 hi\r\n"]
    with server(lambda client: drop(client, *answers) if last is None else talk(client, *answers, last)) as port:
        assert check_connection(port)["quit"] == found


@pytest.mark.parametrize("error", [RuntimeError("odd"), ValueError(), RecursionError("deep"), MemoryError()])
def test_any_exception_is_a_failed_step(error: Exception, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any, **__: Any):
        raise error

    monkeypatch.setattr(connection.smtplib.SMTP, "ehlo", fail)
    with relay() as seen:
        assert failure(seen.port) == f"ehlo: {str(error) or type(error).__name__}"


@pytest.mark.parametrize(
    ("serve", "security", "step"),
    [(hang, "none", "ehlo"), (hang, "tls", "tls"), (drip, "none", "ehlo")],
)
def test_a_relay_that_hangs_is_given_up_after_the_limit(
    serve: Callable[[socket.socket], None], security: str, step: str, monkeypatch: pytest.MonkeyPatch
):
    assert connection.LIMIT == 10
    # The servers hang for as long as the client stays: that this test ends is what it shows.
    monkeypatch.setattr(connection.check, "__kwdefaults__", {"send_test_to": None, "limit": 0.5})
    with server(serve) as port:
        assert failure(port, transport_security=security) == f"{step}: no answer within 0.5 s"


def test_a_name_server_that_hangs_is_given_up_after_the_limit(monkeypatch: pytest.MonkeyPatch):
    released = threading.Event()

    def wait(*_: Any, **__: Any) -> list[Any]:
        released.wait()
        raise OSError

    monkeypatch.setattr(connection.socket, "getaddrinfo", wait)
    report = connection.check(SmtpRelationData("relay.test", 25, auth_type=AuthType.NONE), limit=0.2)
    released.set()
    assert report == connection.Report((), "dns: no answer within 0.2 s")


def test_one_of_several_addresses_that_never_answers_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch):
    connect = socket.create_connection

    def connect_or_wait(address: tuple[str, int], timeout: float) -> socket.socket:
        if address[0] == "192.0.2.1":
            assert not threading.Event().wait(timeout)
            raise TimeoutError("timed out")
        return connect(address, timeout)

    monkeypatch.setattr(connection.socket, "create_connection", connect_or_wait)
    monkeypatch.setattr(connection.check, "__kwdefaults__", {"send_test_to": None, "limit": 1.5})
    with relay() as seen:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, seen.port)) for ip in ("192.0.2.1", "127.0.0.1")]
        monkeypatch.setattr(connection.socket, "getaddrinfo", mock.Mock(return_value=found))
        assert check_connection(seen.port)["tcp"] == f"connected to 127.0.0.1 port {seen.port}"


def test_a_recipient_that_is_refused_fails_at_send_test():
    answers = [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"550 who?\r\n", b"250 ok\r\n", b"221 bye\r\n"]
    with server(lambda client: talk(client, *answers)) as port:
        said = failure(port, smtp_sender="me@example.com", params={"send-test-to": "you@example.com"})
    assert said == "send-test: 550 who?"
