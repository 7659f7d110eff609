"""What consumers get."""

import dataclasses
from unittest import mock

import ops
import pytest
from ops import testing

import juju

PLAIN = {"host": "smtp.example.com", "auth_type": "plain", "transport_security": "tls"} | {
    "user": "alice",
    "password": "one",
}


def test_every_option_reaches_the_consumer(ctx: juju.ProviderContext):
    relation = testing.Relation("smtp")
    config = {
        "host": "smtp.example.com",
        "port": 587,
        "user": "alice",
        "password": "s3cret",
        "auth_type": "plain",
        "transport_security": "starttls",
        "domain": "example.com",
        "skip_ssl_verify": True,
        "smtp_sender": "no-reply@example.com",
        "recipients": "a@example.com, b@example.com",
    }
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=config, relations=[relation]))
    [secret] = juju.own_secrets(state)
    assert juju.databag(state, relation) == {
        "host": "smtp.example.com",
        "port": "587",
        "user": "alice",
        "password_id": secret.id,
        "auth_type": "plain",
        "transport_security": "starttls",
        "domain": "example.com",
        "skip_ssl_verify": "True",
        "smtp_sender": "no-reply@example.com",
        "recipients": '["a@example.com", "b@example.com"]',
    }


def test_a_host_alone_is_enough_and_what_is_not_set_is_not_said(ctx: juju.ProviderContext):
    relation = testing.Relation("smtp")
    state = ctx.run(
        ctx.on.relation_created(relation),
        testing.State(leader=True, config={"host": "smtp.example.com"}, relations=[relation]),
    )
    assert juju.databag(state, relation) == {
        "host": "smtp.example.com",
        "port": "25",
        "auth_type": "none",
        "transport_security": "none",
        "skip_ssl_verify": "False",
    }
    assert state.unit_status == testing.ActiveStatus()


def test_an_option_that_is_unset_disappears_from_the_databag(ctx: juju.ProviderContext):
    relation = testing.Relation("smtp")
    config = {"host": "smtp.example.com", "domain": "example.com", "recipients": "a@example.com"}
    state = testing.State(leader=True, config=config, relations=[relation])
    state = ctx.run(ctx.on.config_changed(), state)
    state = ctx.run(ctx.on.config_changed(), juju.change(state, config={"host": "smtp.example.com"}))
    assert "domain" not in juju.databag(state, relation)
    assert "recipients" not in juju.databag(state, relation)


def test_a_legacy_consumer_gets_the_password_itself_and_no_id(ctx: juju.ProviderContext):
    relation = testing.Relation("smtp-legacy")
    state = ctx.run(ctx.on.relation_created(relation), testing.State(leader=True, config=PLAIN, relations=[relation]))
    assert juju.databag(state, relation)["password"] == "one"
    assert "password_id" not in juju.databag(state, relation)


def test_all_consumers_share_one_secret_that_each_is_granted(ctx: juju.ProviderContext):
    relations = [testing.Relation("smtp", remote_app_name=name) for name in ("kratos", "penpot")]
    legacy = testing.Relation("smtp-legacy", remote_app_name="old")
    state = testing.State(leader=True, config=PLAIN, relations=[*relations, legacy])
    state = ctx.run(ctx.on.config_changed(), state)
    [secret] = juju.own_secrets(state)
    assert secret.remote_grants == {relations[0].id: {"kratos"}, relations[1].id: {"penpot"}}
    assert {juju.databag(state, relation)["password_id"] for relation in relations} == {secret.id}


@pytest.mark.parametrize("broken_config", [False, True])
def test_access_ends_with_the_relation_even_while_the_configuration_is_invalid(
    ctx: juju.ProviderContext, broken_config: bool
):
    staying, going = testing.Relation("smtp"), testing.Relation("smtp")
    state = testing.State(leader=True, config=PLAIN, relations=[staying, going])
    state = ctx.run(ctx.on.config_changed(), state)
    if broken_config:
        state = juju.change(state, config=PLAIN | {"port": 0})
    state = ctx.run(ctx.on.relation_broken(state.get_relation(going.id)), state)
    [secret] = juju.own_secrets(state)
    assert set(secret.remote_grants) == {staying.id}


def test_a_relation_that_never_had_access_can_go(ctx: juju.ProviderContext):
    had, never = testing.Relation("smtp"), testing.Relation("smtp")
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=PLAIN, relations=[had]))
    state = juju.change(state, config={}, relations=[*state.relations, never])
    state = ctx.run(ctx.on.relation_broken(never), state)
    [secret] = juju.own_secrets(state)
    assert set(secret.remote_grants) == {had.id}


