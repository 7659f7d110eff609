"""What is wanted of Karma, without Juju and Pebble."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from decision import LastGood, Refusal, decide
from inputs import Inputs, Rejected
from pem import Tls
from problems import Problem, Severity, blocked, waiting
from settings.options import Options
from tests.support.wanted import AM, GOOD, OTHER, document, with_options

TLS = Tls("chain", "key", "ca")
USERS: Any = ("alice: secret",)
NEW_POD = None


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        (replace(GOOD, alertmanagers=(), silent=("am/0", "b")), waiting("alerting: waiting for data from am/0, b")),
        (
            replace(GOOD, alertmanagers=(), silent=("am/0",), rejected=(Rejected("am/1", "name is missing"),)),
            waiting("alerting: waiting for usable data from am/1 (name is missing)"),
        ),
    ],
)
def test_karma_stops_and_one_reason_is_given(inputs: Inputs, problem: Problem):
    decision = decide(inputs)
    assert (decision.config, decision.problems) == (None, (problem,))


@pytest.mark.parametrize(
    ("good", "refresh"), [(LastGood({"ui-refresh": "5s"}), "5s"), (LastGood({}), None), (NEW_POD, None)]
)
def test_an_invalid_option_takes_its_last_good_value_or_is_left_out_and_all_else_is_taken_up(
    good: LastGood | None, refresh: str | None
):
    inputs = with_options(replace(GOOD, alertmanagers=(AM, OTHER)), ui_refresh="0s", karma_name="new")
    decision = decide(inputs, good)
    assert document(decision).get("ui", {}).get("refresh") == refresh
    assert document(decision)["karma"] == {"name": "new"}
    assert len(document(decision)["alertmanager"]["servers"]) == 2
    assert decision.problems == (blocked("ui-refresh: must be at least 1s, is 0s"),)
    assert decision.falls_back


GUARDS: dict[str, tuple[Any, Any]] = {
    "auth-header": ("X User", "X-User"),
    "authorization-groups": ("a: b", "[{name: a, members: [b]}]"),
    "silence-acl": ("- a", "rules: []"),
    "alertmanager-access": ("readnoly", "readonly"),
    "alertmanager-settings": ("a: {readnoly: true}", "a: {readonly: true}"),
}


@pytest.mark.parametrize("option", GUARDS)
def test_what_guards_is_never_replaced_by_nothing(option: str):
    bad, last = GUARDS[option]
    inputs = with_options(**{option.replace("-", "_"): bad})
    assert decide(inputs, NEW_POD).config is None
    assert option in decide(inputs, LastGood({option: last})).made_of.options
    assert document(decide(inputs, LastGood({option: last}))) == document(
        decide(with_options(**{option.replace("-", "_"): last}))
    )
    assert document(decide(inputs, LastGood({}))) == document(decide(GOOD)), "what runs was as open before"


def test_a_second_kind_of_login_changes_nothing_of_the_first():
    both = with_options(replace(GOOD, auth_proxy=True, ingress_url="https://h.example.com/"), auth_header="X-User")
    assert decide(both, NEW_POD).config is None
    running = decide(both, LastGood({"auth-header": "X-Own"}))
    assert document(running)["authentication"]["header"]["name"] == "X-Own"
    running = decide(both, LastGood({}, auth_proxy=True))
    assert document(running)["authentication"]["header"]["name"] == "X-Auth-Request-User"
    assert running.made_of.auth_proxy


def test_passwords_are_never_asked_for_in_the_clear():
    inputs = with_options(replace(GOOD, ingress_url="http://h.example.com/"), basic_auth_users=USERS)
    told = "basic-auth-users: needs TLS: run `juju integrate karma:certificates <provider>`, or use an https ingress"
    by_ingress = LastGood({"basic-auth-users": USERS}, ingress_url="HTTPS://h.example.com/")
    for good in (NEW_POD, by_ingress):
        assert decide(inputs, good).config is None
        assert decide(inputs, good).problems == (blocked(told),)
    assert "authentication" not in document(decide(inputs, LastGood({}))), "what ran without a login goes on"
    still = decide(inputs, LastGood({"basic-auth-users": USERS}, tls=TLS))
    assert document(still)["listen"]["tls"]
    assert document(still)["authentication"]["basicAuth"]["users"]
    assert still.problems == (blocked(told),)
    unknown = replace(inputs, ingress_url="", unknown=frozenset({"ingress_url"}))
    assert decide(unknown, NEW_POD).problems == (waiting("waiting for Juju to tell ingress"),)


def test_until_a_certificate_comes_the_last_one_is_served_and_never_plain_http_in_a_new_pod():
    inputs = with_options(replace(GOOD, certificate_from="ssc"), karma_name="new")
    assert decide(inputs, NEW_POD).config is None
    served = decide(inputs, LastGood({}, tls=TLS))
    assert document(served)["listen"]["tls"]
    assert document(served)["karma"] == {"name": "new"}
    assert "tls" not in document(decide(inputs, LastGood({})))["listen"]
    assert served.problems == (waiting("certificates: waiting for a certificate from ssc"),)


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("address", ""),
        ("alertmanagers", ()),
        ("tls", None),
        ("trusted", ()),
        ("ingress_url", ""),
        ("auth_proxy", False),
        ("options", Options()),
    ],
)
def test_a_look_that_fails_is_no_absence(missing: str, value: Any):
    inputs = with_options(
        replace(GOOD, trusted=("a",), ingress_url="https://h/p", auth_proxy=True, tls=TLS),
        karma_name="k",
    )
    before = decide(inputs)
    blind = replace(inputs, unknown=frozenset({missing}), **{missing: value})
    after = decide(blind, before.made_of)
    assert before.config
    assert after.config == before.config
    assert after.made_of == before.made_of
    assert after.problems == ()
    assert decide(blind, NEW_POD).config is None


def test_a_unit_that_could_not_be_looked_at_is_shown_as_before():
    before = decide(replace(GOOD, alertmanagers=(AM, OTHER)))
    after = decide(replace(GOOD, unseen=("b/0",)), before.made_of)
    assert document(after) == document(before)


def test_what_karma_refuses_is_put_back_and_what_nobody_can_name_puts_all_options_back():
    inputs = with_options(
        replace(GOOD, alertmanagers=(AM, OTHER)), ui_theme="neon", karma_name="new", history_enabled=False
    )
    good = LastGood({"ui-theme": "dark", "karma-name": "old"})
    one = document(decide(inputs, good, [Refusal("ui-theme: no", ("ui-theme",))]))
    assert (one["ui"], one["karma"]) == ({"theme": "dark"}, {"name": "new"})
    every = decide(inputs, good, [Refusal("karma: no")])
    assert (document(every)["ui"], document(every)["karma"]) == ({"theme": "dark"}, {"name": "old"})
    assert len(document(every)["alertmanager"]["servers"]) == 2
    assert every.problems == (blocked("karma: no")._replace(is_logged=True),)
    left = document(decide(inputs, NEW_POD, [Refusal("karma: no")]))
    assert ("ui" in left, left["history"]) == (False, {"enabled": False}), "what keeps Karma from asking stays"


def test_some_bad_units_among_good_ones_are_counted_and_named():
    decision = decide(
        replace(GOOD, rejected=(Rejected("am/1", "uri is missing"), Rejected("am/2", "name is missing")), silent=("b",))
    )
    assert decision.config
    assert decision.problems == (
        Problem(Severity.ACTIVE, "alerting: 2 of 4 units left out: am/1 (uri is missing), am/2 (name is missing)"),
    )


def test_a_unit_that_is_silent_among_good_ones_is_no_problem():
    decision = decide(replace(GOOD, silent=("am/1",)))
    assert (decision.problems, decision.falls_back) == ((), False)
