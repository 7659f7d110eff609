"""What a status may look like, and which is shown of several; each message by itself: see test_docs.py."""

from __future__ import annotations

import re

import ops
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.around.authority import Authority, requests_in
from problems import Severity, at_once, blocked, one_line, waiting
from settings.options import SETTINGS
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

BAD_THEME = (
    'level=ERROR msg="Execution failed" error="invalid ui.theme value \'bad\', allowed options: light, dark, auto"'
)


SEE = "see `kubectl -n prod exec karma-0 -c karma -- /charm/bin/pebble logs karma`"


@pytest.mark.parametrize(
    ("last_words", "shown"),
    [
        (f"2026-11-21T22:29:00.000Z [karma] {BAD_THEME}", "invalid ui.theme value 'bad'"),
        ('2026-11-21T22:29:00.000Z [karma] level=INFO msg="Pulling latest alerts"', SEE),
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


NO_ANSWER = ops.WaitingStatus("karma does not answer: it tries Alertmanagers before it serves, or hangs")


@pytest.mark.parametrize("check", ["karma", "karma-listens"])
def test_karma_that_runs_and_does_not_answer_is_told_whatever_else_is(related: Unit, check: str):
    related.integrate(5, "ingress", ingress="nonsense")
    info = related.fail_check(check)
    assert related.emit("pebble_check_failed", info=info) == NO_ANSWER
    assert related.emit() == NO_ANSWER
    assert related.pebble.writes == []


def test_karma_that_hangs_under_https_is_told_and_one_that_answers_is_asked_seldom(related: Unit):
    related.shakes_hands = False
    assert related.emit() == ops.ActiveStatus(), "under plain HTTP Pebble itself asks for an answer"
    related.join("certificates", 6)
    related.answer(6, Authority().answer(*requests_in(related.said(6))))
    for related.shakes_hands, status in ((False, NO_ANSWER), (None, ops.ActiveStatus())):
        assert related.emit() == status
        assert {check.period for check in related.plan.checks.values()} == {"1s", "10s"}
    for related.shakes_hands, writes in ((True, ["add_layer"]), (True, [])):
        assert related.emit() == ops.ActiveStatus()
        assert {check.period for check in related.plan.checks.values()} == {"1m"}
        assert related.pebble.writes == writes
    related.unrelate(6)
    assert related.plan.checks["karma-listens"].period == "1s"


def test_karma_that_died_is_told_while_an_option_is_invalid_too(related: Unit):
    related.options["ui-refresh"] = "0s"
    related.kill_karma()
    assert related.emit() == ops.BlockedStatus("ui-refresh: must be at least 1s, is 0s; also: karma died")


COMMAND = "run `juju grant-secret secret:d7kl2jrmp25c7bqvs0g0 karma-k8s`"
LONG = "invalid ui.theme value 'neon', allowed options: light, dark, auto"
LONG_NAME = "silence-form-default-alertmanagers"


@pytest.mark.parametrize(
    ("problems", "shown"),
    [
        ({"a": "x", "b": "y"}, "a: x; also: b"),
        ({"ui-theme": LONG, "ui-refresh": "y"}, f"ui-theme: {LONG}; also: ui-refresh"),
        (
            {"ui-theme": LONG, LONG_NAME: "y", "labels-keep": "y"},
            "ui-theme: invalid…ue 'neon', allowed options: light, dark, auto; also: s",  # codespell:ignore ue
        ),
        ({"basic-auth-users": COMMAND, "a": "x"}, f"basic-auth-users: {COMMAND}; also: a"),
        ({"basic-auth-users": COMMAND, "ui-theme": "x", LONG_NAME: "x"}, "basic-auth-users, ui-theme, silence-form-"),
    ],
)
def test_several_problems_are_all_named(problems: dict[str, str], shown: str):
    told = at_once([*(blocked(f"{name}: {why}") for name, why in problems.items()), waiting("zzz: w")])
    assert told.severity is Severity.BLOCKED
    assert told.message.startswith(shown)


@given(st.lists(st.sampled_from(sorted(SETTINGS)), min_size=2, unique=True), st.sampled_from(["x", COMMAND, LONG * 3]))
def test_of_however_many_problems_as_many_are_named_as_fit_and_the_others_counted(options: list[str], why: str):
    message = at_once([blocked(f"{option}: {why}") for option in options]).message
    assert message.startswith(options[0])
    assert len(message.encode()) <= 120
    counted = re.search(r" and (\d+) more: run show-config for the reasons$", message)
    named = re.split("[:,;… ]+", message)
    assert len({*options} & {*named}) + int(counted[1] if counted else 0) == len(options)
    assert message.count("`") in (0, 2)


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
