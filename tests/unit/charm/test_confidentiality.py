"""No secret is ever in what people, Juju's controller or Pebble's plan get to see."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import ops
import pytest
from ops import pebble, testing

import inputs
from decision import decide
from karma import api
from pem import Tls
from playground.around.authority import Authority, requests_in
from settings.options import SETTINGS, Options, settings
from tests.support.fake_pebble import NO_THEME, Fault
from tests.support.unit import Unit, published
from tests.unit.charm.test_actions import ACTIONS
from workload.memory import MEMORY

MARKER = "Zx9marker7q"
# Any text that is none is refused without a word of it in test_yaml_text.py; of these each is refused somewhere else.
TEXTS = {
    "good": f"Authorization: Bearer {MARKER}",
    "broken": f"Authorization: 'Bearer {MARKER}\nX: {{",
    "a key twice": f"{MARKER}: a\n{MARKER}: b",
    "a text": MARKER,
    "a bad name": f"'{MARKER} {MARKER}': b",
    "a bad value": f'a: "{MARKER}\\n"',
    "too long": MARKER * 10_000,
}

OTHERS = {
    "basic-auth-users": [(f"alice: {MARKER}",), (f"{MARKER}: 5",), (f"'{MARKER}:': a",)],
    "alertmanager-client-certificate": [
        (MARKER, MARKER),
        (Authority().certificate, f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----"),
        (f"-----BEGIN CERTIFICATE-----\n{MARKER}\n-----END CERTIFICATE-----", MARKER),
    ],
}
HEADERS = "alertmanager-headers"


def seen(unit: Unit) -> str:
    """All that others than Karma get to see after a hook."""
    container = unit.state.get_container("karma")
    layers = "".join(layer.to_yaml() for layer in container.layers.values())
    paths = "".join(path for path in unit.files)
    relations = "".join(repr(relation) for relation in unit.state.relations)
    status = unit.state.unit_status
    told = [status.message, unit.log, unit.state.workload_version]
    return "\n".join([unit.plan.to_yaml(), layers, paths, relations, repr(status), *told])


def act_all(unit: Unit) -> Iterator[str]:
    for action, parameters in ACTIONS.items():
        try:
            yield repr(unit.act(action, **parameters))
        except testing.ActionFailed as failure:
            yield failure.message
        yield unit.log


def died(unit: Unit) -> None:
    unit.karma.last_words = "panic: boom"
    unit.emit()
    if unit.pebble.running:
        unit.kill_karma()


def not_granted(unit: Unit) -> None:
    unit.denied = set(unit.secrets)


def alone(unit: Unit) -> None:
    unit.relations.clear()


BAD = {"ui-theme": "bad"}
LINES = r"yaml: unmarshal errors:\n  line 4: cannot unmarshal\n  line 5: cannot unmarshal"  # those of the headers
REFUSED_AT_LINES = {"bad": f'level=ERROR msg="Execution failed" error="{LINES}"'}
NOTHING_ELSE = partial(Unit.let)
# What happens to a unit with the secret; each leaves it as it likes.
SITUATIONS: dict[str, Callable[[Unit], None]] = {
    "not granted": not_granted,
    "refused": partial(Unit.let, refuses={"bad": NO_THEME}, options=BAD),
    "refused at a line": partial(Unit.let, refuses=REFUSED_AT_LINES, options=BAD),
    "does not start": partial(Unit.let, dies_of={"servers": "exited quickly with code 1"}),
    "died": died,
    "not proxied": partial(Unit.let, options={"alertmanager-access": "direct"}),
    "unreachable": partial(Unit.let, reachable=False),
    "out of memory": partial(Unit.let, cannot_run=pebble.APIError({}, 500, "Internal Server Error", "out of memory")),
    "breaks off": partial(Unit.let, fault=Fault(pebble.ConnectionError("gone"), 6, float("inf"))),
    "alone": alone,
}


@pytest.mark.parametrize(
    ("option", "texts", "situation"),
    [
        *(pytest.param(HEADERS, (text,), NOTHING_ELSE, id=f"{what}, nothing else") for what, text in TEXTS.items()),
        *(
            pytest.param(HEADERS, (TEXTS[what],), one, id=f"{what}, {name}")
            for what in ("good", "broken")
            for name, one in SITUATIONS.items()
        ),
        *(
            pytest.param(option, texts, one, id=f"{option} {number}, {name}")
            for option, some in OTHERS.items()
            for number, texts in enumerate(some)
            for name, one in {"nothing else": NOTHING_ELSE, "not granted": not_granted}.items()
        ),
    ],
)
def test_nothing_of_a_secret_is_ever_seen(
    related: Unit,
    option: str,
    texts: tuple[str, ...],
    situation: Callable[[Unit], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    caplog.set_level(logging.NOTSET)  # all that is logged by whom ever, with tracebacks
    monkeypatch.setattr(api, "upstreams", mock.Mock(side_effect=ConnectionRefusedError("refused")))
    related.integrate(2, "ingress", ingress='{"url": "https://apps.example.com/prod-karma"}')
    related.set(**{option: texts})
    situation(related)
    said: list[str] = []
    for event in ("config_changed", "update_status", "pebble_ready"):
        related.emit(event)
        said.append(seen(related))
    secret = related.options[option]
    keys = SETTINGS[option].keys_of_secret
    related.update_secret(secret, **{key: f"{text}\n# new" for key, text in zip(keys, texts, strict=True)})
    related.emit("secret_changed", secret=related.secrets[secret])
    said += [seen(related), *act_all(related)]
    assert said
    assert not [line for line in (*said, caplog.text) if MARKER in line]
    # Only Karma's own files may hold it, and those are for Karma alone.
    assert {related.modes[path] for path, held in related.files.items() if MARKER in held} <= {"0o600"}


def test_the_tls_key_is_seen_by_nobody(related: Unit):
    related.join("certificates", 6)
    related.answer(6, Authority().answer(*requests_in(related.said(6))))
    [key] = [one.tracked_content["private-key"] for one in related.owned if "private-key" in one.tracked_content]
    line = key.splitlines()[1]
    held = {path.rpartition("/")[2]: related.modes[path] for path, text in related.files.items() if line in text}
    assert held == {"tls.key": "0o600", MEMORY: "0o600"}
    assert line not in "\n".join([seen(related), repr(related.inputs), *act_all(related)])


@pytest.mark.parametrize(("option", "text"), [(HEADERS, TEXTS["good"]), ("basic-auth-users", f"alice: {MARKER}")])
def test_the_marker_would_be_found(related: Unit, option: str, text: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.NOTSET)
    related.integrate(2, "ingress", ingress='{"url": "https://apps.example.com/prod-karma"}')
    related.set(**{option: (text,)})
    assert related.emit() == ops.ActiveStatus()
    assert [path for path, held in related.files.items() if MARKER in held]
    logging.getLogger("charm").debug("it is %s", MARKER)
    assert MARKER in caplog.text


@pytest.mark.parametrize("option", [option for option, setting in SETTINGS.items() if setting.keys_of_secret])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_representation_shows_a_secret(option: str, text: str):
    secret: dict[str, Any] = {option.replace("-", "_"): tuple(text for _ in SETTINGS[option].keys_of_secret)}
    options = Options(**secret)
    alertmanager = inputs.Alertmanager(1, "am/0", "http://am", proxy=True)
    tls = Tls("certificate", text, "ca")
    read = inputs.Inputs("karma", options, "192.0.2.7", related=True, alertmanagers=(alertmanager,), tls=tls)
    for shown in (options, read, settings(options), decide(read), published(0)):
        assert MARKER not in f"{shown!r} {shown}"
