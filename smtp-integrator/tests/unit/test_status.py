"""What the operator reads in `juju status`."""

import itertools
from typing import Any

import ops
import pytest
from ops import testing

import juju
from problems import MAX_STATUS_BYTES, Problem, Severity, blocked_message, blocking, warning_message

HOST = {"host": "smtp.example.com"}


def status(config: dict[str, str | int | bool], *, leader: bool = True) -> testing.State:
    ctx = juju.provider()
    return ctx.run(ctx.on.config_changed(), testing.State(leader=leader, config=config))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "host: not set: juju config smtp-integrator host=<relay>"),
        ({"host": "smtp://relay"}, "host: not a DNS name or IP address"),
        (HOST | {"port": 0}, "port: not from 1 to 65535"),
        (HOST | {"port": 65536}, "port: not from 1 to 65535"),
        (HOST | {"auth_type": "oauth"}, "auth_type: not one of none, not_provided, plain"),
        (HOST | {"transport_security": "ssl"}, "transport_security: not one of none, starttls, tls"),
        (HOST | {"domain": "not a domain"}, "domain: not a DNS name"),
        (HOST | {"smtp_sender": "nobody"}, "smtp_sender: not an e-mail address"),
        (HOST | {"user": "a\nb"}, "user: has control characters"),
        (HOST | {"password": "a\0b"}, "password: has control characters"),
        (
            HOST | {"recipients": "a@example.com,nobody"},
            "recipients: not all are e-mail addresses, separated by commas",
        ),
        (
            HOST | {"auth_type": "plain", "password": "x"},
            "user: not set, but auth_type=plain needs it",
        ),
        (
            HOST | {"auth_type": "plain", "user": "alice"},
            "password: not set, but auth_type=plain needs it (or password_secret)",
        ),
        (
            HOST | {"port": 0, "smtp_sender": "nobody", "domain": "-"},
            "port: not from 1 to 65535; domain: not a DNS name; smtp_sender: not an e-mail address",
        ),
        (
            {"host": "?", "port": 0, "auth_type": "?", "transport_security": "?"},
            "host, port, auth_type, transport_security: invalid (why: juju debug-log)",
        ),
    ],
)
@pytest.mark.parametrize("leader", [True, False])
def test_every_option_at_fault_is_named(config: dict[str, str | int | bool], message: str, leader: bool):
    assert status(config, leader=leader).unit_status == testing.BlockedStatus(message)


def test_the_log_says_in_full_what_the_status_shortens(ctx: juju.ProviderContext):
    config = {"host": "?", "port": 0, "auth_type": "?", "transport_security": "?"}
    ctx.run(ctx.on.config_changed(), testing.State(config=config))
    logged = [line.message for line in ctx.juju_log if line.level == "WARNING"]
    assert logged == [
        "host: not a DNS name or IP address",
        "port: not from 1 to 65535",
        "auth_type: not one of none, not_provided, plain",
        "transport_security: not one of none, starttls, tls",
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"auth_type": "plain"}, "transport_security: insecure, password in clear text: set starttls or tls"),
        ({"skip_ssl_verify": True}, "skip_ssl_verify: insecure, set it to false"),
        (
            {"auth_type": "plain", "skip_ssl_verify": True},
            "transport_security: insecure, password in clear text: set starttls or tls; "
            "skip_ssl_verify: insecure, set it to false",
        ),
        ({"auth_type": "plain", "transport_security": "starttls"}, ""),
        ({"auth_type": "plain", "transport_security": "tls"}, ""),
        ({"auth_type": "not_provided"}, ""),
    ],
)
def test_an_insecure_configuration_is_published_with_a_warning(config: dict[str, str | int | bool], message: str):
    assert status(HOST | {"user": "alice", "password": "x"} | config).unit_status == testing.ActiveStatus(message)
    assert len(message.encode()) <= MAX_STATUS_BYTES


@pytest.mark.parametrize("endpoint", ["smtp", "smtp-legacy"])
def test_what_was_published_stays_and_every_unit_says_so(ctx: juju.ProviderContext, endpoint: str):
    relation, peers = testing.Relation(endpoint), testing.PeerRelation("smtp-peers")
    state = testing.State(leader=True, config=HOST, relations=[relation, peers])
    state = ctx.run(ctx.on.config_changed(), state)
    before = dict(juju.databag(state, relation))
    state = ctx.run(ctx.on.config_changed(), juju.change(state, config=HOST | {"port": 0}))
    assert juju.databag(state, relation) == before
    blocked = testing.BlockedStatus("port: not from 1 to 65535; published data stays")
    assert state.unit_status == blocked
    # A unit that doesn't lead can't read the databag: it knows from the leader.
    follower = ctx.run(ctx.on.config_changed(), juju.change(state, leader=False))
    assert follower.unit_status == blocked


def test_no_unit_speaks_of_published_data_where_there_is_none(ctx: juju.ProviderContext):
    relation, peers = testing.Relation("smtp"), testing.PeerRelation("smtp-peers")
    state = testing.State(leader=True, config=HOST, relations=[relation, peers])
    state = ctx.run(ctx.on.config_changed(), state)
    state = ctx.run(ctx.on.relation_broken(state.get_relation(relation.id)), state)
    state = juju.change(state, relation, config={})
    for leader in (True, False):
        result = ctx.run(ctx.on.config_changed(), juju.change(state, leader=leader))
        assert result.unit_status == testing.BlockedStatus("host: not set: juju config smtp-integrator host=<relay>")


def test_a_peer_relation_that_cannot_be_read_yet_does_not_fail_the_install_hook(
    ctx: juju.ProviderContext, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: Any, **__: Any):
        raise ops.ModelError("ERROR permission denied")

    # Juju lets nobody read a peer relation in the install hook; ops.testing does.
    monkeypatch.setattr("scenario.mocking._MockModelBackend.relation_get", refuse)
    peers = testing.PeerRelation("smtp-peers")
    state = ctx.run(ctx.on.install(), testing.State(leader=False, relations=[peers]))
    assert state.unit_status == testing.BlockedStatus("host: not set: juju config smtp-integrator host=<relay>")


def test_a_status_fits_whatever_is_at_fault_and_names_all_of_it():
    options = ["host", "port", "user", "password_secret", "auth_type"]
    options += ["transport_security", "domain", "smtp_sender", "recipients"]
    for count, published in itertools.product(range(1, len(options) + 1), (True, False)):
        for names in itertools.combinations(options, count):
            faults = [Problem(Severity.BLOCKED, name, "x" * 50) for name in names]
            message = blocked_message(faults, published=published)
            assert len(message.encode()) <= MAX_STATUS_BYTES
            assert all(name in message for name in names)
            assert ("stays" in message or "stay" in message) == published


def test_problems_tell_apart_what_blocks_and_what_warns():
    fault, warning = Problem(Severity.BLOCKED, "port", "x"), Problem(Severity.WARNING, "host", "y")
    assert blocking([fault, warning]) == [fault]
    assert warning_message([fault, warning]) == "host: y"
