"""What Juju refuses costs one relation; and what needs no writing is not written."""

import itertools

import ops
import pytest
from ops import testing

import juju

PLAIN = {"host": "smtp.example.com", "auth_type": "plain", "transport_security": "tls"} | {
    "user": "alice",
    "password": "one",
}
WRITES = ("relation_set", "secret_add", "secret_set", "secret_grant", "secret_revoke", "secret_remove")
NOT_FOUND, DENIED = ops.RelationNotFoundError("ERROR relation not found"), ops.ModelError("ERROR permission denied")


def consumers() -> list[testing.Relation]:
    return [testing.Relation(endpoint) for endpoint in ("smtp", "smtp", "smtp-legacy", "smtp-legacy")]


@pytest.mark.parametrize("refusal", [NOT_FOUND, DENIED], ids=["not found", "denied"])
@pytest.mark.parametrize("left", range(4))
def test_a_relation_that_juju_lists_and_knows_no_more_is_left_out_and_the_rest_is_served(
    ctx: juju.ProviderContext, left: int, refusal: Exception
):
    relations = consumers()
    dead = relations[left]
    state = testing.State(leader=True, config=PLAIN, relations=[*relations, testing.PeerRelation("smtp-peers")])
    if left % 2:  # it was served while it lived
        state = ctx.run(ctx.on.config_changed(), state)
        state = juju.change(state, config=PLAIN | {"user": "bob", "password": "two"})
    # Of a relation that is not found ops itself takes the look for an empty one.
    looks = ("relation_get", "relation_list") if refusal is NOT_FOUND else ("relation_get",)
    with juju.watched(*looks, *WRITES, refuse=refusal, relation_id=dead.id) as tried:
        for event in (
            ctx.on.config_changed(),
            ctx.on.update_status(),
            ctx.on.relation_broken(state.get_relation(dead.id)),
        ):
            out = ctx.run(event, state)
            [secret] = juju.own_secrets(out)
            served = [relation for relation in relations if relation is not dead]
            assert {juju.databag(out, relation)["user"] for relation in served} == {"bob" if left % 2 else "alice"}
            smtp = {relation.id for relation in served if relation.endpoint == "smtp"}
            assert smtp <= set(secret.remote_grants)
            assert isinstance(out.unit_status, testing.ActiveStatus)
    assert any(f":{dead.id}> is left out" in line.message for line in ctx.juju_log)
    # Juju itself takes these two, and fails the hook when it is over.
    assert not {"secret_grant", "secret_revoke"} & set(tried)


@pytest.mark.parametrize("tool", ["secret_add", "secret_get", "secret_info_get"])
def test_a_secret_that_juju_refuses_costs_legacy_consumers_nothing(ctx: juju.ProviderContext, tool: str):
    relations = consumers()
    state = testing.State(leader=True, config=PLAIN, relations=relations)
    with juju.watched(tool, refuse=ops.ModelError("ERROR backend is down")):
        state = ctx.run(ctx.on.config_changed(), state)
    assert [bool(juju.databag(state, relation)) for relation in relations] == [False, False, True, True]
    state = ctx.run(ctx.on.update_status(), state)
    assert all(juju.databag(state, relation) for relation in relations)


@pytest.mark.parametrize("refused", ["relation_get", "relation_set"])
def test_peers_that_cannot_be_told_cost_the_consumers_nothing(ctx: juju.ProviderContext, refused: str):
    peers, relation = testing.PeerRelation("smtp-peers"), testing.Relation("smtp")
    state = testing.State(leader=True, config=PLAIN, relations=[relation, peers])
    with juju.watched(refused, refuse=ops.ModelError("ERROR permission denied"), relation_id=peers.id):
        assert juju.databag(ctx.run(ctx.on.config_changed(), state), relation)["user"] == "alice"


def test_an_idle_hook_with_ten_consumers_writes_nothing(ctx: juju.ProviderContext):
    relations = [*itertools.chain.from_iterable(consumers() for _ in range(5)), testing.PeerRelation("smtp-peers")]
    state = testing.State(leader=True, config=PLAIN, relations=relations)
    with juju.watched(*WRITES) as written:
        state = ctx.run(ctx.on.config_changed(), state)
        assert written.count("secret_grant") == 10
        written.clear()
        for event in (ctx.on.update_status(), ctx.on.config_changed(), ctx.on.leader_elected()):
            state = ctx.run(event, state)
    assert written == []


def test_one_more_consumer_is_one_more_grant(ctx: juju.ProviderContext):
    relations = consumers()
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=PLAIN, relations=relations))
    late = testing.Relation("smtp")
    state = juju.change(state, relations=[*state.relations, late])
    with juju.watched(*WRITES) as written:
        state = ctx.run(ctx.on.relation_created(late), state)
    assert written == ["relation_set", "secret_grant", "relation_set"]
    [secret] = juju.own_secrets(state)
    assert late.id in secret.remote_grants


def test_an_old_password_that_juju_does_not_let_go_fails_no_hook(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=PLAIN))
    [secret] = juju.own_secrets(state)
    with juju.watched("secret_remove", refuse=DENIED) as called:
        ctx.run(ctx.on.secret_remove(secret, revision=7), state)
    assert called == ["secret_remove"]
