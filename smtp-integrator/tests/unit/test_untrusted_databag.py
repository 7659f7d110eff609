"""What the library makes of what the other side may have written."""

import dataclasses
import re

import pytest
import yaml
from ops import testing

import juju
from charms.smtp_integrator.v0.smtp import SmtpRelationData
from juju import DATABAG, SECRET_ID, available


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
        ("host", "a\0b"),
        ("host", "smtp example"),
        ("host", "x" * 2_000_000),
        ("password_id", "secret:\0"),
        ("password_id", "s" * 2_000_000),
        ("password_id", "--help me"),
    ],
)
def test_a_word_nobody_knows_counts_as_no_data(key: str, value: str):
    assert available(DATABAG | {key: value}) == ["removed"]


@pytest.mark.parametrize(
    "text", ["nobody", "{", '{"a": 1}', "[1, null]", "[" * 100_000, '"a@example.com"', "a\0@b.com"]
)
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


MONSTERS = [
    "\0",
    "\r\nBcc: x@example.com",
    "9" * 5000,
    "x" * 2_000_000,
    "[" * 100_000,
    "--refresh",
    "secret:",
    "\u202e",
]


@pytest.mark.parametrize("monster", MONSTERS, ids=range(len(MONSTERS)))
@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(SmtpRelationData)])
def test_no_text_in_any_place_fails_the_hook_or_breaks_out_of_its_line(key: str, monster: str):
    events = available(DATABAG | {"recipients": "a@example.com", key: monster})
    for event in events:
        if event != "removed":
            texts = [event["host"], event["user"], event["domain"], event["smtp_sender"], *event["recipients"]]
            assert not re.search(r"[\x00-\x1f]", "".join(filter(None, texts)))


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
