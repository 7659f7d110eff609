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


@pytest.fixture
def headed(related: Unit) -> Unit:
    """A unit that sends headers to one Alertmanager."""
    related.set(**{"alertmanager-headers": (HEADERS,)})
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 2
    return related


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


def test_a_fault_in_what_is_said_costs_that_option_alone(related: Unit):
    related.options["alertmanager-settings"] = "am: {timeout: 3s}"
    related.emit()
    related.options["alertmanager-settings"] = "am: {timeout: 0s, uri: x}"
    related.relate(2, published(0, "b"), application="b")
    told = "alertmanager-settings: am: timeout must be at least 100ms, is 0s; am: must not set uri: "
    assert related.emit().message.startswith(told)
    assert [(server["name"], server["timeout"]) for server in related.servers] == [("am-0", "3s"), ("b-0", "10s")]


def test_those_outside_of_juju_are_shown_beside_others_and_never_alone(related: Unit):
    related.options["external-alertmanagers"] = "[{name: office, uri: 'https://am.example'}]"
    assert related.emit() == ops.ActiveStatus()
    assert [server["name"] for server in related.servers] == ["am-0", "office"]
    related.relations.clear()
    command = "`juju integrate karma:alerting <alertmanager>`"
    assert related.emit() == ops.BlockedStatus(f"alerting: run {command}; external-alertmanagers waits for it")
    assert not related.is_running


def test_the_headers_go_to_every_alertmanager_and_into_a_file_for_karma_alone(headed: Unit):
    headed.relate(2, published(0, "b"), application="b")
    assert headed.emit() == ops.ActiveStatus()
    expected = {"Authorization": "Bearer abc", "X-Scope-OrgID": "17"}
    assert [server["headers"] for server in headed.servers] == [expected, expected]
    assert {mode for path, mode in headed.modes.items() if path in headed.files} == {"0o600"}


@pytest.mark.parametrize("access", ["direct", "readonly", "published", ""])
def test_headers_are_for_alertmanagers_behind_karma_only(new_unit: NewUnit, access: str):
    unit = new_unit({"alertmanager-access": access})
    unit.set(**{"alertmanager-headers": (HEADERS,)})
    unit.relate(1, published(0, proxy="false"), published(1, proxy="false"))
    assert unit.emit() == ops.BlockedStatus(f"alertmanager-headers: am-0, am-1 {LEFT_OUT}")
    assert not unit.is_running
    unit.options["alertmanager-access"] = "proxy"
    assert unit.emit() == ops.ActiveStatus()
    assert all(server["headers"] for server in unit.servers)


def test_one_that_is_not_proxied_is_left_out_alone_and_named(headed: Unit):
    before = headed.config
    headed.relate(2, published(0, "b", proxy="false"), application="b")
    status = headed.emit("relation_changed", relation_id=2, remote_unit=0)
    assert status == ops.ActiveStatus(f"alertmanager-headers: b-0 {LEFT_OUT}")
    assert headed.config == before


@pytest.mark.parametrize(
    "options", [{"alertmanager-access": "direct"}, {"alertmanager-settings": "'*': {readonly: true}"}]
)
def test_an_option_that_leaves_nobody_to_show_is_told_and_what_ran_goes_on(headed: Unit, options: dict[str, str]):
    before = headed.config
    headed.options |= options
    told = ops.BlockedStatus(f"alertmanager-headers: am-0 {LEFT_OUT}")
    assert headed.emit("config_changed") == told
    assert headed.config == before
    headed.relate(2, published(0, "b"), application="b")
    assert headed.emit().name == "blocked"
    assert [server["name"] for server in headed.servers] == ["am-0", "b-0"]


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


@pytest.mark.parametrize(
    ("uri", "template", "link"),
    [
        ("http://am:9093", "https://{name}.example.com/", "https://am-0.example.com/"),
        ("http://am:9093/x", "http://{host}:{port}/{cluster}", "http://am:9093/am"),
        ("http://am", "https://x/{cluster}/{port}", "https://x/am/80"),
        ("https://am", "https://x/{cluster}/{port}", "https://x/am/443"),
        ("http://[fd00::7]:9093", "https://{host}:{port}/", "https://[fd00::7]:9093/"),
        ("https://[fd00::7]/x", "https://{host}/{port}", "https://[fd00::7]/443"),
        ("http://192.0.2.1:80", "https://{host}-{port}", "https://192.0.2.1-80"),
        ("http://AM.Example:9093", "https://{host}/", "https://am.example/"),
        ("http://am", "https://x/{cluster}?a={{b}}", "https://x/am?a={b}"),
    ],
)
def test_the_link_that_a_browser_follows(new_unit: NewUnit, uri: str, template: str, link: str):
    unit = new_unit({"alertmanager-external-uri": template})
    unit.relate(1, published(0, uri=uri))
    assert unit.emit() == ops.ActiveStatus()
    (server,) = unit.servers
    assert (server["external_uri"], server["uri"]) == (link, uri)


def test_the_link_names_the_alertmanager_and_cluster_as_the_dashboard_does(new_unit: NewUnit):
    unit = new_unit({"alertmanager-external-uri": "https://{name}/{cluster}"})
    unit.relate(1, published(0))
    unit.relate(2, published(0), application="far")
    unit.emit()
    assert [server["external_uri"] for server in unit.servers] == ["https://am-0/am", "https://far-0/far"]
