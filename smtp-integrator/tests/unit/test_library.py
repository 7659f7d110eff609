"""The library, seen by a charm that uses it: `MailerCharm`, the example."""

import pickle
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import ops
import pytest
import yaml
from ops import testing

import juju
from charms.smtp_integrator.v0 import smtp
from charms.smtp_integrator.v0.smtp import (
    AuthType,
    SmtpDataAvailableEvent,
    TransportSecurity,
)
from juju import DATABAG, SECRET_ID, available, told


def test_the_event_tells_every_setting():
    databag = DATABAG | {
        "password_id": SECRET_ID,
        "domain": "example.com",
        "smtp_sender": "no-reply@example.com",
        "recipients": '["a@example.com", "b@example.com"]',
        "skip_ssl_verify": "True",
    }
    assert available(databag, testing.Secret({"password": "s3cret"}, id=SECRET_ID)) == [
        {
            "host": "smtp.example.com",
            "port": 25,
            "user": "alice",
            "password": "s3cret",
            "password_id": SECRET_ID,
            "auth_type": AuthType.PLAIN,
            "transport_security": TransportSecurity.TLS,
            "domain": "example.com",
            "skip_ssl_verify": True,
            "smtp_sender": "no-reply@example.com",
            "recipients": ["a@example.com", "b@example.com"],
        }
    ]


@pytest.mark.parametrize("content", [None, {"pass": "x1"}, {"password": ""}])
def test_a_secret_without_a_password_is_not_yet_data_and_no_failure(content: dict[str, str] | None):
    secrets = [testing.Secret(content, id=SECRET_ID)] if content else []
    assert available(DATABAG | {"password_id": SECRET_ID}, *secrets) == []


def test_a_secret_granted_late_is_announced_by_the_next_hook_of_any_kind():
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password_id": SECRET_ID})
    secret = testing.Secret({"password": "late"}, id=SECRET_ID)
    events, waiting = told(("relation_changed", relation), testing.State(relations=[relation]))
    assert events == []
    events, after = told(("update_status",), juju.change(waiting, secrets=[secret]))
    assert [event["password"] for event in events] == ["late"]
    assert told(("update_status",), after)[0] == []


def test_databag_and_secret_are_read_once_for_all_that_a_handler_asks():
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password_id": SECRET_ID})
    state = testing.State(relations=[relation], secrets=[testing.Secret({"password": "x1"}, id=SECRET_ID)])
    with juju.watched("secret_get", "relation_get") as called:
        [event] = told(("relation_changed", relation), state)[0]
    assert event["password"] == "x1"
    # ops looks a secret up before it reads the latest revision.
    assert called == ["relation_get", "secret_get", "secret_get"]


def test_a_relation_that_cannot_be_read_is_neither_gone_nor_a_failure():
    relation = testing.Relation("smtp", remote_app_data=DATABAG)
    other = testing.Secret({"key": "x"})
    state = testing.State(relations=[relation], secrets=[other])
    with juju.watched("relation_get", refuse=ops.ModelError("ERROR try again")):
        events, waiting = told(("relation_changed", relation), state)
        assert told(("secret_changed", other), state)[0] == []
    assert events == []
    assert [event["host"] for event in told(("update_status",), waiting)[0]] == ["smtp.example.com"]


@pytest.mark.parametrize("listed", [{"return_value": ()}, {"side_effect": ops.RelationNotFoundError("ERROR")}])
def test_a_relation_that_juju_knows_no_more_has_no_data(listed: dict[str, Any]):
    relation = testing.Relation("smtp", remote_app_data=DATABAG)
    ctx, backend = juju.listener(), "scenario.mocking._MockModelBackend"
    with (
        mock.patch(f"{backend}.relation_remote_app_name", return_value=None),
        mock.patch(f"{backend}.relation_list", **listed),
        ctx(ctx.on.update_status(), testing.State(relations=[relation])) as manager,
    ):
        manager.run()
        assert manager.charm.smtp.get_relation_data() is None


def test_a_missing_grant_does_not_fail_the_hook(deny: Callable[[str], None]):
    deny(SECRET_ID)
    assert available(DATABAG | {"password_id": SECRET_ID}) == []


@pytest.mark.parametrize(
    "password_id",
    [SECRET_ID, "secret://5cbfe923-2539-4d6d-8ecd-14e0db526fbb/d5v2q1s3ics06kltaimg"],
)
def test_a_new_password_is_announced_whichever_way_the_id_is_written(password_id: str):
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password_id": password_id})
    secret = testing.Secret({"password": "old"}, latest_content={"password": "new"}, id=password_id)
    state = testing.State(relations=[relation], secrets=[secret])
    events, _ = told(("secret_changed", secret), state)
    assert [event["password"] for event in events] == ["new"]


