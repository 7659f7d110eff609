"""Karma is started once per change of what it reads, and never otherwise; in any order: see test_sequences.py."""

from __future__ import annotations

from typing import Any

import ops
import pytest

from tests.support.fake_pebble import NO_THEME
from tests.support.meanings import BAD, OPTIONS, REFUSED_BY_KARMA
from tests.support.unit import EVENTS, Unit


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
        assert len(related.pebble.requests) <= 3
    del related.options[option]
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 1 + 2 * differs
    assert related.pebble.writes == [] or meaning is not BAD
    assert {path for path in related.outcome["files"] if "refused" not in path} == set(before["files"])
    assert related.pebble.running == before["running"]
