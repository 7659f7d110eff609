"""Karma is started once per change of what it reads, and never otherwise; in any order: see test_sequences.py."""

from __future__ import annotations

from typing import Any

import ops
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.option_values import VALUES, subsets
from tests.support.fake_pebble import NO_THEME
from tests.support.unit import EVENTS, NewUnit, Unit, published
from tests.support.world import BAD, OPTIONS, REFUSED_BY_KARMA


@pytest.mark.parametrize(("option", "value", "meaning"), OPTIONS)
def test_an_option_that_is_set_and_unset_is_two_restarts(related: Unit, option: str, value: Any, meaning: object):
    before = related.outcome
    related.karma.refuses = {REFUSED_BY_KARMA: NO_THEME}
    related.set(**{option: value})
    status = related.emit("config_changed")
    assert status.name == ("blocked" if meaning is BAD else "active")
    # What the option says may be what holds without it.
    differs = meaning not in (None, BAD)
    assert related.pebble.starts == 1 + differs
    for event in EVENTS:
        assert related.emit(event) == status
        assert related.pebble.writes == []
    del related.options[option]
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 1 + 2 * differs
    assert {path for path in related.outcome["files"] if "refused" not in path} == set(before["files"])
    assert related.pebble.running == before["running"]


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
        one_by_one.options = {}
        one_by_one.set(**{option: VALUES[option] for option in order[:count]})
        one_by_one.emit("config_changed")
    for unit in (one_by_one, at_once):
        unit.options = {}
        unit.set(**{option: VALUES[option] for option in order})
        assert unit.emit("config_changed") == ops.ActiveStatus()
    assert one_by_one.files == at_once.files
    assert one_by_one.plan == at_once.plan
    assert at_once.pebble.starts == 1 + bool(options - {"alertmanager-access"})
