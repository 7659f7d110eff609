"""What people write into options, and what is made of it."""

import time
from typing import Any

import pytest
from ops import testing

import juju
from options import Options, tidied
from validation import validate

HOST = {"host": "smtp.example.com"}
SIGNED_IN = HOST | {"auth_type": "plain", "user": "alice", "password": "one"}
NOT_ALL = "recipients: not all are e-mail addresses, separated by commas"
LOCAL = "consumers refuse reserved or local domains, IP addresses and quoted names"


def published(config: dict[str, Any]) -> dict[str, str]:
    ctx, relation = juju.provider(), testing.Relation("smtp-legacy")
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=config, relations=[relation]))
    assert isinstance(state.unit_status, testing.ActiveStatus), state.unit_status
    return dict(juju.databag(state, relation))


@pytest.mark.parametrize(
    ("option", "written", "meant"),
    [
        ("host", " smtp.example.com\n", "smtp.example.com"),
        ("host", "\ufeffsmtp.example.com\r\n", "smtp.example.com"),
        ("host", "smtp.example.com.", "smtp.example.com"),
        ("user", "alice\n", "alice"),
        ("user", "\tcorp\\alice ", "corp\\alice"),
        ("password", "s3cret\n", "s3cret"),
        ("password", "s3cret\r\n\r\n", "s3cret"),
        ("password", "\ufeffs3cret", "s3cret"),
        ("password", " s3cret ", " s3cret "),
        ("auth_type", "PLAIN\n", "plain"),
        ("transport_security", " StartTLS", "starttls"),
        ("domain", "example.com.\n", "example.com"),
        ("smtp_sender", " Ops <ops@example.com>\n", "Ops <ops@example.com>"),
        ("user", " \ufeff \u200b\xa0alice \u200b\ufeff\n", "alice"),
        ("recipients", "a@example.com\nb@example.com\n", '["a@example.com", "b@example.com"]'),
        ("recipients", "a@example.com,\r\n b@example.com,", '["a@example.com", "b@example.com"]'),
        ("recipients", '["a@example.com", "b@example.com"]\n', '["a@example.com", "b@example.com"]'),
        ("recipients", " \n", None),
        ("domain", " ", None),
    ],
)
def test_what_a_file_or_a_chat_adds_to_a_value_is_taken_off(option: str, written: str, meant: str | None):
    assert published(SIGNED_IN | {option: written}).get(option) == meant


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"host": " \n"}, "host: not set: juju config smtp-integrator host=<relay>"),
        ({"host": "a b"}, "host: not a DNS name or IP address"),
        ({"host": "smtp.example.com\nother"}, "host: not a DNS name or IP address"),
        ({"host": "smtp.example.com.."}, "host: not a DNS name or IP address"),
        ({"host": '"smtp.example.com"'}, "host: not a DNS name or IP address"),
        ({"user": "alice\nbob"}, "user: has control characters"),
        ({"password": "one\ntwo"}, "password: has control characters"),
        (
            {"password": "secret:d7kl2jrmp25c7bqvs0g0"},
            "password: is an id: juju config smtp-integrator password_secret=<id>",
        ),
        ({"password": "\n"}, "password: not set, but auth_type=plain needs it (or password_secret)"),
        ({"domain": "@example.com"}, "domain: not a DNS name"),
        ({"smtp_sender": "alerts@corp.local"}, f"smtp_sender: {LOCAL}"),
        ({"smtp_sender": "Ops <alerts@localhost>"}, f"smtp_sender: {LOCAL}"),
        ({"smtp_sender": "alerts@[192.0.2.1]"}, f"smtp_sender: {LOCAL}"),
        ({"smtp_sender": '"a b"@example.com'}, f"smtp_sender: {LOCAL}"),
        ({"smtp_sender": "alerts@example.com."}, "smtp_sender: not an e-mail address"),
        ({"smtp_sender": "Ops (prod <ops@example.com>"}, "smtp_sender: not an e-mail address"),
        ({"smtp_sender": "a@example.com, b@example.com"}, "smtp_sender: not an e-mail address"),
        ({"recipients": "a@example.com, root@localhost"}, f"recipients: {LOCAL}"),
        (
            {"recipients": "a@example.com; b@example.com"},
            NOT_ALL,
        ),
        ({"recipients": "- a@example.com\n- b@example.com"}, NOT_ALL),
        ({"recipients": '["a@example.com", 1]'}, NOT_ALL),
        ({"recipients": "[" * 100_000}, NOT_ALL),
        ({"recipients": "# the team\na@example.com"}, NOT_ALL),
    ],
)
def test_what_cannot_be_meant_is_told_and_not_published(
    ctx: juju.ProviderContext, config: dict[str, Any], message: str
):
    relations = [testing.Relation("smtp"), testing.Relation("smtp-legacy")]
    state = testing.State(leader=True, config=SIGNED_IN | config, relations=relations)
    state = ctx.run(ctx.on.config_changed(), state)
    assert state.unit_status == testing.BlockedStatus(message)
    assert [juju.databag(state, relation) for relation in relations] == [{}, {}]


@pytest.mark.parametrize(
    "text", ["a" + " " * 65_534 + "b", " \ufeff" * 32_768, "a " * 32_768, '"' * 65_536, "<" * 65_536]
)
def test_64_kib_of_any_text_cost_a_hook_little(text: str):
    began = time.process_time()
    validate(tidied(Options(text, 25, text, text, None, text, text, text, False, text, text)), text, app="x")
    assert time.process_time() - began < 5  # milliseconds; a search that goes quadratic takes half a minute


@pytest.mark.parametrize(
    ("content", "meant"), [("s3cret\n", "s3cret"), ("\ufeffs3cret\r\n", "s3cret"), (" s3cret", " s3cret")]
)
def test_a_secret_that_came_from_a_file_is_the_password_in_it(ctx: juju.ProviderContext, content: str, meant: str):
    secret = testing.Secret({"password": content}, id=juju.SECRET_ID)
    relation = testing.Relation("smtp")
    config = SIGNED_IN | {"password_secret": juju.SECRET_ID}
    state = testing.State(leader=True, config=config, relations=[relation], secrets=[secret])
    state = ctx.run(ctx.on.config_changed(), state)
    [own] = juju.own_secrets(state)
    assert own.latest_content == {"password": meant}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("one\ntwo", "password_secret: has control characters"),
        ("p\0w", "password_secret: has control characters"),
        ("\n", "password_secret: no key 'password': juju update-secret d5v2q1s3ics06kltaimg password=..."),
    ],
)
def test_a_secret_that_holds_no_password_is_told(ctx: juju.ProviderContext, content: str, message: str):
    secret = testing.Secret({"password": content}, id=juju.SECRET_ID)
    state = testing.State(config=SIGNED_IN | {"password_secret": juju.SECRET_ID}, secrets=[secret])
    assert ctx.run(ctx.on.config_changed(), state).unit_status == testing.BlockedStatus(message)
