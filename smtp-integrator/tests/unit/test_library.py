"""The library, seen by a charm that uses it: `MailerCharm`, the example."""

import pickle
import re
from collections.abc import Callable, Mapping
from typing import Any

import ops
import pytest
import yaml
from ops import testing

import juju
from charms.smtp_integrator.v0 import smtp
from charms.smtp_integrator.v0.smtp import (
    AuthType,
    SmtpDataAvailableEvent,
    SmtpRelationData,
    TransportSecurity,
)

DATABAG = {
    "host": "smtp.example.com",
    "port": "25",
    "auth_type": "plain",
    "transport_security": "tls",
    "skip_ssl_verify": "False",
    "user": "alice",
}
SECRET_ID = "secret:d5v2q1s3ics06kltaimg"


def told(event: Any, state: testing.State) -> tuple[list[Any], testing.State]:
    ctx = juju.listener()
    with ctx(getattr(ctx.on, event[0])(*event[1:]), state) as manager:
        out = manager.run()
        return manager.charm.told, out


def available(databag: Mapping[str, str], *secrets: testing.Secret) -> list[Any]:
    relation = testing.Relation("smtp", remote_app_data=dict(databag))
    return told(("relation_changed", relation), testing.State(relations=[relation], secrets=secrets))[0]


def test_the_published_identity_is_kept_and_the_patch_is_newer_than_any_seen():
    assert smtp.LIBID == "09583c2f9c1d4c0f9a40244cfc20b0c2"
    assert (smtp.LIBAPI, smtp.LIBPATCH) >= (0, 22)


def test_a_charm_with_a_vendored_copy_finds_every_published_name():
    published = ["SmtpProvides", "SmtpRequires", "SmtpRelationData", "SmtpDataAvailableEvent"]
    published += ["AuthType", "TransportSecurity", "SmtpError", "SecretError"]
    assert [name for name in published if not hasattr(smtp, name)] == []


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


@pytest.mark.parametrize("key", ["host", "port", "auth_type", "transport_security"])
def test_partial_data_counts_as_none(key: str):
    assert available({k: v for k, v in DATABAG.items() if k != key}) == ["removed"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", "smtp"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "9" * 5000),
        ("auth_type", "oauth2"),
        ("transport_security", "ssl"),
    ],
)
def test_a_word_nobody_knows_counts_as_no_data(key: str, value: str):
    assert available(DATABAG | {key: value}) == ["removed"]


@pytest.mark.parametrize("text", ["nobody", "{", '{"a": 1}', "[1, null]", "[" * 100_000, '"a@example.com"'])
def test_recipients_nobody_can_read_are_no_recipients(text: str):
    [event] = available(DATABAG | {"recipients": text})
    assert event["recipients"] == []


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True", True), ("False", False), ("?", False)])
def test_verification_is_skipped_only_where_that_is_said(text: str, value: bool):
    [event] = available(DATABAG | {"skip_ssl_verify": text})
    assert event["skip_ssl_verify"] is value


def test_a_provider_older_than_skip_ssl_verify_means_verification():
    [event] = available({key: value for key, value in DATABAG.items() if key != "skip_ssl_verify"})
    assert event["skip_ssl_verify"] is False


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


def test_the_recordings_of_published_charms_are_read():
    recordings = sorted((juju.ROOT / "tests" / "data").glob("*.yaml"))
    assert recordings
    for path in recordings:
        [recorded] = yaml.safe_load(path.read_text())["smtp/0"]["relation-info"]
        databag: dict[str, str] = recorded["application-data"]
        [event] = available(databag, testing.Secret({"password": "s3cret"}, id=databag.get("password_id", SECRET_ID)))
        assert event["host"] == "smtp.example.com"
        assert event["recipients"] == ["a@example.com", "b@example.com"]
        assert event["password"] == ("s3cret" if "password_id" in databag else databag.get("password"))


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


def test_settings_take_the_plain_words_and_show_no_password():
    data: Any = SmtpRelationData
    settings = data(host="h", port=1, auth_type="plain", transport_security="tls", password="MARKER")
    assert settings.auth_type is AuthType.PLAIN
    assert settings.transport_security is TransportSecurity.TLS
    assert f"{settings.auth_type} {settings.transport_security}" == "plain tls"
    assert "MARKER" not in repr(settings)
    with pytest.raises(ValueError, match="ssl"):
        data(host="h", port=1, transport_security="ssl")
