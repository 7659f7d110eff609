"""Karma watched by the real Prometheus: whom it scrapes, and the rules that it has been told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from playground.around.browser import Browser
from tests.integration.deployment import KARMA, Deployment, until

RULES = Path(__file__).parents[2] / "src/prometheus_alert_rules/karma.rules"


class Prometheus:
    """What the first unit of an application says of Karma."""

    def __init__(self, deployment: Deployment, application: str):
        self.application = application
        self._deployment = deployment

    def targets(self) -> dict[str, tuple[str, str]]:
        """Where each unit is scraped, and whether it answers: `{"karma/0": ("http://….:8080/metrics", "up")}`."""
        found = [one for one in self._ask("targets")["activeTargets"] if one["labels"]["juju_application"] == KARMA]
        return {one["labels"]["juju_unit"]: (one["scrapeUrl"], one["health"]) for one in found}

    def rules(self) -> dict[str, tuple[str, str]]:
        """How each of Karma's alerts fared when it was last evaluated: `{"KarmaDown": ("ok", "inactive")}`."""
        rules = [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]
        found = [rule for rule in rules if rule["labels"]["juju_application"] == KARMA]
        return {rule["name"]: (rule["health"], rule["state"]) for rule in found}

    def _ask(self, path: str) -> dict[str, Any]:
        unit = self._deployment.juju.status().apps[self.application].units[f"{self.application}/0"]
        return json.loads(Browser(f"http://{unit.address}:9090/").get(f"api/v1/{path}"))["data"]


@pytest.fixture
def prometheus(shown: Deployment) -> Prometheus:
    return Prometheus(shown, shown.deploy_partner("prometheus"))


def test_prometheus_scrapes_every_unit_and_evaluates_the_rules(shown: Deployment, prometheus: Prometheus):
    shown.relate("metrics-endpoint", f"{prometheus.application}:metrics-endpoint")
    until(lambda: prometheus.targets() == {f"{KARMA}/0": (f"http://{shown.address()}:8080/metrics", "up")})
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    until(lambda: prometheus.rules() == {rule["alert"]: ("ok", "inactive") for rule in group["rules"]})

    shown.juju.add_unit(KARMA)
    until(lambda: [health for _, health in prometheus.targets().values()] == ["up", "up"])
    shown.juju.remove_unit(KARMA, num_units=1)
    until(lambda: list(prometheus.targets()) == [f"{KARMA}/0"])
    shown.settle()


def test_over_https_prometheus_scrapes_by_name_once_it_trusts_the_authority(shown: Deployment, prometheus: Prometheus):
    authority = shown.deploy_partner("certificates", "ca")
    shown.relate("certificates", f"{authority}:certificates")
    url = f"https://{KARMA}-0.{KARMA}-endpoints.{shown.model}.svc.cluster.local:8080/metrics"
    until(lambda: prometheus.targets() == {f"{KARMA}/0": (url, "down")})
    shown.juju.integrate(f"{prometheus.application}:receive-ca-cert", f"{authority}:send-ca-cert")
    until(lambda: prometheus.targets() == {f"{KARMA}/0": (url, "up")})
    shown.unrelate("certificates", f"{authority}:certificates")
    until(lambda: prometheus.targets() == {f"{KARMA}/0": (f"http://{shown.address()}:8080/metrics", "up")})


def test_without_the_relation_prometheus_forgets_karma(shown: Deployment, prometheus: Prometheus):
    shown.unrelate("metrics-endpoint", f"{prometheus.application}:metrics-endpoint")
    until(lambda: (prometheus.targets(), prometheus.rules()) == ({}, {}))
    shown.settle()
