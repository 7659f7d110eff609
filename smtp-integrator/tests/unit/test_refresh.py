"""`juju refresh` from the published charm, as far as ops.testing goes."""

import pytest
import yaml
from ops import testing

import juju

CONFIG = {"host": "smtp.example.com", "auth_type": "plain", "transport_security": "starttls"} | {
    "user": "alice",
    "password": "one",
}
WRITTEN = ["secret:2ni3rsi3ics06kltaimg", "secret://5cbfe923-2539-4d6d-8ecd-14e0db526fbb/2ni3rsi3ics06kltaimg"]


def published(written: str = WRITTEN[0], *, endpoint: str = "smtp") -> tuple[testing.Relation, testing.State]:
    """Give what the published charm leaves: one consumer, its unlabelled secret, the id among the peers."""
    databag = {"host": "smtp.example.com", "port": "25", "auth_type": "plain", "transport_security": "starttls"}
    password = {"password_id": written} if endpoint == "smtp" else {"password": "one"}
    relation = testing.Relation(
        endpoint, local_app_data=databag | {"skip_ssl_verify": "False", "user": "alice"} | password
    )
    grants = {relation.id: {"remote"}} if endpoint == "smtp" else {}
    old = testing.Secret({"password": "one"}, id=written, owner="app", remote_grants=grants)
    peers = testing.PeerRelation("smtp-peers", local_app_data={"secret-id": written})
    return relation, testing.State(leader=True, config=CONFIG, relations=[relation, peers], secrets=[old])


def left(state: testing.State) -> dict[str, str]:
    """Give what is told the peers."""
    [peers] = state.get_relations("smtp-peers")
    return dict(peers.local_app_data)


def test_the_peers_keep_name_and_interface_or_juju_refuses_the_refresh():
    peers = yaml.safe_load((juju.ROOT / "charmcraft.yaml").read_text())["peers"]
    assert {name: peer["interface"] for name, peer in peers.items()} == {"smtp-peers": "smtp-instance"}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("event", ["upgrade_charm", "config_changed", "leader_elected"])
def test_the_password_stays_and_the_old_secret_goes(ctx: juju.ProviderContext, event: str, written: str):
    relation, state = published(written)
    state = ctx.run(getattr(ctx.on, event)(), state)
    [secret] = juju.own_secrets(state)
    assert (secret.label, secret.latest_content) == ("smtp-password", {"password": "one"})
    assert set(secret.remote_grants) == {relation.id}
    assert juju.databag(state, relation)["password_id"] == secret.id
    assert left(state) == {"published": "true"}


def test_the_consumer_goes_on(ctx: juju.ProviderContext, mailer: juju.MailerContext):
    relation, state = published()
    seen = juju.hand_over(ctx.run(ctx.on.upgrade_charm(), state), relation)
    out = mailer.run(mailer.on.relation_changed(seen.get_relation(relation.id), remote_unit=0), seen)
    assert out.unit_status == testing.ActiveStatus("sends mail through smtp.example.com")


def test_the_old_secret_stays_as_long_as_a_consumer_is_told_of_it(ctx: juju.ProviderContext):
    relation, state = published()
    state = ctx.run(ctx.on.upgrade_charm(), juju.change(state, config=CONFIG | {"port": 0}))
    assert state.unit_status.message == "port: not from 1 to 65535; published data stays"
    assert [secret.id for secret in juju.own_secrets(state)] == [WRITTEN[0]]
    assert juju.databag(state, relation)["password_id"] == WRITTEN[0]
    ctx.run(ctx.on.secret_remove(state.get_secret(id=WRITTEN[0]), revision=7), state)
    assert ctx.removed_secret_revisions == [7]
    state = ctx.run(ctx.on.config_changed(), juju.change(state, config=CONFIG))
    assert [secret.label for secret in juju.own_secrets(state)] == ["smtp-password"]


def test_a_consumer_that_goes_before_loses_its_access_to_the_old_secret(ctx: juju.ProviderContext):
    relation, state = published()
    state = juju.change(state, config=CONFIG | {"port": 0})
    state = ctx.run(ctx.on.relation_broken(state.get_relation(relation.id)), state)
    assert all(not secret.remote_grants for secret in juju.own_secrets(state))


def test_a_user_secret_that_the_published_charm_handed_on_is_left_alone(ctx: juju.ProviderContext):
    relation, state = published(juju.SECRET_ID)
    theirs = testing.Secret({"password": "one"}, id=juju.SECRET_ID)
    state = juju.change(state, config=CONFIG | {"port": 0}, secrets=[theirs])
    # Juju would take these, and fail the hook when it is over.
    with juju.watched("secret_revoke", "secret_remove") as changes:
        state = ctx.run(ctx.on.relation_broken(state.get_relation(relation.id)), state)
    assert (changes, left(state)) == ([], {})


def test_an_old_secret_that_nobody_uses_goes_too(ctx: juju.ProviderContext):
    relation, state = published(endpoint="smtp-legacy")
    state = ctx.run(ctx.on.upgrade_charm(), juju.change(state, config={"host": "smtp.example.com"}))
    assert juju.own_secrets(state) == []
    assert "password" not in juju.databag(state, relation)


def test_an_old_secret_that_is_gone_already_is_forgotten(ctx: juju.ProviderContext):
    relation, state = published()
    state = ctx.run(ctx.on.upgrade_charm(), juju.change(state, secrets=[]))
    assert left(state) == {"published": "true"}
    assert juju.databag(state, relation)["password_id"] != WRITTEN[0]


def test_a_unit_that_does_not_lead_leaves_it_to_the_leader(ctx: juju.ProviderContext):
    _, state = published()
    state = ctx.run(ctx.on.upgrade_charm(), juju.change(state, leader=False))
    assert [secret.id for secret in juju.own_secrets(state)] == [WRITTEN[0]]
