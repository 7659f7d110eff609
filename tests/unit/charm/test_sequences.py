"""Any events in any order, and any databags: what holds for all of them."""

from __future__ import annotations

from typing import Any

import ops
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ops import testing

from tests.support.fake_pebble import NO_THEME
from tests.support.unit import SECRET, Unit, published
from tests.unit.conftest import NewUnit

GOOD_OPTIONS: list[dict[str, Any]] = [{}, {"ui-theme": "dark"}, {"ui-refresh": "5s", "alertmanager-access": "readonly"}]
REFUSED_OPTIONS: list[dict[str, Any]] = [{"ui-theme": "bad"}, {"ui-theme": "bad", "karma-name": "k"}]
INVALID_OPTIONS: list[dict[str, Any]] = [{"ui-refresh": "0s"}, {"ui-alerts-per-group": 0, "ui-theme": "dark"}]
USABLE = [
    published(0),
    published(1),
    published(0, "b"),
    published(2, cluster=""),
    published(0, uri="http://ingress/am"),
]
UNUSABLE: list[dict[str, str]] = [
    {},
    {"uri": "http://a"},
    published(3, uri="a:1"),
    published(3, proxy="x"),
    {"name": "a"},
]


def set_options(unit: Unit, options: dict[str, Any]) -> str:
    unit.options = dict(options)
    return "config_changed"


def relate(unit: Unit, relation_id: int, units: list[dict[str, str]]) -> str:
    unit.relate(relation_id, *units)
    return "relation_created" if not units else "relation_changed"


def unrelate(unit: Unit, relation_id: int) -> str:
    unit.relations.pop(relation_id, None)
    return "update_status"


def restart_container(unit: Unit) -> str:
    unit.empty_container()
    return "pebble_ready"


def set_address(unit: Unit, address: str) -> str:
    unit.address = address
    return "config_changed"


def just(_: Unit, event: str) -> str:
    return event


units = st.lists(st.sampled_from([*USABLE, *USABLE, *UNUSABLE]), max_size=3)
steps = st.one_of(
    st.tuples(st.just(set_options), st.sampled_from([*GOOD_OPTIONS, *REFUSED_OPTIONS, *INVALID_OPTIONS])),
    st.tuples(st.just(relate), st.integers(1, 3), units),
    st.tuples(st.just(unrelate), st.integers(1, 3)),
    st.tuples(st.just(restart_container)),
    st.tuples(st.just(set_address), st.sampled_from(["192.0.2.7", "192.0.2.7", "192.0.2.8", ""])),
    st.tuples(
        st.just(just),
        st.sampled_from(
            ["update_status", "leader_elected", "secret_changed", "start", "upgrade_charm", "pebble_ready"]
        ),
    ),
)


def play(unit: Unit, step: tuple[Any, ...]) -> ops.StatusBase:
    """Change the model by one step, and send the event that tells of it."""
    do, *arguments = step
    event: str = do(unit, *arguments)
    if event == "relation_changed":
        return unit.emit(event, relation_id=arguments[0], remote_unit=0)
    if event == "relation_created":
        return unit.emit(event, relation_id=arguments[0])
    return unit.emit(event, secret=SECRET) if event == "secret_changed" else unit.emit(event)


def usable(unit: Unit) -> bool:
    databags = [dict(data) for relation in unit.relations.values() for data in relation.remote_units_data.values()]
    return any(databag in USABLE for databag in databags)


@settings(max_examples=25)
@given(st.lists(steps, min_size=4, max_size=14))
def test_any_sequence_of_events_leads_to_what_the_model_says_now(new_unit: NewUnit, sequence: list[tuple[Any, ...]]):
    unit = new_unit()
    unit.karma.refuses = {"bad": NO_THEME}
    unit.relate(1, published(0))
    unit.emit("pebble_ready")
    for step in sequence:
        before, starts = unit.pebble.running, unit.pebble.starts
        status = play(unit, step)
        before = None if step[0] is restart_container else before

        # What runs is a function of the model, but for what a bad option holds back.
        if not usable(unit) or not unit.address:
            assert not unit.is_running
            assert status.name in ("waiting", "blocked")
        elif unit.options in GOOD_OPTIONS:
            fresh = new_unit(unit.options)
            fresh.relations = dict(unit.relations)
            assert status == fresh.emit()
            assert status.name == "active"
            assert unit.is_running
            assert unit.pebble.running == fresh.pebble.running
            assert unit.plan == fresh.plan
            assert {path: text for path, text in unit.files.items() if "refused" not in path} == fresh.files
        else:
            assert status.name == "blocked"
            assert unit.pebble.running == before

        # One start for each change of what Karma reads, and none otherwise.
        assert unit.pebble.starts - starts == (unit.pebble.running not in (None, before))

        # A second hook finds nothing to do.
        outcome = unit.outcome
        for event in ("update_status", "config_changed"):
            unit.emit(event)
            assert unit.pebble.writes == []
            assert len(unit.pebble.requests) <= 3
        assert unit.outcome == outcome


