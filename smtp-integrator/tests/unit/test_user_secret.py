"""A password that comes from the operator's own secret."""

import dataclasses
from collections.abc import Callable

import pytest
from ops import testing

import juju

ID = "secret:d5v2q1s3ics06kltaimg"
CONFIG = {
    "host": "smtp.example.com",
    "user": "alice",
    "auth_type": "plain",
    "transport_security": "tls",
    "password": "the-option",
    "password_secret": ID,
}


def deployed(*secrets: testing.Secret, leader: bool = True) -> testing.State:
    relations = [testing.Relation("smtp", id=11), testing.Relation("smtp-legacy", id=12)]
    return testing.State(leader=leader, config=CONFIG, relations=relations, secrets=secrets)


def published(state: testing.State) -> list[str]:
    """Give the password as each consumer gets it."""
    passwords = [secret.latest_content["password"] for secret in juju.own_secrets(state)]
    return [*passwords, *filter(None, [state.get_relation(12).local_app_data.get("password")])]


def test_the_user_secret_wins_over_the_option_and_is_copied_into_our_own(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), deployed(testing.Secret({"password": "the-secret"}, id=ID)))
    assert published(state) == ["the-secret", "the-secret"]
    assert state.get_relation(11).local_app_data["password_id"] != ID
    assert state.unit_status == testing.ActiveStatus()


def test_a_secret_that_is_set_to_nothing_is_not_set(ctx: juju.ProviderContext, monkeypatch: pytest.MonkeyPatch):
    # Juju takes an empty text for a secret, too; ops.testing does not believe it.
    monkeypatch.setenv("SCENARIO_SKIP_CONSISTENCY_CHECKS", "1")
    state = ctx.run(ctx.on.config_changed(), dataclasses.replace(deployed(), config={**CONFIG, "password_secret": ""}))
    assert published(state) == ["the-option", "the-option"]


def test_a_missing_user_secret_is_named_and_the_option_does_not_step_in(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), deployed())
    assert state.unit_status == testing.BlockedStatus(
        "password_secret: no such secret: juju add-secret, juju grant-secret, juju config"
    )
    assert published(state) == []


@pytest.mark.parametrize("leader", [True, False])
def test_a_missing_grant_is_told_with_the_command_that_gives_it(
    ctx: juju.ProviderContext, deny: Callable[[str], None], leader: bool
):
    deny(ID)
    state = ctx.run(ctx.on.config_changed(), deployed(leader=leader))
    assert state.unit_status == testing.BlockedStatus(
        "password_secret: not granted: juju grant-secret d5v2q1s3ics06kltaimg smtp-integrator"
    )


@pytest.mark.parametrize("content", [{"pass": "x1"}, {"password": ""}])
def test_a_user_secret_without_a_password_is_told_with_the_command_that_mends_it(
    ctx: juju.ProviderContext, content: dict[str, str]
):
    state = ctx.run(ctx.on.config_changed(), deployed(testing.Secret(content, id=ID)))
    assert state.unit_status == testing.BlockedStatus(
        "password_secret: no key 'password': juju update-secret d5v2q1s3ics06kltaimg password=..."
    )


@pytest.mark.parametrize("event", ["config_changed", "update_status", "leader_elected", "upgrade_charm"])
def test_a_late_grant_is_found_by_whatever_event_comes_next(ctx: juju.ProviderContext, event: str):
    blocked = ctx.run(ctx.on.config_changed(), deployed())
    granted = juju.change(blocked, secrets=[testing.Secret({"password": "late"}, id=ID)])
    state = ctx.run(getattr(ctx.on, event)(), granted)
    assert published(state) == ["late", "late"]
    assert state.unit_status == testing.ActiveStatus()


def test_a_rotated_user_secret_reaches_consumers_as_one_new_revision_of_ours(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), deployed(testing.Secret({"password": "old"}, id=ID)))
    rotated = testing.Secret({"password": "old"}, latest_content={"password": "new"}, id=ID)
    state = juju.change(state, secrets=[rotated, *juju.own_secrets(state)])
    for event in (ctx.on.secret_changed(rotated), ctx.on.update_status()):
        with ctx(event, state) as manager:
            state = manager.run()
            assert manager.charm.model.get_secret(label="smtp-password").get_info().revision == 2
        assert published(state) == ["new", "new"]


def test_the_old_password_stays_published_while_the_user_secret_cannot_be_read(ctx: juju.ProviderContext):
    state = ctx.run(ctx.on.config_changed(), deployed(testing.Secret({"password": "old"}, id=ID)))
    state = ctx.run(ctx.on.update_status(), juju.change(state, secrets=juju.own_secrets(state)))
    assert published(state) == ["old", "old"]
    assert state.unit_status.message.endswith("published data stays")
