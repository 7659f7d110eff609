"""Pebble goes away between two requests of a hook, or does what was asked and its answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ops
import pytest
from ops import pebble

from tests.support.fake_pebble import NO_THEME, Fault
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

WAITING = ops.WaitingStatus("waiting for the karma container")


def another_application(unit: Unit) -> None:
    unit.relate(2, published(0, "b"), application="b")


def alone(unit: Unit) -> None:
    unit.relations.clear()


def new_pod_without_karma(unit: Unit) -> None:
    unit.let(missing=True)
    unit.empty_container()


DARK = {"ui-theme": "dark"}
REFUSED = partial(Unit.let, refuses={"bad": NO_THEME}, options={"ui-theme": "bad"})
# What happens to a unit that was just deployed, each after a hook; what is looked at is the hook after all of it.
SITUATIONS: dict[str, list[Callable[[Unit], None]]] = {
    "first start": [],
    "new option": [partial(Unit.let, options=DARK)],
    "new relation": [another_application],
    "refused": [REFUSED],
    "mended": [REFUSED, partial(Unit.let, options=DARK)],
    "last relation gone": [alone],
    "related again": [alone, another_application],
    "emptied": [Unit.empty_container],
    "does not start": [partial(Unit.let, dies_of={"dark": "out of luck"}, options=DARK)],
    "no karma": [new_pod_without_karma],
    "nothing new": [partial(Unit.let)],
}
ERRORS = [pebble.ConnectionError("no such socket"), BrokenPipeError(32, "Broken pipe")]


def prepared(new_unit: NewUnit, situation: str) -> Unit:
    unit = new_unit()
    unit.relate(1, published(0))
    for happens in SITUATIONS[situation]:
        unit.emit()
        happens(unit)
    return unit


@pytest.mark.parametrize("lost", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_whichever_request_fails_the_next_hook_ends_where_an_undisturbed_one_does(
    new_unit: NewUnit, situation: str, lost: bool
):
    undisturbed = prepared(new_unit, situation)
    undisturbed.emit()
    requests = undisturbed.pebble.requests
    # Having no relation is the graver problem.
    status = undisturbed.status if situation == "last relation gone" else WAITING
    for index in range(len(requests)):
        unit = prepared(new_unit, situation)
        error = ERRORS[index % len(ERRORS)]
        unit.pebble.fault = Fault(error, index, float("inf"), answered=lost)
        assert unit.emit() == status, (index, requests)
        assert "the karma container does not answer" in unit.log
        unit.pebble.fault = None
        unit.emit()
        expected = undisturbed.outcome
        if lost and requests[index:] == ["add_layer"]:
            # All was done, so nothing is done again, and only the hook that started Karma knows its version.
            expected["version"] = unit.state.workload_version
        assert unit.outcome == expected, (index, requests)
        unit.emit()
        assert unit.pebble.writes == [], (index, requests)


@pytest.mark.parametrize("situation", ["new option", "mended", "related again", "first start"])
def test_karma_is_started_once_however_often_the_connection_breaks(new_unit: NewUnit, situation: str):
    unit = prepared(new_unit, situation)
    starts = unit.pebble.starts
    for index in range(20):
        unit.pebble.fault = Fault(ERRORS[0], index, index, answered=bool(index % 2))
        if unit.emit() == ops.ActiveStatus():
            break
    assert unit.status == ops.ActiveStatus()
    assert unit.is_running
    assert unit.pebble.starts == starts + 1


@pytest.mark.parametrize("situation", ["new option", "refused", "related again", "does not start"])
def test_what_was_to_come_may_change_while_pebble_is_away(new_unit: NewUnit, situation: str):
    for index in range(14):
        unit = prepared(new_unit, situation)
        unit.pebble.fault = Fault(ERRORS[0], index, float("inf"))
        unit.emit()
        unit.pebble.fault = None
        unit.karma.missing, unit.karma.dies_of = False, {}
        unit.options = {"ui-theme": "light"}
        unit.relations.clear()
        unit.relate(3, published(0, "c"), application="c")
        assert unit.emit() == ops.ActiveStatus()
        assert [server["name"] for server in unit.servers] == ["c-0"]
        assert unit.config["ui"] == {"theme": "light"}
        assert len(unit.files) == 2


def test_karma_that_died_is_told_even_when_its_log_cannot_be_had(related: Unit):
    related.kill_karma()
    related.karma.last_words = "panic: boom"
    related.pebble.fault = Fault(ERRORS[0], 3, float("inf"))
    assert related.emit().message.startswith("karma died: see `kubectl")
