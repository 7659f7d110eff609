"""What does not fit is left out alone, and named; rules wait for the Alertmanagers that they name."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from karma.fitting import fit
from problems import Problem, Severity, blocked

PROXIED = {"name": "a", "proxy": True}
DIRECT = {"name": "b", "proxy": False}
READONLY = {"name": "c", "proxy": False, "readonly": True}
HEADERS = {"headers": {"X": "y"}}
LEFT_OUT = "left out: not proxied; set alertmanager-access=proxy"


def active(message: str) -> Problem:
    return Problem(Severity.ACTIVE, message)


def test_what_fits_stays_as_it_is():
    values = {"silence-acl": "rules: []  # as written", "silence-form-default-alertmanagers": ["a"], "ui-theme": "dark"}
    assert fit([PROXIED, READONLY], values) == ([PROXIED, READONLY], values, ())


@pytest.mark.parametrize(
    ("servers", "values", "shown", "problems"),
    [
        ([PROXIED | HEADERS, DIRECT], {}, ["a", "b"], ()),
        ([PROXIED, DIRECT | HEADERS, READONLY], {}, ["a", "c"], (active(f"alertmanager-headers: b {LEFT_OUT}"),)),
        ([PROXIED, READONLY | HEADERS], {}, ["a"], (active(f"alertmanager-headers: c {LEFT_OUT}"),)),
        ([PROXIED, DIRECT], {"silence-acl": "rules: []"}, ["a"], (active(f"silence-acl: b {LEFT_OUT}"),)),
        ([DIRECT], {"silence-acl": "rules: []"}, [], (blocked(f"silence-acl: b {LEFT_OUT}"),)),
    ],
)
def test_one_that_browsers_reach_past_karma_is_left_out_alone_where_that_matters(
    servers: Any, values: Any, shown: list[str], problems: Any
):
    found = fit(servers, values)
    assert ([one["name"] for one in found.servers], found.problems) == (shown, problems)


def test_a_rule_waits_for_whom_it_names_and_never_turns_into_one_for_all():
    rules = [
        {"action": "block", "reason": "1", "scope": {"alertmanagers": ["a", "gone"], "groups": ["g"]}},
        {"action": "block", "reason": "2", "scope": {"alertmanagers": ["gone", "far"]}},
        {"action": "allow", "reason": "3", "scope": {"groups": ["g"]}},
    ]
    found = fit([PROXIED], {"silence-acl": yaml.safe_dump({"rules": rules})})
    assert yaml.safe_load(found.values["silence-acl"])["rules"] == [
        {"action": "block", "reason": "1", "scope": {"alertmanagers": ["a"], "groups": ["g"]}},
        rules[2],
    ]
    assert found.problems == (active("silence-acl: waits for far, gone, which is not there"),)


@pytest.mark.parametrize("text", ["rules: 5", "rules: [5, {scope: 5}, {scope: {alertmanagers: [{}]}}]", "{}"])
def test_what_is_no_rule_is_left_to_karma(text: str):
    assert fit([PROXIED], {"silence-acl": text}).values == {"silence-acl": text}


def test_a_new_silence_goes_to_those_that_are_there():
    option = "silence-form-default-alertmanagers"
    found = fit([PROXIED], {option: ["gone", "a"]})
    assert found.values == {option: ["a"]}
    assert found.problems == (active(f"{option}: waits for gone, which is not there"),)
    assert fit([PROXIED], {option: ["gone"]}).values == {}


def test_headers_for_the_past_go_to_the_rules_that_they_name():
    rules: list[Any] = [{"source": "http://a", "uri": "x"}, {"source": "http://b", "uri": "y"}, 5]
    overlay = {"history": {"rewrite": rules, "workers": 3}, "ui": {}}
    headers = {"*": {"X": "1"}, "http://b": {"x": "2"}, "gone": {"X": "3"}}
    found = fit([PROXIED], {"karma-config": overlay, "history-headers": headers})
    assert found.values["karma-config"] == {
        "history": {
            "rewrite": [{**rules[0], "headers": {"X": "1"}}, {**rules[1], "headers": {"x": "2"}}, 5],
            "workers": 3,
        },
        "ui": {},
    }
    assert "headers" not in rules[0]
    told = "history-headers: no source in history.rewrite of karma-config is 1 of its selectors"
    assert found.problems == (active(told),)


def test_headers_for_the_past_without_rules_are_told():
    found = fit([PROXIED], {"history-headers": {"*": {"X": "1"}}})
    assert found.values["karma-config"] == {}
    assert found.problems[0].message.endswith("is 1 of its selectors")


def test_while_nobody_is_there_nobody_is_missed():
    assert fit([], {"silence-form-default-alertmanagers": ["a"]}).problems == ()
