from __future__ import annotations

import dataclasses
from typing import Any
from unittest import mock

import ops
import pytest
from ops import testing

from tests.support.unit import EVENTS, SECRET, Unit, published
from tests.unit.conftest import NewUnit


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        *((event, {}) for event in EVENTS),
        ("secret_changed", {"secret": SECRET}),
        ("relation_created", {"relation_id": 1}),
        ("relation_joined", {"relation_id": 1, "remote_unit": 0}),
        ("relation_changed", {"relation_id": 1, "remote_unit": 0}),
        ("relation_departed", {"relation_id": 1, "remote_unit": 1, "departing_unit": 1}),
    ],
)
def test_every_event_alone_brings_karma_up(unit: Unit, event: str, arguments: dict[str, Any]):
    unit.relate(1, published(0))
    assert unit.emit(event, **arguments) == ops.ActiveStatus()
    assert [server["name"] for server in unit.servers] == ["am-0"]


@pytest.mark.parametrize("event", ["pebble_check_failed", "pebble_check_recovered"])
def test_karma_that_was_stopped_comes_back_when_its_check_changes(related: Unit, event: str):
    related.options["ui-theme"] = "dark"
    info = next(iter(related.state.get_container("karma").check_infos))
    assert related.emit(event, info=info) == ops.ActiveStatus()
    assert related.config["ui"] == {"theme": "dark"}


def test_the_port_is_open_and_the_version_is_that_of_the_karma_that_ran_last(related: Unit):
    assert related.state.opened_ports == {testing.TCPPort(8080)}
    assert related.state.workload_version == "0.133"
    assert related.config["listen"]["port"] == 8080
    related.karma.version = "v0.134"
    related.empty_container()
    related.emit("pebble_ready")
    assert related.state.workload_version == "0.134"
    related.relations.clear()
    related.emit()
    assert related.state.workload_version == "0.134"


@pytest.mark.parametrize("telling", ["set_ports", "set_workload_version"])
def test_what_juju_does_not_take_costs_nothing_else(unit: Unit, telling: str):
    unit.relate(1, published(0))
    with mock.patch.object(ops.Unit, telling, autospec=True, side_effect=ops.ModelError("reset")) as told:
        assert (unit.emit("config_changed"), told.call_count) == (ops.ActiveStatus(), 1)


@pytest.mark.parametrize("event", ["stop", "remove", "install"])
def test_the_ends_of_a_life_touch_neither_container_nor_status(related: Unit, event: str):
    related.relations.clear()
    related.state = dataclasses.replace(related.state, unit_status=testing.UnknownStatus())
    related.emit(event)
    assert related.pebble.requests == []
    assert related.state.unit_status == testing.UnknownStatus()
    assert related.is_running


def test_a_unit_that_does_not_lead_does_the_same(new_unit: NewUnit):
    leader, other = new_unit(), new_unit(is_leader=False)
    for unit in (leader, other):
        unit.relate(1, published(0))
        unit.emit("config_changed")
    assert other.outcome == leader.outcome
