"""Where a password may be seen: the application's secret, the databag of smtp-legacy, nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
from ops import testing

import juju
from options import Options

MARKER = "MARKER-0f3c"
USER_SECRET = "secret:d5v2q1s3ics06kltaimg"
PLAIN = {"host": "127.0.0.1", "port": 1, "user": "alice", "auth_type": "plain"}


def traces(ctx: testing.Context[Any], state: testing.State) -> str:
    """Write down all that a run leaves behind, bar the places where the password belongs."""
    databags = [
        (key, value)
        for relation in state.relations
        for key, value in relation.local_app_data.items()
        if (relation.endpoint, key) != ("smtp-legacy", "password")
    ]
    units = [relation.local_unit_data for relation in state.relations]
    secrets = [(secret.id, secret.label, secret.description) for secret in state.secrets]
    statuses = [state.unit_status, state.app_status, *ctx.unit_status_history]
    stored = [*state.deferred, *state.stored_states]
    results = [ctx.action_results, ctx.action_logs]
    return repr([databags, units, secrets, statuses, stored, results, ctx.juju_log, state.workload_version])


@pytest.mark.parametrize("leader", [True, False])
@pytest.mark.parametrize("source", ["password", "password_secret"])
@pytest.mark.parametrize(
    "fault",
    [{}, {"port": 0}, {"host": ""}, {"auth_type": "?"}, {"smtp_sender": "?"}, {"transport_security": "?"}],
)
def test_the_password_is_seen_nowhere_else(source: str, leader: bool, fault: dict[str, Any]):
    ctx = juju.provider(capture_framework_events=True)
    given = {"password": MARKER} if source == "password" else {"password_secret": USER_SECRET}
    relation, legacy = testing.Relation("smtp"), testing.Relation("smtp-legacy")
    state = testing.State(
        leader=leader,
        config=PLAIN | given,
        relations=[relation, legacy, testing.PeerRelation("smtp-peers")],
        secrets=[testing.Secret({"password": MARKER}, id=USER_SECRET)],
    )
    state = ctx.run(ctx.on.relation_created(relation), state)
    assert [juju.databag(state, legacy).get("password")] == ([MARKER] if leader else [None])
    state = ctx.run(ctx.on.config_changed(), juju.change(state, config=PLAIN | given | fault))
    state = ctx.run(ctx.on.secret_changed(state.get_secret(id=USER_SECRET)), state)
    with pytest.raises(testing.ActionFailed) as failure:
        ctx.run(ctx.on.action("check-connection"), state)
    assert MARKER not in traces(ctx, state)
    assert MARKER not in repr([failure.value, failure.value.message, ctx.emitted_events])
    state = ctx.run(ctx.on.relation_broken(state.get_relation(relation.id)), state)
    assert MARKER not in traces(ctx, state)


def test_a_password_in_the_wrong_option_is_not_repeated_either():
    ctx = juju.provider()
    wrong = {"host": f"smtp://alice:{MARKER}@relay", "smtp_sender": MARKER, "auth_type": MARKER}
    wrong |= {"domain": f"{MARKER}!", "recipients": MARKER, "transport_security": MARKER}
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=wrong))
    assert isinstance(state.unit_status, testing.BlockedStatus)
    assert MARKER not in traces(ctx, state)


def test_a_consumer_keeps_the_password_out_of_its_traces(mailer: juju.MailerContext):
    ctx = juju.provider()
    relation = testing.Relation("smtp")
    state = testing.State(leader=True, config=PLAIN | {"password": MARKER}, relations=[relation])
    seen = juju.hand_over(ctx.run(ctx.on.config_changed(), state), relation)
    out = mailer.run(mailer.on.relation_changed(seen.get_relation(relation.id), remote_unit=0), seen)
    assert out.unit_status == testing.ActiveStatus("sends mail through 127.0.0.1")
    assert MARKER not in traces(mailer, out)


def test_options_that_are_printed_show_no_password():
    assert MARKER not in repr(Options(password=MARKER))


def test_juju_words_about_a_denied_secret_go_to_the_log_alone(deny: Callable[[str], None]):
    deny(USER_SECRET)
    ctx = juju.provider()
    config = PLAIN | {"password": MARKER, "password_secret": USER_SECRET}
    state = ctx.run(ctx.on.config_changed(), testing.State(config=config))
    assert any("is not allowed to read this secret" in line.message for line in ctx.juju_log)
    assert MARKER not in traces(ctx, state)
