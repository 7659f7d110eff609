"""Karma is started once per change of what it reads, and never otherwise."""

from __future__ import annotations

from typing import Any

import ops
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.option_values import VALUES, subsets
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

EVENTS = ["update_status", "config_changed", "leader_elected", "upgrade_charm", "start", "pebble_ready"]


def with_options(unit: Unit, options: list[str] | frozenset[str]) -> None:
    """Set just these; the headers' secret stays the same one."""
    kept = {"alertmanager-headers": unit.options["alertmanager-headers"]} if unit.secrets else {}
    unit.options = {}
    unit.set(**{option: VALUES[option] for option in options if option not in kept})
    unit.options |= {option: value for option, value in kept.items() if option in options}


def reads(unit: Unit) -> dict[str, str]:
    """What Karma reads, whatever the directory is called."""
    return {path.rpartition("/")[2]: text for path, text in unit.files.items()}


@pytest.mark.parametrize("option", VALUES)
def test_an_option_that_is_set_and_unset_is_two_restarts(related: Unit, option: str):
    before = related.outcome
    related.set(**{option: VALUES[option]})
    changes = reads(related)
    assert related.emit("config_changed") == ops.ActiveStatus()
    # What the option says may be what holds without it.
    differs = reads(related) != changes
    assert differs == (option != "alertmanager-access")
    assert related.pebble.starts == 1 + differs
    for event in EVENTS:
        assert related.emit(event) == ops.ActiveStatus()
        assert related.pebble.writes == []
    del related.options[option]
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 1 + 2 * differs
    assert related.outcome == before


@settings(max_examples=15)
@given(st.lists(st.tuples(subsets, st.sampled_from(EVENTS)), min_size=2, max_size=6))
def test_any_options_in_any_order_are_one_restart_each_time_that_the_files_change(
    new_unit: NewUnit, steps: list[tuple[frozenset[str], str]]
):
    unit = new_unit()
    unit.relate(1, published(0))
    unit.emit()
    for options, event in steps:
        before, starts = reads(unit), unit.pebble.starts
        with_options(unit, options)
        assert unit.emit(event) == ops.ActiveStatus()
        assert unit.pebble.starts - starts == (reads(unit) != before)
        assert unit.emit() == ops.ActiveStatus()
        assert unit.pebble.writes == []


@settings(max_examples=15)
@given(subsets, st.randoms(use_true_random=False))
def test_the_order_in_which_options_are_set_leaves_no_trace(new_unit: NewUnit, options: frozenset[str], random: Any):
    order = sorted(options)
    random.shuffle(order)
    one_by_one, at_once = new_unit(), new_unit()
    for unit in (one_by_one, at_once):
        unit.relate(1, published(0))
        unit.emit()
    for count in range(0, len(order) + 1, 7):
        with_options(one_by_one, order[:count])
        one_by_one.emit("config_changed")
    for unit in (one_by_one, at_once):
        with_options(unit, order)
        assert unit.emit("config_changed") == ops.ActiveStatus()
    assert one_by_one.files == at_once.files
    assert one_by_one.plan == at_once.plan
    assert at_once.pebble.starts == 1 + bool(options - {"alertmanager-access"})
