"""Karma that cannot be checked or does not start: what is put back, what is tried again."""

from __future__ import annotations

import ops
import pytest
from ops import pebble

from tests.support.fake_pebble import NO_THEME, change_error, memory
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit


def test_karma_that_does_not_start_gives_way_to_the_one_before(related: Unit):
    before = related.outcome
    related.karma.dies_of = {"theme: dark": f"2026-11-21T22:29:00Z INFO Most recent service output:\n    {NO_THEME}"}
    related.options["ui-theme"] = "dark"
    expected = ops.BlockedStatus("karma does not start: invalid ui.theme value 'bad'")
    assert related.emit() == expected
    assert [one["options"] for one in memory(related.files)["refused"].values()] == [["ui-theme"]]
    assert {key: related.outcome[key] for key in ("plan", "running", "version")} == {
        key: before[key] for key in ("plan", "running", "version")
    }
    assert related.pebble.starts == 3  # the first, the one that failed, the first again
    assert related.emit() == expected
    assert related.pebble.writes == []
    related.karma.dies_of = {}
    related.options["ui-theme"] = "light"
    assert related.emit() == ops.ActiveStatus()
    assert related.config["ui"] == {"theme": "light"}


@pytest.mark.parametrize("cause", ["theme: dark", "servers"])
def test_karma_that_does_not_start_and_has_none_before_it_stays_down(new_unit: NewUnit, cause: str):
    unit = new_unit({"ui-theme": "dark"})
    unit.relate(1, published(0))
    unit.karma.dies_of = {cause: "exited quickly with code 1"}
    assert unit.emit() == ops.BlockedStatus("karma does not start: exited quickly with code 1")
    assert not unit.is_running
    assert unit.plan.services["karma"].startup == "disabled"
    starts = unit.pebble.starts
    assert unit.emit() == ops.BlockedStatus("karma does not start: exited quickly with code 1")
    assert unit.pebble.starts > starts, "nothing runs that could be lost"
    unit.karma.dies_of = {}
    assert unit.emit() == ops.ActiveStatus()
    assert unit.config["ui"] == {"theme": "dark"}


def test_karma_that_dies_at_once_without_a_reason_is_told_by_pebbles_words(related: Unit):
    related.karma.dies_of = {
        "dark": '2026-11-21T22:29:00Z ERROR cannot start service "karma": exited quickly with code 137'
    }
    related.options["ui-theme"] = "dark"
    expected = 'karma does not start: cannot start service "karma": exited quickly with code 137'
    assert related.emit() == ops.BlockedStatus(expected)


def test_when_the_one_before_does_not_start_either_karma_is_stopped(related: Unit):
    related.karma.dies_of = {"servers": "no more memory"}
    related.options["ui-theme"] = "dark"
    assert related.emit() == ops.BlockedStatus("karma does not start: no more memory")
    assert not related.is_running
    assert "the previous karma does not start either: no more memory" in related.log


@pytest.mark.parametrize(
    "answer",
    [
        pebble.APIError({}, 400, "Bad Request", 'cannot find executable "/karma"'),
        None,  # ops.testing answers an ExecError with exit code 127 for what it does not know
    ],
)
def test_an_image_without_karma_is_not_asked_again(unit: Unit, answer: Exception | None):
    unit.karma.missing = True
    unit.karma.cannot_run = answer
    unit.relate(1, published(0))
    status = unit.emit()
    assert status.message.startswith("karma-image: it holds no /karma; run `juju attach-resource`")
    assert unit.emit() == status
    assert unit.pebble.writes == []
    unit.karma.missing, unit.karma.cannot_run = False, None
    unit.empty_container()
    assert unit.emit("pebble_ready") == ops.ActiveStatus()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (change_error('exec command "/karma" (timed out)'), 'exec command "/karma" (timed out)'),
        (pebble.APIError({}, 500, "Internal Server Error", "cannot start"), "cannot start"),
        (pebble.PathError("generic-file-error", "write: no space left on device"), "write: no space left on device"),
        (pebble.TimeoutError("timed out waiting for change 7 (30 seconds)"), ""),
        (pebble.ProtocolError("unexpected message"), ""),
        (BrokenPipeError("gone"), ""),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_pebble_cannot_do_is_told_in_its_words_and_tried_again(related: Unit, error: Exception, words: str):
    waiting = ops.WaitingStatus("waiting for the karma container")
    status = ops.BlockedStatus(f"karma container: {words}") if words else waiting
    before = related.config
    related.karma.cannot_run = error
    related.options["ui-theme"] = "dark"
    assert related.emit() == status
    assert related.config == before
    related.karma.cannot_run = None
    assert related.emit() == ops.ActiveStatus()
    assert related.config["ui"] == {"theme": "dark"}


def test_karma_that_does_not_tell_its_version_runs_all_the_same(unit: Unit):
    unit.karma.version = None
    unit.relate(1, published(0))
    assert unit.emit() == ops.ActiveStatus()
    assert unit.state.workload_version == ""
    assert unit.is_running
