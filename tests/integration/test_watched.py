"""Karma watched by Prometheus and Loki: whom one scrapes, what the other is sent, and the rules that both are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from playground.around.browser import Browser
from tests.integration.deployment import KARMA, Deployment, until

SOURCES = Path(__file__).parents[2] / "src"


class Watcher:
    """What the first unit of an application says of Karma."""

    port: int
    prefix: str
    """Of the API that Loki's ruler has from Prometheus."""

    def __init__(self, deployment: Deployment, application: str):
        self.application = application
        self._deployment = deployment

    def rules(self) -> dict[str, tuple[str, str]]:
        """How each of Karma's alerts fared when it was last evaluated: `{"KarmaDown": ("ok", "inactive")}`."""
        rules = [rule for group in self._ask(f"{self.prefix}rules")["groups"] for rule in group["rules"]]
        found = [rule for rule in rules if rule["labels"]["juju_application"] == KARMA]
        return {rule["name"]: (rule["health"], rule["state"]) for rule in found}

    def _ask(self, path: str) -> dict[str, Any]:
        unit = self._deployment.juju.status().apps[self.application].units[f"{self.application}/0"]
        return json.loads(Browser(f"http://{unit.address}:{self.port}/").get(path))["data"]


class Prometheus(Watcher):
    port = 9090
    prefix = "api/v1/"

    def targets(self) -> dict[str, tuple[str, str]]:
        """Where each unit is scraped, and whether it answers: `{"karma/0": ("http://….:8080/metrics", "up")}`."""
        found = [
            one for one in self._ask("api/v1/targets")["activeTargets"] if one["labels"]["juju_application"] == KARMA
        ]
        return {one["labels"]["juju_unit"]: (one["scrapeUrl"], one["health"]) for one in found}


class Loki(Watcher):
    port = 3100
    prefix = "prometheus/api/v1/"

    def streams(self) -> list[dict[str, str]]:
        """What the lines of the last hour are labelled with."""
        return [stream["stream"] for stream in self._streams()]

    def lines(self) -> int:
        """How many of the last hour it has."""
        return sum(len(stream["values"]) for stream in self._streams())

    def _streams(self) -> list[dict[str, Any]]:
        asked = urlencode({"query": f'{{juju_application="{KARMA}"}}', "limit": 5000})
        return self._ask(f"loki/api/v1/query_range?{asked}")["result"]


def inactive(language: str) -> dict[str, tuple[str, str]]:
    """What a watcher says of the rules that it is told, while all is well."""
    [group] = yaml.safe_load((SOURCES / f"{language}_alert_rules/karma.rules").read_text())["groups"]
    return {rule["alert"]: ("ok", "inactive") for rule in group["rules"]}


@pytest.fixture
def prometheus(shown: Deployment) -> Prometheus:
    return Prometheus(shown, shown.deploy_partner("prometheus"))


@pytest.fixture
def loki(shown: Deployment) -> Loki:
    return Loki(shown, shown.deploy_partner("loki"))


def test_prometheus_scrapes_every_unit_and_evaluates_the_rules(shown: Deployment, prometheus: Prometheus):
    shown.relate("metrics-endpoint", f"{prometheus.application}:metrics-endpoint")
    until(lambda: prometheus.targets() == {f"{KARMA}/0": (f"http://{shown.address()}:8080/metrics", "up")})
    until(lambda: prometheus.rules() == inactive("prometheus"))

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


def test_loki_gets_the_lines_of_the_unit_and_evaluates_the_rules(shown: Deployment, loki: Loki):
    shown.relate("logging", f"{loki.application}:logging")
    model = shown.juju.show_model()
    wanted = {
        "product": "Juju",
        "charm": "karma-k8s",
        "juju_model": model.short_name,
        "juju_model_uuid": model.model_uuid,
        "juju_application": KARMA,
        "juju_unit": f"{KARMA}/0",
        "pebble_service": "karma",
    }
    until(lambda: bool(loki.lines()))
    assert [labels for labels in loki.streams() if not wanted.items() <= labels.items()] == []
    until(lambda: loki.rules() == inactive("loki"))


def test_without_the_relation_loki_gets_nothing_more_and_forgets_the_rules(shown: Deployment, loki: Loki):
    shown.unrelate("logging", f"{loki.application}:logging")
    until(lambda: loki.rules() == {})
    shown.settle()
    sent, started = loki.lines(), shown.started()
    shown.hook()
    until(lambda: shown.started() != started)  # which it says in its log
    shown.settle()
    assert loki.lines() == sent
