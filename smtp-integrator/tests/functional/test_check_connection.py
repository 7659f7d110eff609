"""The action check-connection, against real relays on loopback."""

import socket
from typing import Any

import pytest
from ops import testing

import connection
import juju
import mail
import ports
from action import PASSWORD, USER, check_connection, failure
from charms.smtp_integrator.v0.smtp import SmtpRelationData
from relay import LOOPBACK, Authority, Security, relay


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


def test_a_relay_in_clear_text_fails_at_tls_and_the_port_is_named(monkeypatch: pytest.MonkeyPatch):
    with relay() as seen:
        assert failure(seen.port, transport_security="tls") == "tls: the answer is not TLS"
        monkeypatch.setitem(ports.USUAL_SECURITY, seen.port, ports.USUAL_SECURITY[587])
        said = failure(seen.port, transport_security="tls")
    assert said == f"tls: the answer is not TLS; port {seen.port} looks like transport_security=starttls"


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_relay_that_waits_for_tls_is_told_by_its_port(
    authority: Authority, security: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection.check, "__kwdefaults__", {"send_test_to": None, "limit": 0.5})
    with relay("tls", context=authority.server()) as seen:
        monkeypatch.setitem(ports.USUAL_SECURITY, seen.port, ports.USUAL_SECURITY[465])
        said = failure(seen.port, transport_security=security)
    assert said == f"ehlo: no answer within 0.5 s; port {seen.port} looks like transport_security=tls"


def test_a_relay_that_wants_starttls_first_is_told_by_its_port(authority: Authority, monkeypatch: pytest.MonkeyPatch):
    with relay("starttls", context=authority.server(), user=USER, password=PASSWORD) as seen:
        monkeypatch.setitem(ports.USUAL_SECURITY, seen.port, ports.USUAL_SECURITY[587])
        said = failure(seen.port, auth_type="plain", user=USER, password=PASSWORD)
    assert said.startswith("auth: the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection; ")
    assert said.endswith("looks like transport_security=starttls")


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


def test_a_real_relay_takes_a_long_password_from_the_action_and_from_the_example(authority: Authority):
    password, config = "x" * 600, {"host": LOOPBACK, "transport_security": "starttls", "auth_type": "plain"}
    config |= {"user": USER, "smtp_sender": "me@example.com"}
    with relay("starttls", context=authority.server(), user=USER, password=password) as seen:
        settings: dict[str, Any] = {**config, "password": password}
        check_connection(seen.port, **settings)
        mail.send(SmtpRelationData(port=seen.port, **settings), to=["you@example.com"], subject="Hi", text="Hi")
    assert seen.signed_in == [USER, USER]


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


@pytest.mark.parametrize(
    ("sender", "address"),
    [("jörg@exämple.com", "jörg@exämple.com"), ('"Ops: 100 %" <ops@example.com>', "ops@example.com")],
)
def test_a_test_message_comes_from_any_valid_sender_and_goes_to_local_mailboxes_too(sender: str, address: str):
    with relay() as seen:
        check_connection(seen.port, smtp_sender=sender, params={"send-test-to": "root@corp.local"})
    assert seen.envelopes == [(address, ["root@corp.local"])]


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


def test_an_invalid_configuration_is_told_instead_of_tried():
    assert failure(25, host="") == "configuration: host: not set: juju config smtp-integrator host=<relay>"
