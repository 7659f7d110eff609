"""Debian's Prometheus on loopback, which takes what a charm publishes at `metrics-endpoint` as prometheus-k8s does."""

from __future__ import annotations

import json
import os
import shutil
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from playground.machine.processes import Program

PORT = 19090
_EVERY = {"scrape_interval": "1s", "evaluation_interval": "1s"}


def missing() -> str:
    """Say why there is no Prometheus to run; empty if there is one."""
    return (
        "" if shutil.which("prometheus") else "there is no prometheus on the PATH: Debian's package of that name has it"
    )


class Prometheus(Program):
    """One process.

    Args:
        application: what the leader has published.
        unit: what the unit has published.
        alertmanagers: host and port of those that are to get its alerts.
        patience: for how long an alert has to last before it fires, whatever its rule says, e.g. `1s`.
    """

    def __init__(
        self, application: Mapping[str, str], unit: Mapping[str, str], alertmanagers: Sequence[str], patience: str
    ):
        super().__init__("prom-")
        place, rules = json.loads(application["scrape_metadata"]), json.loads(application["alert_rules"])
        for rule in (rule for group in rules["groups"] for rule in group["rules"]):
            rule["for"] = patience
        labels = {f"juju_{key}": place[key] for key in ("model", "model_uuid", "application")}
        labels |= {"juju_charm": place["charm_name"], "juju_unit": unit["prometheus_scrape_unit_name"]}
        jobs: list[dict[str, Any]] = [
            {**job, "job_name": f"karma-{number}"} for number, job in enumerate(json.loads(application["scrape_jobs"]))
        ]
        for config in (config for job in jobs for config in job["static_configs"]):
            address = unit["prometheus_scrape_unit_address"]
            config["targets"] = [target.replace("*", address) for target in config["targets"]]
            config["labels"] = {**labels, **config.get("labels", {})}
        config = {
            "global": _EVERY,
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [*alertmanagers]}]}]},
            "scrape_configs": jobs,
        }
        self._files = {"prometheus.yml": json.dumps(config), "rules.yml": json.dumps(rules)}  # which is YAML too

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "config.file": self.home / "prometheus.yml",
            "storage.tsdb.path": self.home / "data",
            "web.listen-address": f"127.0.0.1:{PORT}",
        }
        command = [shutil.which("prometheus") or "", *(f"--{name}={value}" for name, value in options.items())]
        self._launch(command, os.environ, self._answers, "Prometheus does not answer")

    def _answers(self) -> bool:
        try:
            return self.ask("vector(1)") == [{}]
        except OSError:
            return False

    def ask(self, query: str) -> list[dict[str, str]]:
        """Ask a query; returns the labels of each series in the answer.

        Raises:
            OSError: if there is no answer.
        """
        url = f"http://127.0.0.1:{PORT}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return [series["metric"] for series in json.load(answer)["data"]["result"]]
