"""What each action answers, in every status that the unit may have."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import ops
import pytest
import yaml
from ops import pebble, testing

import actions
from karma import api
from karma.api import Upstream
from tests.option_values import VALUES
from tests.support.fake_pebble import NO_THEME, Fault
from tests.support.unit import Unit, declared, published

ACTIONS: dict[str, dict[str, Any]] = {
    "show-config": {},
    "check-config": {"config": "ui: {theme: dark}"},
    "list-alertmanagers": {},
    "get-url": {},
}


Knows = Callable[[Any], mock.Mock]
"""Sets what Karma answers when it is asked for its Alertmanagers."""


def why_failed(unit: Unit, action: str, **parameters: Any) -> str:
    """Run an action that fails; returns the sentence that says why."""
    with pytest.raises(testing.ActionFailed) as failure:
        unit.act(action, **parameters)
    return failure.value.message


@pytest.fixture
def karma_knows(monkeypatch: pytest.MonkeyPatch) -> Knows:
    def answer(found: Any) -> mock.Mock:
        asked = mock.Mock(side_effect=found) if isinstance(found, Exception) else mock.Mock(return_value=found)
        monkeypatch.setattr(api, "upstreams", asked)
        return asked

    return answer


def test_actions_take_no_parameter_that_they_do_not_know():
    assert set(declared("actions.yaml")) == set(ACTIONS)
    for name, action in declared("actions.yaml").items():
        assert action["additionalProperties"] is False, name
        assert action["description"].strip().endswith("."), name
        assert set(action.get("params", {})) == set(action.get("required", [])) == set(ACTIONS[name])


NO_ANSWER = "The karma container does not answer: "
SEE_STATUS = "Karma does not run; see `juju status`."
NO_CORS = 'level=fatal msg="Execution failed" error="listen.cors: field cors not found"'
LONG = f"{'a long way round, ' * 20}authorization.groups is no good"


def deployed(unit: Unit, *databags: dict[str, str], **circumstances: Any) -> None:
    unit.relate(1, *(databags or [published(0)]))
    unit.let(**circumstances)
    unit.emit()


def died(unit: Unit) -> None:
    deployed(unit)
    unit.kill_karma()


def before_any_hook(unit: Unit) -> None:
    unit.relate(1, published(0))


# What stands in the way -> how it comes about, and how actions that need Karma put it, or how that begins.
DOWN: dict[str, tuple[Callable[[Unit], object], str]] = {
    "no relation": (Unit.emit, "Karma does not run: alerting: run `juju integrate karma:alerting <alertmanager>`"),
    "no data": (lambda unit: deployed(unit, {}), "Karma does not run: alerting: waiting for data from am/0"),
    "unreachable": (partial(deployed, reachable=False), NO_ANSWER),
    "refused": (
        partial(
            deployed,
            options={"authorization-groups": "- {name: bad, members: [alice]}"},
            refuses={"bad": f'level=ERROR msg="Execution failed" error="{LONG}"'},
        ),
        f"Karma does not run: authorization-groups: {LONG}",
    ),
    "died": (died, SEE_STATUS),
    "before any hook": (before_any_hook, SEE_STATUS),
    "no karma": (partial(deployed, missing=True), "Karma does not run: karma-image: it holds no /karma; run `juju "),
}


@pytest.mark.parametrize("action", ["show-config", "list-alertmanagers"])
@pytest.mark.parametrize(("situation", "expected"), DOWN.values(), ids=DOWN)
def test_without_karma_there_is_a_sentence_that_says_why(
    unit: Unit, situation: Callable[[Unit], object], expected: str, action: str
):
    situation(unit)
    why = why_failed(unit, action)
    assert why == expected or (expected.endswith(" ") and why.startswith(expected) and why != expected)


@pytest.mark.parametrize("situation", DOWN)
def test_the_address_is_told_whatever_becomes_of_karma(unit: Unit, situation: str):
    DOWN[situation][0](unit)
    assert unit.act("get-url") == {"url": "http://192.0.2.7:8080/"}


def test_without_an_address_there_is_none_to_tell(unit: Unit):
    unit.address = ""
    assert why_failed(unit, "get-url") == "The unit has no IP address yet."


def test_what_runs_is_shown_and_is_what_was_asked_for(related: Unit):
    result = related.act("show-config")
    assert set(result) == {"config", "up-to-date"}
    assert result["up-to-date"] == "true"
    assert yaml.safe_load(result["config"]) == related.config


def test_what_was_refused_is_told_in_full(related: Unit):
    before = related.config
    words = f"invalid ui.theme value 'bad', {'allowed options: light, ' * 20}dark"
    related.karma.refuses = {"bad": f'level=ERROR msg="Execution failed" error="{words}"'}
    related.options["ui-theme"] = "bad"
    assert "…" in related.emit().message
    result = related.act("show-config")
    assert yaml.safe_load(result.pop("config")) == before
    assert result == {"up-to-date": "false", "reason": f"ui-theme: {words}"}


def test_what_the_charm_refuses_is_told_beside_what_karma_does_and_each_once(related: Unit):
    related.karma.refuses = {"bad": NO_THEME}
    related.options |= {"ui-theme": "bad", "ui-refresh": "0s"}
    related.emit()
    told = related.act("show-config")
    assert told["up-to-date"] == "false"
    assert told["reason"].splitlines() == [
        "ui-theme: invalid ui.theme value 'bad'",
        "ui-refresh: must be at least 1s, is 0s",
    ]


def test_what_no_hook_has_applied_yet_is_not_up_to_date(related: Unit):
    related.options["ui-theme"] = "dark"
    result = related.act("show-config")
    assert result["up-to-date"] == "false"
    assert "reason" not in result
    assert "theme" not in result["config"]


def test_an_old_refusal_is_not_the_reason_for_something_else(related: Unit):
    related.karma.refuses = {"bad": NO_THEME}
    related.options["ui-theme"] = "bad"
    related.emit()
    related.options["ui-theme"] = "dark"
    assert "reason" not in related.act("show-config")
    related.options.clear()
    assert related.act("show-config")["up-to-date"] == "true"


def test_an_older_karma_with_a_login_is_up_to_date_without_the_origins_that_nobody_has_set(unit: Unit):
    deployed(unit, options={"auth-header": "X-User"}, refuses={"cors:": NO_CORS})
    assert (unit.act("show-config")["up-to-date"], unit.status.name) == ("true", "active")


def test_a_long_configuration_is_cut_at_64_kib(unit: Unit):
    unit.relate(1, *(published(number, uri=f"http://am-{number}/{'a' * 1700}") for number in range(40)))
    assert unit.emit() == ops.ActiveStatus()
    config = unit.act("show-config")["config"]
    assert 65_500 < len(config.encode()) <= 65_536
    assert config.endswith("…")


def test_a_reason_of_any_length_is_cut_to_what_a_result_or_a_sentence_may_be(related: Unit):
    related.options["alertmanager-timeout"] = "0" * 200_000
    related.emit()
    reason = related.act("show-config")["reason"]
    assert len(reason.encode()) <= 65_536
    assert reason.startswith("alertmanager-timeout: must be at least 100ms, is 000")
    why = why_failed(related, "check-config", config="")
    assert why[:99] == reason[:99]
    assert len(why.encode()) <= 8192


GOOD_OVERLAY = "ui: {theme: dark}"


def waits_for_a_certificate(unit: Unit) -> None:
    unit.set(**{"basic-auth-users": ("alice: correct horse",)})
    unit.join("certificates", 2)


@pytest.mark.parametrize(
    "situation",
    [
        *(DOWN[name][0] for name in ("no relation", "no data", "before any hook", "died")),
        waits_for_a_certificate,
        partial(Unit.join, endpoint="auth-proxy", relation_id=2),
        partial(deployed, options={"auth-header": "X-User"}, refuses={"cors:": NO_CORS}),
    ],
)
def test_a_good_overlay_is_valid_whatever_becomes_of_karma(unit: Unit, situation: Callable[[Unit], object]):
    situation(unit)
    assert unit.act("check-config", config=GOOD_OVERLAY) == {"valid": "true"}
    assert "theme: dark" in unit.pebble.checked[0]


def test_what_juju_does_not_tell_keeps_no_overlay_from_being_checked_but_the_other_options_do(related: Unit):
    deaf = mock.Mock(side_effect=ops.ModelError("connection reset"))
    with mock.patch.object(ops.Model, "get_binding", deaf):
        assert related.act("check-config", config=GOOD_OVERLAY) == {"valid": "true"}
    with mock.patch.object(ops.CharmBase, "load_config", deaf):
        assert why_failed(related, "check-config", config="") == "Juju does not tell the options just now."


@pytest.mark.parametrize(
    ("overlay", "why"),
    [
        ("a: b: c", "karma-config: is not YAML (line 1, column 5)"),
        ("ui: {theme: bad}", f"karma-config: invalid ui.theme {'x' * 5000}"),
    ],
)
def test_a_bad_overlay_is_told_in_all_the_words_that_there_are(related: Unit, overlay: str, why: str):
    before = related.outcome
    error = f"invalid ui.theme {'x' * 5000}"
    related.karma.refuses = {"theme: bad": f'level=ERROR msg="Execution failed" error="{error}"'}
    assert why_failed(related, "check-config", config=overlay) == why
    assert related.outcome == before


def test_the_overlay_is_checked_together_with_all_other_options(related: Unit):
    related.options |= {"ui-refresh": "7s", "karma-config": "ui: {theme: light}", "custom-css": "a"}
    related.act("check-config", config=GOOD_OVERLAY)
    (checked,) = related.pebble.checked
    assert yaml.safe_load(checked)["ui"] == {"refresh": "7s", "theme": "dark"}
    assert related.pebble.requests.count("push") == 2


def test_checking_leaves_no_trace_and_restarts_nothing(related: Unit):
    related.set(**VALUES)
    related.emit()
    before = related.outcome, related.pebble.starts
    related.act("check-config", config=GOOD_OVERLAY)
    assert (related.outcome, related.pebble.starts) == before
    assert not {"replan", "add_layer", "stop", "start", "restart"} & set(related.pebble.requests)


def test_checking_on_a_container_that_was_never_used_leaves_no_file(unit: Unit):
    unit.act("check-config", config=GOOD_OVERLAY)
    assert unit.files == {}
    assert unit.plan.services == {}
    unit.relate(1, published(0))
    assert unit.emit() == ops.ActiveStatus()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (pebble.TimeoutError("timed out waiting for change 7 (4 seconds)"), f"{NO_ANSWER}timed out"),
        (pebble.ChangeError("timed out", mock.Mock(tasks=[])), f"{NO_ANSWER}timed out"),
        (BrokenPipeError("gone"), f"{NO_ANSWER}gone"),
        (pebble.APIError({}, 400, "Bad Request", 'cannot find executable "/karma"'), "karma-image: it holds no /karma"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_check_that_gets_no_answer_says_so_and_leaves_no_file(related: Unit, answer: Exception, why: str):
    before = related.outcome
    related.karma.cannot_run = answer
    assert why_failed(related, "check-config", config=GOOD_OVERLAY).startswith(why)
    assert related.outcome == before


@pytest.mark.parametrize("action", ["show-config", "check-config", "list-alertmanagers"])
def test_whichever_request_fails_there_is_a_sentence(related: Unit, action: str, karma_knows: Knows):
    karma_knows([])
    related.act(action, **ACTIONS[action])
    for index in range(len(related.pebble.requests)):
        related.pebble.fault = Fault(pebble.ConnectionError("no such socket"), index, float("inf"))
        assert why_failed(related, action, **ACTIONS[action]) == f"{NO_ANSWER}no such socket"


def test_pebble_and_karma_get_less_than_the_five_seconds_that_an_action_may_take(related: Unit, karma_knows: Knows):
    assert actions.TIMEOUT < 5
    asked = karma_knows([])
    related.act("list-alertmanagers")
    asked.assert_called_once_with("/", {}, "", actions.TIMEOUT)
    related.act("check-config", config=GOOD_OVERLAY)
    assert related.pebble.timeouts == [actions.TIMEOUT]


def test_the_alertmanagers_are_listed_as_karma_sees_them(related: Unit, karma_knows: Knows):
    error, uri = 'Get "http://b:9093/api/v2/silences": connection refused', related.servers[0]["uri"]
    karma_knows([Upstream("am-0", "am", "0.31.1", ""), Upstream("b-0", "c", "", error)])
    assert yaml.safe_load(related.act("list-alertmanagers")["alertmanagers"]) == [
        {"name": "am-0", "cluster": "am", "uri": uri, "up": True, "version": "0.31.1", "error": ""},
        {"name": "b-0", "cluster": "c", "uri": "", "up": False, "version": "", "error": error},
    ]


def test_the_list_is_cut_at_64_kib(related: Unit, karma_knows: Knows):
    karma_knows([Upstream("a", "b", "c", "x" * 100_000)])
    assert len(related.act("list-alertmanagers")["alertmanagers"].encode()) <= 65_536


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(111, "Connection refused"), TimeoutError("timed out"), ValueError("x")]
)
def test_karma_that_does_not_answer_yet_is_told(related: Unit, error: Exception, karma_knows: Knows):
    karma_knows(error)
    assert why_failed(related, "list-alertmanagers") == f"Karma does not answer yet: {error}"


@pytest.mark.parametrize(("action", "parameters"), ACTIONS.items())
def test_an_action_leaves_all_as_it_is_and_answers_the_same_on_a_unit_that_does_not_lead(
    related: Unit, action: str, parameters: dict[str, Any], karma_knows: Knows
):
    karma_knows([])
    before = related.outcome
    result = related.act(action, **parameters)
    assert all(re.fullmatch(r"[a-z][a-z-]*[a-z]", key) for key in result)
    assert all(isinstance(value, str) for value in result.values())
    related.is_leader = False
    assert related.act(action, **parameters) == result
    assert related.outcome == before


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_ends_in_time_while_pebble_hangs(related: Unit, monkeypatch: pytest.MonkeyPatch, action: str):
    def hang(*_: Any, **__: Any) -> None:
        time.sleep(30)

    for call in ("get_plan", "get_services", "make_dir", "push", "pull", "exec", "remove_path"):
        monkeypatch.setattr(ops.Container, call, hang)
    monkeypatch.setattr("actions.TIMEOUT", 0.3)
    start = time.monotonic()
    if action == "get-url":  # it knows without Pebble where the page will be
        assert related.act(action)["url"]
    else:
        with pytest.raises(testing.ActionFailed, match=rf"^{NO_ANSWER}not within 0\.3"):
            related.act(action, **ACTIONS[action])
    assert time.monotonic() - start < 5
