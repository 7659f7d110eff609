"""A real Alertmanager for the playground: a cluster of units on loopback, with alerts to look at."""

from __future__ import annotations

import datetime
import json
import os
import ssl
import urllib.request
from collections.abc import Mapping

from playground import PlaygroundError
from playground.machine import binaries
from playground.machine.processes import Program

_CONFIG = """
route: {receiver: nobody, group_by: [alertname], group_wait: 1s}
receivers: [{name: nobody}]
"""

SAMPLE_ALERTS: tuple[Mapping[str, str], ...] = (
    {"alertname": "DiskFull", "severity": "critical", "instance": "db-1", "summary": "/var is 97 % full"},
    {"alertname": "DiskFull", "severity": "warning", "instance": "db-2", "summary": "/var is 85 % full"},
    {"alertname": "TargetDown", "severity": "critical", "instance": "web-3", "summary": "no answer for 5 minutes"},
    {"alertname": "CertificateExpires", "severity": "warning", "instance": "lb-1", "summary": "6 days are left"},
)


class AlertmanagerUnit(Program):
    """One process of Alertmanager, and what its charm publishes of it.

    Args:
        application: the name of the application.
        number: of the unit.
        port: on loopback; the next one is taken too, to speak to the other units.
        peers: the ports of other units of its cluster.
    """

    def __init__(self, application: str, number: int, port: int, peers: tuple[int, ...] = ()):
        super().__init__("am-")
        self.name = f"{application}/{number}"
        self.uri = f"http://127.0.0.1:{port}"
        self.databag = {
            "name": self.name,
            "uri": self.uri,
            "cluster": f"playground_{application}",
            "proxy": "true",
        }
        gossip = f"127.0.0.1:{port + 1}"
        self._command = [
            str(binaries.alertmanager()),
            f"--config.file={self.home}/alertmanager.yml",
            f"--storage.path={self.home}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--cluster.listen-address={gossip}",
            f"--cluster.advertise-address={gossip}",
            *(f"--cluster.peer=127.0.0.1:{peer + 1}" for peer in peers),
        ]
        self._files = {"alertmanager.yml": _CONFIG}

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._launch(self._command, os.environ, self.is_up, f"{self.name} does not answer at {self.uri}")

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.uri}/-/ready", timeout=1, context=self.context()):
                return True
        except OSError:
            return False

    def context(self) -> ssl.SSLContext | None:
        """How it is met where it serves https."""


def add_alerts(unit: AlertmanagerUnit, alerts: tuple[Mapping[str, str], ...] = SAMPLE_ALERTS) -> None:
    """Send alerts that last for a day to an Alertmanager; Prometheus sends them to every unit of a cluster.

    Raises:
        PlaygroundError: if it does not take them.
    """
    start = datetime.datetime.now(datetime.timezone.utc)
    times = {"startsAt": start.isoformat(), "endsAt": (start + datetime.timedelta(days=1)).isoformat()}
    sent = [
        {
            "labels": {key: value for key, value in alert.items() if key != "summary"},
            "annotations": {"summary": alert["summary"]},
            **times,
        }
        for alert in alerts
    ]
    request = urllib.request.Request(
        f"{unit.uri}/api/v2/alerts", json.dumps(sent).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5, context=unit.context()):
            pass
    except OSError as error:
        raise PlaygroundError(f"{unit.name} takes no alerts: {error}") from error
