"""`metrics-endpoint`: where Prometheus finds the metrics of every unit."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any
from unittest import mock

import pytest
import yaml
from cosl import JujuTopology

from playground.around.authority import Authority, requests_in
from tests.support.unit import ADDRESS, FQDN, MODEL, Unit, published, recorded


@pytest.fixture
def unit(unit: Unit) -> Unit:
    unit.relate(9, published(0))
    unit.join("metrics-endpoint", 1)
    return unit


def job(unit: Unit) -> dict[str, Any]:
    [found] = json.loads(unit.application_said(1)["scrape_jobs"])
    return found


def test_the_databags_have_the_keys_and_forms_that_a_public_charm_publishes(unit: Unit):
    recording = recorded("prometheus_scrape")
    ours, theirs = unit.application_said(1), recording["own"]
    assert set(ours) == {*theirs, "digest"}
    assert json.loads(ours["scrape_jobs"]) == json.loads(theirs["scrape_jobs"])
    metadata = json.loads(ours["scrape_metadata"])
    assert set(metadata) == set(json.loads(theirs["scrape_metadata"]))
    assert metadata["charm_name"] == "karma-k8s"
    [group] = json.loads(ours["alert_rules"])["groups"]
    assert group["name"] == "prod_a3a2b3c4_karma_karma_rules"
    topology = JujuTopology("prod", MODEL.uuid, "karma", charm_name="karma-k8s")
    assert all(topology.label_matcher_dict.items() <= rule["labels"].items() for rule in group["rules"])
    assert all(topology.alert_expression_str in rule["expr"] for rule in group["rules"])
    assert set(unit.said(1)) == set(recording["own-unit"]) - {"egress-subnets", "ingress-address"}
    assert set(unit.said(1).values()) == {ADDRESS, FQDN, "karma/0"}


def test_over_https_the_job_names_every_unit_as_its_certificate_does(unit: Unit):
    unit.state = dataclasses.replace(unit.state, planned_units=2)
    unit.join("certificates", 3)
    assert job(unit) == {"metrics_path": "/metrics", "static_configs": [{"targets": ["*:8080"]}]}
    unit.answer(3, Authority().answer(*requests_in(unit.said(3))))
    other = FQDN.replace("karma-0", "karma-1")
    assert job(unit)["static_configs"] == [
        {"targets": [f"{FQDN}:8080"], "labels": {"juju_unit": "karma/0"}},
        {"targets": [f"{other}:8080"], "labels": {"juju_unit": "karma/1"}},
    ]


def test_what_is_not_known_stays_as_it_was_said(unit: Unit):
    before = dict(unit.application_said(1)), unit.said(1)
    unit.reachable, unit.address = False, ""
    unit.join("ingress", 2)
    unit.answer(2, {"ingress": '{"url": "http://apps.example.com/prod-karma"}'})
    assert (unit.application_said(1), unit.said(1)) == before


def test_a_revision_with_other_rules_writes_them_anew(unit: Unit, monkeypatch: pytest.MonkeyPatch):
    rule = {"alert": "A", "expr": "up{%%juju_topology%%} == 0"}
    text = yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]})
    monkeypatch.setattr("relations.cos.sources", mock.Mock(return_value={"a": text}))
    unit.emit("upgrade_charm")
    [group] = json.loads(unit.application_said(1)["alert_rules"])["groups"]
    assert [rule["alert"] for rule in group["rules"]] == ["A"]


def test_where_nothing_has_changed_nothing_is_made_anew(unit: Unit, monkeypatch: pytest.MonkeyPatch):
    before = unit.relations[1]
    monkeypatch.setitem(sys.modules, "cosl", None)  # what makes it cannot be imported
    for _ in range(3):
        unit.emit("update_status")
    assert unit.relations[1] == before
