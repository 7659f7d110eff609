"""The charm's own log: a line for each decision that changes something, and not one more."""

from __future__ import annotations

import ops
import pytest
from ops import pebble

from playground.around.authority import Authority, requests_in
from tests.support.fake_pebble import NO_THEME, Fault
from tests.support.unit import Unit, published
from tests.unit.relations.test_log_forwarding import publish, url

NOBODY = "alerting: run `juju integrate karma:alerting <alertmanager>`"


def lines(unit: Unit) -> list[str]:
    """What `juju debug-log` shows of the last hook, but for what ops says of itself."""
    return [line for line in unit.log.splitlines() if not line.startswith("DEBUG")]


def told(unit: Unit, event: str = "config_changed") -> list[str]:
    """What a hook logs; the next one finds nothing to do, and says nothing."""
    unit.emit(event)
    said = lines(unit)
    unit.emit()
    assert lines(unit) == []
    return said


def test_a_life(unit: Unit):
    assert told(unit) == [f"WARNING {NOBODY}"]
    unit.relate(1, published(0), published(1, uri="ftp://am"))
    left_out = "WARNING alerting: 1 of 2 units left out: am/1 (uri is not an http or https URL)"
    assert told(unit) == ["INFO karma is started, for Alertmanagers: 1", left_out]
    unit.relate(1, published(0))
    assert told(unit) == []
    unit.options |= {"ui-theme": "dark", "karma-name": "ours"}
    unit.relate(1, published(0), published(1))
    assert told(unit) == ["INFO karma is started anew: changed: alerting, karma-name, ui-theme"]
    unit.options["ui-refresh"] = "0s"
    assert told(unit) == ["WARNING ui-refresh: must be at least 1s, is 0s"]
    unit.options["ui-refresh"] = "9s"
    assert told(unit) == ["INFO karma is started anew: changed: ui-refresh"]
    unit.karma.refuses = {"neon": NO_THEME}
    unit.options["ui-theme"] = "neon"
    assert told(unit) == ["WARNING karma refuses its configuration: invalid ui.theme value 'bad'"]
    unit.options["ui-theme"] = "light"
    assert told(unit) == ["INFO karma is started anew: changed: ui-theme"]
    unit.stop_karma()
    unit.emit()
    assert lines(unit) == ["INFO karma is started again: somebody has stopped it"]
    assert (unit.is_running, unit.status) == (True, ops.ActiveStatus())
    unit.karma.last_words = "panic: boom"
    unit.kill_karma()
    assert told(unit) == ["WARNING karma died: panic: boom"]
    unit.relations.clear()
    assert told(unit) == [f"WARNING karma is stopped: {NOBODY}"]


def test_relations_and_what_is_told_there(related: Unit):
    related.join("ingress", 2)
    assert lines(related) == [
        "INFO relation 2 (ingress): told host, ip",
        "INFO relation 2 (ingress): told model, name, port, is_port_open",
    ]
    related.join("certificates", 3)
    related.emit()
    assert lines(related) == []
    authority = Authority()
    for _ in range(2):
        related.answer(3, authority.answer(*requests_in(related.said(3))))
        said = [line for line in lines(related) if "started" in line]
        assert said == ["INFO karma is started anew: changed: certificates"]
    publish(related, 4, None)
    assert f"INFO karma's log goes to {url(0)}" in lines(related)
    related.unrelate(4)
    assert lines(related) == []
    related.emit()
    assert lines(related) == []


@pytest.mark.parametrize(
    ("error", "level"),
    [(pebble.ConnectionError("gone"), "INFO"), (pebble.APIError({}, 500, "", "no space left"), "WARNING")],
)
def test_a_container_that_does_not_answer_is_a_warning_only_where_it_is_broken(
    related: Unit, error: pebble.Error, level: str
):
    related.pebble.fault = Fault(error, 0, float("inf"))
    related.emit()
    [said] = lines(related)
    assert said.startswith(f"{level} the karma container does not answer: ")