def test_removing_the_password_removes_the_secret_and_its_id(ctx: juju.ProviderContext):
    relation, legacy = testing.Relation("smtp"), testing.Relation("smtp-legacy")
    state = testing.State(leader=True, config=PLAIN, relations=[relation, legacy])
    state = ctx.run(ctx.on.config_changed(), state)
    state = ctx.run(ctx.on.config_changed(), juju.change(state, config={"host": "smtp.example.com"}))
    assert not juju.own_secrets(state)
    assert "password_id" not in juju.databag(state, relation)
    assert "password" not in juju.databag(state, legacy)


def test_a_new_password_is_one_new_revision_and_nothing_else_is(ctx: juju.ProviderContext):
    relation = testing.Relation("smtp")
    state = testing.State(leader=True, config=PLAIN, relations=[relation])
    state = ctx.run(ctx.on.config_changed(), state)
    first_id = juju.databag(state, relation)["password_id"]

    state = juju.change(state, config=PLAIN | {"password": "two"})
    revisions: list[int] = []
    for event in (ctx.on.config_changed(), ctx.on.update_status(), ctx.on.upgrade_charm()):
        with ctx(event, state) as manager:
            state = manager.run()
            secret = manager.charm.model.get_secret(label="smtp-password")
            revisions.append(secret.get_info().revision)
    assert revisions == [2, 2, 2]
    [secret] = juju.own_secrets(state)
    assert secret.latest_content == {"password": "two"}
    assert juju.databag(state, relation)["password_id"] == first_id


@pytest.mark.parametrize(
    ("latest", "old", "removed"),
    [
        (8, 7, [7]),
        (19, 2, [2]),
        (10, 1, []),  # Juju 3.6.9 would take it for 10, too
        (20, 2, []),
        (None, 7, []),  # the secret itself is gone
    ],
)
def test_a_password_that_no_consumer_uses_any_more_is_let_go_and_no_other(
    ctx: juju.ProviderContext, latest: int | None, old: int, removed: list[int]
):
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=PLAIN))
    [secret] = juju.own_secrets(state)
    # ops.testing starts every run with revision 1 as the latest one.
    told = {"side_effect": ops.SecretNotFoundError} if latest is None else {"return_value": mock.Mock(revision=latest)}
    with mock.patch("ops.Secret.get_info", **told):
        ctx.run(ctx.on.secret_remove(secret, revision=old), state)
    assert ctx.removed_secret_revisions == removed


def test_a_unit_that_does_not_lead_leaves_old_passwords_to_the_leader(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=PLAIN))
    [secret] = juju.own_secrets(state)
    ctx.run(ctx.on.secret_remove(secret, revision=7), juju.change(state, leader=False))
    assert ctx.removed_secret_revisions == []


def test_only_the_leader_writes(ctx: juju.ProviderContext):
    relations = [testing.Relation("smtp"), testing.Relation("smtp-legacy")]
    state = testing.State(leader=False, config=PLAIN, relations=relations)
    state = ctx.run(ctx.on.config_changed(), state)
    assert not juju.own_secrets(state)
    assert [juju.databag(state, relation) for relation in relations] == [{}, {}]
    assert state.unit_status == testing.ActiveStatus()


def test_a_new_leader_publishes_the_same_bytes(ctx: juju.ProviderContext):
    relations = [testing.Relation("smtp"), testing.Relation("smtp-legacy")]
    state = testing.State(leader=True, config=PLAIN, relations=relations)
    before = ctx.run(ctx.on.config_changed(), state)
    after = ctx.run(ctx.on.leader_elected(), dataclasses.replace(before))
    assert [juju.databag(after, r) for r in relations] == [juju.databag(before, r) for r in relations]
    assert [secret.id for secret in juju.own_secrets(after)] == [s.id for s in juju.own_secrets(before)]


@pytest.mark.parametrize(
    "event",
    ["config_changed", "leader_elected", "update_status", "upgrade_charm"],
)
def test_every_event_leads_to_the_same_databag(ctx: juju.ProviderContext, event: str):
    relation, peers = testing.Relation("smtp"), testing.PeerRelation("smtp-peers")
    state = testing.State(leader=True, config=PLAIN, relations=[relation, peers])
    assert juju.databag(ctx.run(getattr(ctx.on, event)(), state), relation)["user"] == "alice"


@pytest.mark.parametrize("event", ["relation_created", "relation_changed"])
@pytest.mark.parametrize("which", ["smtp", "smtp-legacy", "smtp-peers"])
def test_every_relation_event_leads_to_the_same_databags(ctx: juju.ProviderContext, event: str, which: str):
    peers = testing.PeerRelation("smtp-peers", peers_data={1: {}})
    consumers = [testing.Relation("smtp"), testing.Relation("smtp-legacy")]
    [subject] = [relation for relation in (*consumers, peers) if relation.endpoint == which]
    state = testing.State(leader=True, config=PLAIN, relations=[*consumers, peers])
    told = {"remote_unit": 1} if subject is peers and event == "relation_changed" else {}
    state = ctx.run(getattr(ctx.on, event)(subject, **told), state)
    assert [juju.databag(state, relation)["user"] for relation in consumers] == ["alice", "alice"]