def test_another_secret_announces_nothing():
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password_id": SECRET_ID})
    other, ours = testing.Secret({"key": "x"}), testing.Secret({"password": "x"}, id=SECRET_ID)
    state = testing.State(relations=[relation, testing.Relation("smtp")], secrets=[other, ours])
    assert told(("secret_changed", other), state)[0] == []


def test_the_end_of_the_relation_is_announced_and_leaves_no_data():
    relation = testing.Relation("smtp", remote_app_data=DATABAG)
    ctx = juju.listener()
    with ctx(ctx.on.relation_broken(relation), testing.State(relations=[relation])) as manager:
        manager.run()
        assert manager.charm.told == ["removed"]
        assert manager.charm.smtp.get_relation_data() is None


def test_of_several_relations_the_oldest_with_data_counts(deny: Callable[[str], None]):
    deny(SECRET_ID)
    databags = [{}, DATABAG | {"password_id": SECRET_ID}, DATABAG | {"host": "b"}, DATABAG | {"host": "c"}]
    relations = [testing.Relation("smtp", id=i, remote_app_data=bag) for i, bag in enumerate(databags, 1)]
    ctx = juju.listener()
    with ctx(ctx.on.start(), testing.State(relations=relations[::-1])) as manager:
        data = manager.charm.smtp.get_relation_data()
    assert data is not None
    assert data.host == "b"


class Postponer(ops.CharmBase):
    """Defers what it is told the first time, and looks at it the second."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.smtp = smtp.SmtpRequires(self)
        self.seen: list[tuple[str, int, str | None]] = []
        framework.observe(self.smtp.on.smtp_data_available, self._on_available)

    def _on_available(self, event: SmtpDataAvailableEvent):
        self.seen.append((event.host, event.port, event.password))
        event.defer()


def test_a_deferred_event_is_stored_without_settings_and_comes_back_with_those_of_its_time():
    ctx = testing.Context(Postponer, meta=juju.LISTENER_META)
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password": "MARKER"})
    state = ctx.run(ctx.on.relation_changed(relation), testing.State(relations=[relation]))
    assert any("smtp_data_available" in deferred.handle_path for deferred in state.deferred)
    assert b"MARKER" not in pickle.dumps(state.deferred)
    assert "smtp.example.com" not in repr(state.deferred)

    newer = testing.Relation("smtp", id=relation.id, remote_app_data=DATABAG | {"host": "newer"})
    with ctx(ctx.on.update_status(), juju.change(state, relations=[newer])) as manager:
        manager.run()
        assert manager.charm.seen == [("newer", 25, None)]


@pytest.mark.parametrize("password_id", ["", SECRET_ID])
def test_a_deferred_event_that_outlives_its_data_is_empty_and_no_failure(password_id: str):
    ctx = testing.Context(Postponer, meta=juju.LISTENER_META)
    relation = testing.Relation("smtp", remote_app_data=DATABAG | {"password": "x"})
    state = ctx.run(ctx.on.relation_changed(relation), testing.State(relations=[relation]))
    left = DATABAG | {"password_id": password_id} if password_id else {}
    changed = testing.Relation("smtp", id=relation.id, remote_app_data=left)
    with ctx(ctx.on.update_status(), juju.change(state, relations=[changed])) as manager:
        manager.run()
        assert manager.charm.seen == [("", 0, None)]


def test_our_databags_are_those_that_published_charms_record(ctx: juju.ProviderContext):
    config = {
        "host": "smtp.example.com",
        "user": "alice",
        "password": "s3cr3t-plain",
        "auth_type": "plain",
        "transport_security": "starttls",
        "domain": "example.com",
        "smtp_sender": "no-reply@example.com",
        "recipients": "a@example.com,b@example.com",
    }
    relations = [testing.Relation("smtp"), testing.Relation("smtp-legacy")]
    state = testing.State(leader=True, config=config, relations=relations)
    state = ctx.run(ctx.on.config_changed(), state)
    for relation in relations:
        path = juju.ROOT / "tests" / "data" / f"{relation.endpoint}--smtp-integrator--password.yaml"
        [recorded] = yaml.safe_load(path.read_text())["smtp/0"]["relation-info"]
        expected: dict[str, str] = recorded["application-data"]
        ours = dict(juju.databag(state, relation))
        if "password_id" in ours:
            assert re.fullmatch("secret:.+", ours["password_id"])
            expected["password_id"] = ours["password_id"]
        assert ours == expected
