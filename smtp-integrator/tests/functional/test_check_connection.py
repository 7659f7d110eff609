"""The action check-connection, against real servers on loopback."""

import base64
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from ops import testing

import connection
import juju
from charms.smtp_integrator.v0.smtp import AuthType, SmtpRelationData
from relay import LOOPBACK, Authority, Security, relay

USER, PASSWORD = "älice@example.com", "p ä:s%s\"'wörd"


def check_connection(
    port: int, *, leader: bool = True, params: dict[str, Any] | None = None, **config: Any
) -> dict[str, Any]:
    """Run the action with these options; give what it says."""
    ctx = juju.provider()
    state = testing.State(leader=leader, config={"host": LOOPBACK, "port": port} | config)
    ctx.run(ctx.on.action("check-connection", params=params), state)
    return dict(ctx.action_results or {})


def failure(port: int, **config: Any) -> str:
    """Run the action with these options; give why it fails."""
    ctx = juju.provider()
    params = config.pop("params", None)
    state = testing.State(leader=True, config={"host": LOOPBACK, "port": port} | config)
    with pytest.raises(testing.ActionFailed) as failed:
        ctx.run(ctx.on.action("check-connection", params=params), state)
    assert (config.get("password") or PASSWORD) not in repr([ctx.action_results, ctx.juju_log])
    return failed.value.message


@contextlib.contextmanager
def server(serve: Callable[[socket.socket], None]) -> Generator[int]:
    """Serve one connection by hand, for the ways in which a relay can misbehave."""
    listener = socket.create_server((LOOPBACK, 0))

    def run():
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):
            serve(client)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # A client that never came is this one.
        with contextlib.suppress(OSError), socket.create_connection(listener.getsockname()):
            pass
        thread.join()
        listener.close()


def talk(client: socket.socket, *answers: bytes) -> None:
    """Give one answer at once, and one after each line of the client."""
    lines = client.makefile("rb")
    for index, answer in enumerate(answers):
        if index:
            lines.readline()
        client.sendall(answer)
    lines.read()
    lines.close()


@pytest.mark.parametrize("leader", [True, False])
@pytest.mark.parametrize("signing_in", [True, False])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_relay_that_answers_as_configured_passes_every_step(
    authority: Authority, security: Security, signing_in: bool, leader: bool
):
    credentials: dict[str, Any] = {"auth_type": "plain", "user": USER, "password": PASSWORD} if signing_in else {}
    with relay(security, context=authority.server(), user=USER if signing_in else None, password=PASSWORD) as seen:
        results = check_connection(seen.port, leader=leader, transport_security=security, **credentials)
    secured = {"none": [], "starttls": ["starttls"], "tls": ["tls"]}[security]
    before, after = (secured, []) if security == "tls" else ([], secured)
    auth = ["auth"] if signing_in else []
    assert list(results) == ["dns", "tcp", *before, "ehlo", *after, *auth, "quit"]
    assert seen.signed_in == ([USER] if signing_in else [])
    assert seen.messages == []
    for step in secured:
        assert results[step].endswith("certificate verified")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_signs_in_the_way_the_relay_offers(mechanism: str):
    config: dict[str, Any] = {"auth_type": "plain", "user": USER, "password": PASSWORD}
    with relay(user=USER, password=PASSWORD, mechanisms=(mechanism,)) as seen:
        assert check_connection(seen.port, **config)["auth"] == f"signed in with {mechanism}"
    assert seen.signed_in == [USER]


def test_a_user_secret_serves_as_the_password_on_every_unit():
    secret = testing.Secret({"password": PASSWORD})
    ctx = juju.provider()
    with relay(user=USER, password=PASSWORD) as seen:
        config = {"host": LOOPBACK, "port": seen.port, "auth_type": "plain", "user": USER}
        config |= {"password_secret": secret.id}
        ctx.run(
            ctx.on.action("check-connection"),
            testing.State(leader=False, config=config, secrets=[secret]),
        )
    assert seen.signed_in == [USER]


def test_a_name_nobody_knows_fails_at_dns():
    assert failure(25, host="relay.invalid").startswith("dns: ")


def test_a_closed_port_fails_at_tcp():
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(port) == f"tcp: {LOOPBACK} port {port}: Connection refused"


@pytest.mark.parametrize(("security", "step"), [("tls", "tls"), ("starttls", "starttls")])
def test_a_certificate_from_a_stranger_fails_at_tls(stranger: Authority, security: Security, step: str):
    with relay(security, context=stranger.server()) as seen:
        said = failure(seen.port, transport_security=security)
    assert said == f"{step}: certificate verify failed: unable to get local issuer certificate"


@pytest.mark.parametrize(("security", "step"), [("tls", "tls"), ("starttls", "starttls")])
@pytest.mark.parametrize("host", ["localhost", LOOPBACK])
def test_a_certificate_for_another_host_fails_at_tls(authority: Authority, security: Security, step: str, host: str):
    with relay(security, context=authority.server(dns="other.example.com", ip=None)) as seen:
        said = failure(seen.port, transport_security=security, host=host)
    assert said.startswith(f"{step}: certificate verify failed: ")
    assert host in said


