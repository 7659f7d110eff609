"""What options set in the entry of each Alertmanager: health checks, links, how browsers reach it."""

from __future__ import annotations

from typing import Any

import ops
import pytest

from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

WATCHDOG = "{filters: {prometheus: [alertname=Watchdog]}}"
CHECK = {"filters": {"prometheus": ["alertname=Watchdog"]}}


def with_two(new_unit: NewUnit, options: dict[str, Any]) -> Unit:
    unit = new_unit(options)
    unit.relate(1, published(0), published(1))
    unit.emit()
    return unit


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (f"{{'*': {WATCHDOG}}}", CHECK, CHECK),
        (f"{{am-0: {WATCHDOG}}}", CHECK, None),
        (f"{{am-1: {{visible: true}}, '*': {WATCHDOG}}}", CHECK, {"visible": True}),
        (f"{{am-1: null, '*': {WATCHDOG}}}", CHECK, None),
        ("{am-0: {}}", {}, None),
        ("{}", None, None),
    ],
)
def test_health_checks_go_to_the_alertmanagers_they_name(new_unit: NewUnit, text: str, first: Any, second: Any):
    unit = with_two(new_unit, {"alertmanager-healthchecks": text})
    assert unit.status == ops.ActiveStatus()
    assert [server.get("healthcheck") for server in unit.servers] == [first, second]


def test_a_health_check_of_nobody_is_told_and_does_no_harm(new_unit: NewUnit):
    unit = with_two(new_unit, {"alertmanager-healthchecks": f"{{zz: {{}}, am/0: {{}}, am-1: {WATCHDOG}, '*': {{}}}}"})
    expected = ops.ActiveStatus("alertmanager-healthchecks: no Alertmanager is named am/0, zz")
    assert unit.status == expected
    assert [server["healthcheck"] for server in unit.servers] == [{}, CHECK]
    starts = unit.pebble.starts
    assert unit.emit() == expected
    assert unit.pebble.starts == starts
    unit.relate(2, published(0), application="zz")
    assert unit.emit() == expected


def test_who_is_named_is_not_judged_while_there_is_nobody(unit: Unit):
    unit.options["alertmanager-healthchecks"] = "{zz: {}}"
    assert unit.emit() == ops.BlockedStatus("alerting: run `juju integrate karma:alerting <alertmanager>`")


def test_the_check_of_each_alertmanager_is_written_out(new_unit: NewUnit):
    unit = with_two(new_unit, {"alertmanager-healthchecks": f"{{'*': {WATCHDOG}}}"})
    assert unit.pebble.running
    assert unit.pebble.running.text.count("alertname=Watchdog") == 2
    assert "&" not in unit.pebble.running.text


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
