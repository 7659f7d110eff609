"""Every row of the status table, and what a status may look like."""

from __future__ import annotations

import ops
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems import one_line
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

BAD_THEME = (
    'level=ERROR msg="Execution failed" error="invalid ui.theme value \'bad\', allowed options: light, dark, auto"'
)


def test_waiting_for_a_container_that_is_not_reachable(unit: Unit):
    unit.relate(1, published(0))
    unit.reachable = False
    assert unit.emit("config_changed") == ops.WaitingStatus("waiting for the karma container")


@pytest.mark.parametrize("reachable", [True, False])
def test_blocked_without_a_relation_names_the_command(unit: Unit, reachable: bool):
    unit.reachable = reachable
    assert unit.emit("config_changed") == ops.BlockedStatus(
        "alerting: run `juju integrate karma:alerting <alertmanager>`"
    )


def test_waiting_for_an_application_without_units(unit: Unit):
    unit.relate(1, application="alertmanager")
    expected = ops.WaitingStatus("alerting: waiting for data from alertmanager")
    assert unit.emit("relation_created", relation_id=1) == expected


def test_waiting_for_units_that_have_published_nothing(unit: Unit):
    unit.relate(1, {}, {"egress-subnets": "10.0.0.1/32"}, application="alertmanager")
    expected = ops.WaitingStatus("alerting: waiting for data from alertmanager/0, alertmanager/1")
    assert unit.emit("relation_changed", relation_id=1, remote_unit=0) == expected
    assert not unit.is_running


def test_waiting_for_usable_data_says_what_is_wrong(unit: Unit):
    unit.relate(1, published(0, uri="am:9093"))
    expected = "alerting: waiting for usable data from am/0 (uri is not an http or https URL)"
    assert unit.emit() == ops.WaitingStatus(expected)
    assert not unit.is_running


def test_waiting_for_an_address(unit: Unit):
    unit.relate(1, published(0))
    unit.address = ""
    assert unit.emit() == ops.WaitingStatus("waiting for the unit's IP address")
    assert not unit.is_running


def test_blocked_by_an_invalid_option_while_the_old_karma_serves(related: Unit):
    related.options["ui-alerts-per-group"] = 0
    assert related.emit("config_changed") == ops.BlockedStatus("ui-alerts-per-group: must be at least 1, is 0")
    assert related.is_running
    assert related.pebble.writes == []


def test_blocked_by_a_refused_configuration_while_the_old_karma_serves(related: Unit):
    before = related.config
    related.karma.refuses = {"bad": BAD_THEME}
    related.options["ui-theme"] = "bad"
    expected = "ui-theme: invalid ui.theme value 'bad', allowed options: light, dark, auto"
    assert related.emit("config_changed") == ops.BlockedStatus(expected)
    assert related.config == before


def test_active_counts_and_names_units_whose_data_are_bad(unit: Unit):
    unit.relate(1, published(0), published(1, uri="ftp://am"), {})
    expected = ops.ActiveStatus("alerting: 1 of 3 units left out: am/1 (uri is not an http or https URL)")
    assert unit.emit() == expected
    assert len(unit.servers) == 1


def test_blocked_when_karma_does_not_start(related: Unit):
    related.karma.dies_of = {"theme: dark": "no route to anywhere"}
    related.options["ui-theme"] = "dark"
    assert related.emit() == ops.BlockedStatus("karma does not start: no route to anywhere")
    assert "ui" not in related.config


SEE = "see `kubectl -n prod exec karma-0 -c karma -- /charm/bin/pebble logs karma`"


@pytest.mark.parametrize(
    ("last_words", "shown"),
    [
        (
            "2026-11-21T22:29:00.000Z [karma] panic: runtime error: index out of range",
            "panic: runtime error: index out",
        ),
        (f"2026-11-21T22:29:00.000Z [karma] {BAD_THEME}", "invalid ui.theme value 'bad'"),
        ('2026-11-21T22:29:00.000Z [karma] level=INFO msg="Pulling latest alerts"', SEE),
        ("", SEE),
        (None, SEE),
    ],
)
def test_karma_that_died_is_told_by_a_line_that_tells_or_by_where_to_look(
    related: Unit, last_words: str | None, shown: str
):
    related.kill_karma()
    related.karma.last_words = last_words
    status = related.emit("pebble_check_failed", info=related.fail_check())
    assert status.name == "blocked"
    assert status.message.startswith(f"karma died: {shown}")
    assert related.pebble.writes == ["exec"]


def test_karma_that_was_stopped_by_hand_is_started_by_the_next_hook(related: Unit):
    related.stop_karma()
    assert related.emit() == ops.ActiveStatus()
    assert related.is_running


@pytest.mark.parametrize("check", ["karma", "karma-listens"])
def test_karma_that_runs_and_does_not_answer_is_told(related: Unit, check: str):
    info = related.fail_check(check)
    told = ops.WaitingStatus("karma does not answer: it tries Alertmanagers before it serves, or hangs")
    assert related.emit("pebble_check_failed", info=info) == told
    assert related.emit() == told
    assert related.pebble.writes == []


def test_karma_that_died_is_told_while_an_option_is_invalid_too(related: Unit):
    related.options["ui-refresh"] = "0s"
    related.kill_karma()
    assert related.emit() == ops.BlockedStatus("ui-refresh: must be at least 1s, is 0s")


def test_active_without_a_word_when_all_is_well(related: Unit):
    assert related.status == ops.ActiveStatus("")


def test_blocked_by_an_image_without_karma(unit: Unit):
    unit.karma.missing = True
    unit.relate(1, published(0))
    status = unit.emit()
    assert status == ops.BlockedStatus(
        "karma-image: it holds no /karma; run `juju attach-resource` with an image of Karma, v0.90 or newer"
    )


def test_the_gravest_problem_is_shown_first(unit: Unit):
    unit.options["ui-refresh"] = "0s"
    unit.relate(1, published(0, uri="nowhere"))
    assert unit.emit() == ops.BlockedStatus("ui-refresh: must be at least 1s, is 0s")


def test_a_long_message_is_cut_in_the_status_and_whole_in_the_log(unit: Unit):
    unit.relate(1, *(published(number, uri="ftp://am") for number in range(9)))
    status = unit.emit()
    assert status.message.endswith("…")
    assert "am/8" not in status.message
    assert "am/8 (uri is not an http or https URL)" in unit.log


def test_a_message_of_any_length_leaves_a_log_of_bounded_length(new_unit: NewUnit):
    unit = new_unit({"alertmanager-access": "x" * 200_000})
    unit.relate(1, published(0))
    assert unit.emit().message == "alertmanager-access: must be one of published, proxy, readonly, direct"
    unit.options = {"ui-refresh": "0" * 200_000}
    assert unit.emit().message.startswith("ui-refresh: must be at least 1s, is 000")
    assert len(unit.log) < 10_000


@given(st.text(), st.integers(min_value=3, max_value=200))
def test_any_text_becomes_one_line_that_fits(text: str, limit: int):
    line = one_line(text, limit)
    assert len(line.encode()) <= limit
    assert line.isprintable()
    assert line == line.strip()
    assert one_line(line, limit) == line


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), max_size=120))
def test_a_plain_text_that_fits_is_shown_as_it_is(text: str):
    assert one_line(text) == text


def test_a_text_that_is_cut_is_cut_between_characters():
    assert one_line("ä" * 61) == "ä" * 58 + "…"
    assert one_line("ä" * 60) == "ä" * 60