@pytest.mark.parametrize(("security", "step"), [("tls", "tls"), ("starttls", "starttls")])
def test_a_wrong_certificate_passes_where_verification_is_skipped(stranger: Authority, security: Security, step: str):
    with relay(security, context=stranger.server(dns="other.example.com", ip=None)) as seen:
        results = check_connection(seen.port, transport_security=security, skip_ssl_verify=True)
    assert results[step].endswith("not verified (skip_ssl_verify)")


def test_a_relay_in_clear_text_fails_at_tls():
    with relay() as seen:
        assert failure(seen.port, transport_security="tls").startswith("tls: ")


def test_a_relay_without_starttls_fails_at_starttls():
    with relay() as seen:
        said = failure(seen.port, transport_security="starttls")
    assert said == "starttls: the relay does not offer STARTTLS"


def test_a_wrong_password_fails_at_auth_and_is_not_repeated():
    with relay(user=USER, password="another") as seen:
        said = failure(seen.port, auth_type="plain", user=USER, password=PASSWORD)
    assert said.startswith("auth: 535 ")
    assert seen.signed_in == []


def test_a_relay_that_lets_nobody_sign_in_fails_at_auth():
    with relay(mechanisms=()) as seen:
        said = failure(seen.port, auth_type="plain", user=USER, password=PASSWORD)
    assert said.startswith("auth: the relay offers neither AUTH PLAIN nor AUTH LOGIN")


def test_a_relay_that_repeats_the_password_does_not_get_it_into_the_result():
    password = "MARKER-77aa"
    both = base64.b64encode(f"\0{USER}\0{password}".encode())
    echo = b"535 no: " + both + b" " + base64.b64encode(password.encode()) + b" " + password.encode() + b"\r\n"
    with server(lambda client: talk(client, b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", echo)) as port:
        said = failure(port, auth_type="plain", user=USER, password=password)
    assert said == "auth: 535 no: *** *** ***"


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
    [([], "ehlo"), ([b"220 hi\r\n"], "ehlo"), ([b"220 hi\r\n", b"250 hi\r\n"], "quit")],
)
def test_a_relay_that_drops_the_connection_is_told_by_the_step(answers: list[bytes], step: str):
    def drop(client: socket.socket) -> None:
        lines = client.makefile("rb")
        for answer in answers:
            client.sendall(answer)
            lines.readline()
        lines.close()

    with server(drop) as port:
        assert failure(port) == f"{step}: Connection unexpectedly closed"


def hang(client: socket.socket) -> None:
    """Read, and never answer."""
    while client.recv(1024):
        pass


def drip(client: socket.socket) -> None:
    """Send a byte now and then, so that no single read ever takes too long."""
    client.settimeout(0.05)
    for byte in itertools.cycle(b"220-still there\r\n"):
        client.sendall(bytes([byte]))
        with contextlib.suppress(TimeoutError):
            if not client.recv(1024):
                return


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


def test_a_test_message_is_sent_where_one_is_asked_for(authority: Authority):
    config: dict[str, Any] = {"smtp_sender": "Ops <no-reply@example.com>", "domain": "example.com"}
    with relay("starttls", context=authority.server()) as seen:
        results = check_connection(
            seen.port,
            transport_security="starttls",
            params={"send-test-to": "you@example.com"},
            **config,
        )
    assert results["send-test"] == "accepted for you@example.com"
    assert seen.envelopes == [("no-reply@example.com", ["you@example.com"])]
    assert seen.messages[0]["From"] == "Ops <no-reply@example.com>"


@pytest.mark.parametrize("sender", ["jörg@exämple.com", '"a b:c%"@example.com'])
def test_a_test_message_comes_from_any_valid_sender(sender: str):
    with relay() as seen:
        check_connection(seen.port, smtp_sender=sender, params={"send-test-to": "you@example.com"})
    assert [envelope[0] for envelope in seen.envelopes] == [sender]


@pytest.mark.parametrize(
    ("sender", "to", "said"),
    [
        ("", "you@example.com", "send-test: the option smtp_sender is not set"),
        ("me@example.com", "you", "send-test: send-test-to is not an e-mail address"),
        (
            "me@example.com",
            "you\r\nBcc: a@b.c",
            "send-test: send-test-to is not an e-mail address",
        ),
    ],
)
def test_a_test_message_that_cannot_be_sent_is_told_before_connecting(sender: str, to: str, said: str):
    assert failure(1, smtp_sender=sender, params={"send-test-to": to}) == said


def test_a_test_message_that_is_refused_fails_at_send_test():
    with relay() as seen:
        seen.refuse = "550 not today"
        said = failure(seen.port, smtp_sender="me@example.com", params={"send-test-to": "you@example.com"})
    assert said == "send-test: 550 not today"


def test_a_recipient_that_is_refused_fails_at_send_test():
    answers = [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"550 who?\r\n", b"250 ok\r\n", b"221 bye\r\n"]
    with server(lambda client: talk(client, *answers)) as port:
        said = failure(port, smtp_sender="me@example.com", params={"send-test-to": "you@example.com"})
    assert said == "send-test: 550 who?"


def test_an_invalid_configuration_is_told_instead_of_tried():
    assert failure(25, host="") == "configuration: host: not set: juju config smtp-integrator host=<relay>"
