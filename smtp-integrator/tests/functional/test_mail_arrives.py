"""From the operator's options to a message in the relay, through both charms and the relation."""

from typing import Any

import pytest
from ops import testing

import juju
from action import server, talk
from relay import LOOPBACK, Authority, Security, relay

USER, PASSWORD = 'jörg "ops"@example.com', "p ä:s%s'wörd"


def send(seen: testing.State, **params: str) -> Any:
    """Run the example consumer's action; give its context."""
    ctx = juju.mailer()
    ctx.run(ctx.on.action("send", params=params), seen)
    return ctx


def consumer(endpoint: str, config: dict[str, Any]) -> testing.State:
    """Configure the integrator; give what the consumer at the other end sees."""
    ctx = juju.provider()
    relation = testing.Relation(endpoint)
    state = testing.State(leader=True, config=config, relations=[relation])
    return juju.hand_over(ctx.run(ctx.on.config_changed(), state), relation)


@pytest.mark.parametrize("endpoint", ["smtp", "smtp-legacy"])
@pytest.mark.parametrize("signing_in", [True, False])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_consumer_that_knows_nothing_but_the_relation_sends_mail(
    authority: Authority, security: Security, signing_in: bool, endpoint: str
):
    with relay(security, context=authority.server(), user=USER if signing_in else None, password=PASSWORD) as taken:
        config = {"host": LOOPBACK, "port": taken.port, "transport_security": security}
        config |= {"smtp_sender": "no-reply@example.com", "recipients": "a@example.com, b@example.com"}
        if signing_in:
            config |= {"auth_type": "plain", "user": USER, "password": PASSWORD}
        send(consumer(endpoint, config), subject="It works", text="Hello")
    assert taken.signed_in == ([USER] if signing_in else [])
    assert taken.envelopes == [("no-reply@example.com", ["a@example.com", "b@example.com"])]
    assert taken.messages[0]["Subject"] == "It works"
    assert taken.messages[0]["Date"]
    assert taken.messages[0].get_content().strip() == "Hello"


def test_a_consumer_verifies_the_relay_unless_it_is_told_not_to(stranger: Authority):
    with relay("tls", context=stranger.server()) as taken:
        config = {"host": LOOPBACK, "port": taken.port, "transport_security": "tls"}
        with pytest.raises(testing.ActionFailed, match="certificate verify failed"):
            send(consumer("smtp", config), to="a@example.com")
        assert taken.messages == []
        send(consumer("smtp", config | {"skip_ssl_verify": True}), to="a@example.com")
    assert len(taken.messages) == 1


def test_a_wrong_password_is_told_by_the_consumer_without_showing_it():
    with relay(user=USER, password="another") as taken:
        config = {"host": LOOPBACK, "port": taken.port, "auth_type": "plain"}
        config |= {"user": USER, "password": "MARKER-5d1e"}
        with pytest.raises(testing.ActionFailed) as failed:
            send(consumer("smtp", config), to="a@example.com")
    assert "535" in failed.value.message
    assert "MARKER-5d1e" not in failed.value.message


def test_an_addressee_that_the_relay_refuses_is_told_apart_from_those_that_got_the_message():
    answers = b"220 hi,250 hi,250 ok,250 ok,550 who?,354 go on,250 taken,221 bye".split(b",")
    ctx = juju.mailer()
    with server(lambda client: talk(client, *(answer + b"\r\n" for answer in answers))) as port:
        seen = consumer("smtp", {"host": LOOPBACK, "port": port, "recipients": "a@example.com, b@example.com"})
        with pytest.raises(testing.ActionFailed, match=r"127\.0\.0\.1 refuses b@example\.com"):
            ctx.run(ctx.on.action("send"), seen)
    assert ctx.action_results == {"sent-to": "a@example.com"}
