"""What operators say of all Alertmanagers or of single ones, and what comes of it in Karma's file and in the status."""

from __future__ import annotations

from unittest import mock

import ops
import pytest

from tests.option_values import HEADERS
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

WATCHDOG = "{filters: {prometheus: [alertname=Watchdog]}}"
LEFT_OUT = "left out: not proxied; set alertmanager-access=proxy"


def test_what_is_said_of_one_is_taken_up_by_one_restart_and_its_absence_told(new_unit: NewUnit):
    unit = new_unit({"alertmanager-settings": f"{{zz: {{}}, am-1: {{timeout: 1s}}, '*': {{healthcheck: {WATCHDOG}}}}}"})
    unit.relate(1, published(0), published(1))
    expected = ops.ActiveStatus("alertmanager-settings: no Alertmanager is named zz")
    assert unit.emit() == expected
    assert [server["timeout"] for server in unit.servers] == ["10s", "1s"]
    assert unit.pebble.running
    assert unit.pebble.running.text.count("alertname=Watchdog") == 2
    assert "&" not in unit.pebble.running.text
    starts = unit.pebble.starts
    assert unit.emit() == expected
    assert unit.pebble.starts == starts
    unit.relate(2, published(0), application="zz")
    assert unit.emit() == ops.ActiveStatus()


def test_those_outside_of_juju_are_shown_beside_others_and_never_alone(related: Unit):
    related.options["external-alertmanagers"] = "[{name: office, uri: 'https://am.example'}]"
    assert related.emit() == ops.ActiveStatus()
    assert [server["name"] for server in related.servers] == ["am-0", "office"]
    related.relations.clear()
    command = "`juju integrate karma:alerting <alertmanager>`"
    assert related.emit() == ops.BlockedStatus(f"alerting: run {command}; external-alertmanagers waits for it")
    assert not related.is_running


@pytest.mark.parametrize(
    "options", [{"alertmanager-access": "direct"}, {"alertmanager-settings": "'*': {readonly: true}"}]
)
def test_an_option_that_leaves_nobody_to_show_is_told_and_what_ran_goes_on(related: Unit, options: dict[str, str]):
    related.set(**{"alertmanager-headers": (HEADERS,)})
    assert related.emit("config_changed") == ops.ActiveStatus()
    before = related.config
    related.options |= options
    told = ops.BlockedStatus(f"alertmanager-headers: am-0 {LEFT_OUT}")
    assert related.emit("config_changed") == told
    assert related.config == before
    related.relate(2, published(0, "b"), application="b")
    assert related.emit().name == "blocked"
    assert [server["name"] for server in related.servers] == ["am-0", "b-0"]


def test_the_models_proxy_is_in_the_environment_of_karma_and_of_its_check(
    related: Unit, monkeypatch: pytest.MonkeyPatch
):
    before = related.plan.services["karma"].environment
    assert "NO_PROXY" not in before
    monkeypatch.setenv("JUJU_CHARM_HTTPS_PROXY", "http://proxy.example:3128")
    assert related.emit() == ops.ActiveStatus()
    added = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": mock.ANY}
    after = related.plan.services["karma"].environment
    assert {name: text for name, text in after.items() if name.endswith("_PROXY")} == added
    assert related.pebble.starts == 2
    related.address = ""
    related.emit()
    assert related.plan.services["karma"].environment == after
