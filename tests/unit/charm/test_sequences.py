"""Any events in any order, and any databags: what holds for all of them."""

from __future__ import annotations

import dataclasses

import ops
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.meanings import outline
from tests.support.unit import NewUnit, published
from tests.support.world import World, drawn
from workload.memory import MEMORY


@settings(max_examples=20)
@given(st.data())
def test_any_sequence_of_events_leads_to_what_the_model_says_now(new_unit: NewUnit, data: st.DataObject):
    unit = new_unit()
    world = World(unit, drawn(data))
    world.begin()
    for _ in range(data.draw(st.integers(4, 10))):
        world.happen()
        status, runs = unit.status, world.running

        assert unit.is_running == (runs is not None)
        assert status.name == "active" or status.message.startswith(tuple(world.causes))
        if runs:
            assert outline(unit.config) == runs.outline
            assert not unit.address or world.told() == world.to_tell(runs)
            assert status.name == "blocked" or not world.is_bad

        # What runs is a function of the model, but for what goes on in the place of what is bad or missing.
        if runs and runs == world.wanted(None):
            fresh = new_unit(unit.options)
            fresh.state = dataclasses.replace(unit.state, containers=fresh.state.containers)
            fresh.relations, fresh.secrets, fresh.address = dict(unit.relations), dict(unit.secrets), unit.address
            fresh.karma.refuses = unit.karma.refuses
            assert status == fresh.emit()
            assert (unit.pebble.running, unit.plan) == (fresh.pebble.running, fresh.plan)
            assert unit.relations == fresh.relations
            files, fresh_files = (
                {path: text for path, text in one.files.items() if MEMORY not in path} for one in (unit, fresh)
            )
            assert files == fresh_files

        # One start for each change of what Karma reads, and none otherwise.
        assert world.wrong == []

        # A second hook finds nothing to do.
        outcome = unit.outcome
        world.fire("update_status")
        assert unit.pebble.writes == []
        assert len(unit.pebble.requests) <= 3
        assert unit.outcome == outcome


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
def test_no_text_of_an_option_raises_or_stops_karma(new_unit: NewUnit, text: str):
    options = ("karma-name", "default-filters", "ui-theme", "alertmanager-timeout", "log-level")
    unit = new_unit(dict.fromkeys(options, text))
    unit.relate(1, published(0))
    status = unit.emit()
    assert unit.is_running
    assert status == ops.ActiveStatus() or (status.name == "blocked" and status.message.split(":")[0] in options)
    if status.name == "active":
        assert unit.config.get("karma", {}).get("name", "") == text.strip()
