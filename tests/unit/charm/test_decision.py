"""What is wanted of Karma, without Juju and Pebble."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decision import Keep, Run, Stop, decide
from inputs import Inputs, Rejected
from karma.servers import Alertmanager
from problems import Problem, Severity, blocked, waiting
from settings.options import Options

AM = Alertmanager(1, "am/0", "http://am-0:9093", proxy=True)
GOOD = Inputs(application="karma", options=Options(), address="192.0.2.7", related=True, alertmanagers=(AM,))
INVALID = Options(ui_refresh="0s")


def test_karma_runs_with_a_server_and_an_address():
    wanted, problems = decide(GOOD)
    assert isinstance(wanted, Run)
    assert "http://am-0:9093" in wanted.config.text
    assert problems == ()


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        (
            replace(GOOD, related=False, alertmanagers=()),
            blocked("alerting: run `juju integrate karma:alerting <alertmanager>`"),
        ),
        (replace(GOOD, alertmanagers=(), silent=("am/0", "b")), waiting("alerting: waiting for data from am/0, b")),
        (
            replace(GOOD, alertmanagers=(), silent=("am/0",), rejected=(Rejected("am/1", "name is missing"),)),
            waiting("alerting: waiting for usable data from am/1 (name is missing)"),
        ),
        (replace(GOOD, address=""), waiting("waiting for the unit's IP address")),
    ],
)
def test_karma_stops_and_one_reason_is_given(inputs: Inputs, problem: Problem):
    assert decide(inputs) == (Stop(), (problem,))


def test_the_command_names_the_application_as_deployed():
    (problem,) = decide(replace(GOOD, application="on-call", related=False, alertmanagers=()))[1]
    assert "juju integrate on-call:alerting" in problem.message


def test_an_invalid_option_keeps_what_runs():
    wanted, problems = decide(replace(GOOD, options=INVALID))
    assert wanted == Keep()
    assert problems == (blocked("ui-refresh: must be longer than 0s, is 0s"),)


def test_nothing_to_show_stops_karma_even_while_an_option_is_invalid():
    wanted, problems = decide(replace(GOOD, options=INVALID, alertmanagers=(), silent=("am",)))
    assert wanted == Stop()
    assert [problem.severity for problem in problems] == [Severity.BLOCKED, Severity.WAITING]


def test_some_bad_units_among_good_ones_are_counted_and_named():
    wanted, problems = decide(
        replace(GOOD, rejected=(Rejected("am/1", "uri is missing"), Rejected("am/2", "name is missing")), silent=("b",))
    )
    assert isinstance(wanted, Run)
    assert problems == (
        Problem(Severity.ACTIVE, "alerting: 2 of 4 units left out: am/1 (uri is missing), am/2 (name is missing)"),
    )


def test_a_unit_that_is_silent_among_good_ones_is_no_problem():
    assert decide(replace(GOOD, silent=("am/1",)))[1] == ()


def test_the_same_inputs_give_the_same_decision():
    assert decide(GOOD) == decide(replace(GOOD, alertmanagers=(AM,)))
