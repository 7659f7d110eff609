"""`grafana-dashboard`: a dashboard and rules that ask for nothing but what Karma really measures."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest
import yaml
from cosl import LZMABase64

from relations import cos
from tests.support.unit import ROOT, Unit

# What Karma v0.133 answers, with one dead Alertmanager, and one whose healthcheck finds no alert.
EXPOSITION = ROOT / "tests" / "support" / "karma-v0.133-metrics.txt"
OF_PROMETHEUS = {"instance", "job", "juju_model", "juju_model_uuid", "juju_application", "juju_unit", "juju_charm"}
DASHBOARD: dict[str, Any] = json.loads(cos.sources("grafana_dashboards", ".json")["karma"])
VARIABLES: list[dict[str, Any]] = DASHBOARD["templating"]["list"]
GROUPS: list[dict[str, Any]] = yaml.safe_load(cos.sources("prometheus_alert_rules", ".rules")["karma"])["groups"]
QUERIES = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())),
    *(variable["query"]["query"] for variable in VARIABLES if variable["type"] == "query"),
    *(rule["expr"] for group in GROUPS for rule in group["rules"]),
]


def measured() -> dict[str, set[str]]:
    """Name the labels of each metric, `up` of Prometheus itself included."""
    found: defaultdict[str, set[str]] = defaultdict(set, up=set())
    for name, labels in re.findall(r"^(\w+)(?:{(.*)})? \S+$", EXPOSITION.read_text(), re.MULTILINE):
        found[name] |= {*re.findall(r'(\w+)="', labels)}
    return found


def unknown(query: str) -> list[str]:
    """Name what a query asks for that is not measured: metrics, and labels of them."""
    query = re.sub(r"%%juju_topology%%,?\s*", "", query)
    metrics, named = measured(), {*OF_PROMETHEUS}
    faults: list[str] = []
    for name, matchers in re.findall(r"(\w+){(.*?)}", query):
        if name not in metrics:
            faults.append(name)
        named |= metrics.get(name, set())
        asked = {*re.findall(r"(\w+)\s*[=!]~?", re.sub(r'"[^"]*"', "", matchers))}
        faults += sorted(asked - metrics.get(name, set()) - OF_PROMETHEUS)
    for labels in re.findall(r"\b(?:by|on|without|ignoring)\s*\((.*?)\)", query):
        faults += sorted({*re.split(r",\s*", labels)} - named)
    if listed := re.fullmatch(r"label_values\((\w+).*, (\w+)\)", query):
        faults += [
            one for one, known in zip(listed.groups(), (metrics, OF_PROMETHEUS), strict=True) if one not in known
        ]
    elif not re.search(r"\w{", query):
        faults.append("asks for no metric")
    return faults


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_karma_measures(query: str):
    assert unknown(query) == []
    assert {*re.findall(r"\$([a-z]\w+)", query)} <= {variable["name"] for variable in VARIABLES}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("rate(karma_alerts_total{}[5m])", "karma_alerts_total"),
        ('karma_alertmanager_up{cluster="a"}', "cluster"),
        ("sum by (name) (karma_alertmanager_up{})", "name"),
        ("label_values(karma_up, juju_model)", "karma_up"),
        ("label_values(karma_alertmanager_up, model)", "model"),
        ("vector(1)", "asks for no metric"),
    ],
)
def test_a_query_for_anything_else_is_found(query: str, fault: str):
    assert unknown(query) == [fault]


def test_a_panel_asks_the_prometheus_that_is_chosen_for_the_units_that_are_chosen():
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            assert target.get("datasource", panel["datasource"])["uid"] == "${prometheusds}"
            selectors = re.findall(r"\w{(.*?)}", target["expr"])
            chosen = [f'{variable["name"]}=~"${variable["name"]}"' for variable in VARIABLES[1:]]
            assert all(one in selector for selector in selectors for one in chosen)
            # A rate needs two scrapes, which are a minute apart; Grafana takes them for 15 s apart if nobody tells.
            assert ("$__rate_interval" in target["expr"]) == (target.get("interval") == "1m")
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_all_is_all_of_this_charm_and_not_all_that_prometheus_has():
    name = yaml.safe_load((ROOT / "metadata.yaml").read_text())["name"]
    for variable in VARIABLES[1:]:
        assert f'up{{juju_charm="{name}"' in variable["query"]["query"]
        assert variable["includeAll"]
        assert "allValue" not in variable


def test_grafana_gets_the_dashboard(unit: Unit):
    unit.join("grafana-dashboard", 1)
    assert unit.application_said(1).keys() == {"dashboards", "digest"}
    told = json.loads(unit.application_said(1)["dashboards"])
    assert told.keys() == {"templates", "uuid"}
    template = told["templates"]["file:karma"]
    assert json.loads(LZMABase64.decompress(template["content"])) == DASHBOARD
    assert (template["charm"], template["inject_dropdowns"], template["juju_topology"]) == ("karma-k8s", False, {})
    assert re.fullmatch("[0-9a-f]{40}", template["dashboard_alt_uid"])