@settings(max_examples=25)
@given(
    st.permutations(
        [(1, published(0)), (1, published(1)), (2, published(0)), (3, published(0, "b")), (3, {"name": "x"})]
    )
)
def test_units_that_come_in_any_order_end_in_the_same_bytes(new_unit: NewUnit, order: list[tuple[int, dict[str, str]]]):
    unit = new_unit()
    present: dict[int, dict[int, dict[str, str]]] = {}
    for relation_id, databag in order:
        number = int(databag["name"].partition("/")[2] or 9)
        present.setdefault(relation_id, {})[number] = databag
        application = {1: "am", 2: "far", 3: "b"}[relation_id]
        relation = testing.Relation(
            "alerting", id=relation_id, remote_app_name=application, remote_units_data=dict(present[relation_id])
        )
        unit.relations[relation_id] = relation
        unit.emit("relation_changed", relation_id=relation_id, remote_unit=number)
    assert unit.status.name == "active"
    assert [server["name"] for server in unit.servers] == ["am-0", "am-1", "far-0", "b-0"]
    at_once = new_unit()
    at_once.relations = {relation_id: unit.relations[relation_id] for relation_id in (3, 2, 1)}
    at_once.emit()
    assert unit.files == at_once.files


values = st.one_of(
    st.text(),
    st.sampled_from(
        ["true", "false", "am/0", "..", "/", "1e3", "1000", "http://am", "https://[::1]/x", "http://u:p@am"]
    ),
    st.from_regex(r"https?://[a-zA-Z0-9_.\[\]:-]{1,12}(/[ -~]{0,8})?", fullmatch=True),
)
good_uris = st.sampled_from(["http://am", "https://[::1]/x", "http://b/ü%20"])
databags = st.one_of(
    st.dictionaries(st.sampled_from(["name", "uri", "cluster", "proxy", "egress-subnets"]), values),
    st.fixed_dictionaries({"name": values, "uri": good_uris, "cluster": values}),
)


@settings(max_examples=60)
@given(st.lists(st.lists(databags, max_size=3), max_size=3))
@example([[published(0, name="am\n- name: evil")]])
@example([[published(0, uri="http://am\nproxy: false")], [published(0, cluster="a: b # c")]])
@example([[published(0, cluster="x" * 200_000)], [published(0, uri="http://" + "x" * 200_000)]])
@example([[published(0, name="a"), published(1, name="a")], [published(0, name="a-2")], [published(0, name="a")]])
@example([[published(0, name="\u202e/0"), published(1, cluster="\ufeff"), published(2, uri="http://a/\u2069")]])
def test_no_databag_raises_and_karma_can_read_what_becomes_of_it(new_unit: NewUnit, bags: list[list[dict[str, str]]]):
    unit = new_unit()
    for relation_id, some in enumerate(bags, start=1):
        unit.relate(relation_id, *some)
    status = unit.emit("config_changed")
    assert unit.is_running == (status.name == "active")
    wanted = {value for some in bags for bag in some for key, value in bag.items() if key == "uri"}
    if unit.is_running:
        assert {server["uri"] for server in unit.servers} <= wanted
        assert len(unit.pebble.checked) == 1


@given(st.text())
def test_no_text_of_an_option_raises(new_unit: NewUnit, text: str):
    unit = new_unit(
        dict.fromkeys(("karma-name", "default-filters", "ui-theme", "alertmanager-timeout", "log-level"), text)
    )
    unit.relate(1, published(0))
    status = unit.emit()
    assert (status.name == "active") == unit.is_running
    if unit.is_running and text:
        assert unit.config["karma"]["name"] == text
    assert bool(unit.files) == unit.is_running


@pytest.mark.parametrize("options", [*GOOD_OPTIONS, *REFUSED_OPTIONS, *INVALID_OPTIONS])
def test_every_set_of_options_alone_is_settled_after_one_hook(new_unit: NewUnit, options: dict[str, Any]):
    unit = new_unit(options)
    unit.karma.refuses = {"bad": NO_THEME}
    unit.relate(1, published(0))
    status = unit.emit()
    outcome = unit.outcome
    assert unit.emit() == status
    assert (unit.pebble.writes, unit.outcome) == ([], outcome)
