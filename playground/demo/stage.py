"""The stage of an act: the unit and what is real, steps as a person would type them, and claims that are looked at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from playground import PlaygroundError
from playground.around.alertmanagers import SAMPLE_ALERTS, AlertmanagerUnit
from playground.juju.status import table
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually

T = TypeVar("T")

KARMA_PORT = 8080
URL = f"http://127.0.0.1:{KARMA_PORT}/"
"""Where the dashboard is at the end of either act."""
INSTANCES = {alert["instance"] for alert in SAMPLE_ALERTS}
"""By which the alerts on the page are known."""


class Stage:
    """Tells what happens and sees to it that it is true.

    Args:
        container: the workload container.
        alertmanagers: a cluster of them, with SAMPLE_ALERTS.
    """

    def __init__(self, container: WorkloadContainer, alertmanagers: Sequence[AlertmanagerUnit]):
        self.container = container
        self.alertmanagers = alertmanagers
        self.unit = Unit(lambda: container.client)
        self.databags = {number: one.databag for number, one in enumerate(alertmanagers)}
        self.up = {one.name.replace("/", "-"): "" for one in alertmanagers}
        """What Karma says of the Alertmanagers when all is well."""
        self.statuses: list[str] = []
        """Every table shown so far."""

    def step(self, title: str) -> None:
        """Begin a step."""
        print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}", flush=True)

    def status(self, name: str, words: str = "") -> None:
        """Show the table, and insist on the status."""
        self.statuses.append(table(self.unit))
        print(table(self.unit, colour=sys.stdout.isatty()), flush=True)
        status = self.unit.status
        if status.name != name or words not in status.message:
            raise PlaygroundError(f"expected {name} with '{words}', got {status.name} with '{status.message}'")

    def claim(self, text: str, seen: T, wanted: T) -> None:
        """Say something that was looked at."""
        if seen != wanted:
            raise PlaygroundError(f"this did not come true: {text} (saw {seen}, expected {wanted})")
        print(f"  ✓ {text}", flush=True)

    def comes_true(self, text: str, look: Callable[[], T], wanted: T) -> None:
        """Say something once it is seen."""
        self.claim(text, eventually(look, wanted), wanted)
