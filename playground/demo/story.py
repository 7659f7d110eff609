"""How an act of the demo is told: steps as a person would type them, the table, and claims that were looked at."""

from __future__ import annotations

import sys

from playground.juju.status import table
from playground.juju.unit import Unit


class DemoError(Exception):
    """The demo cannot go on; the text says why, in one line."""


class Story:
    """Tells what happens and sees to it that it is true."""

    def __init__(self, unit: Unit):
        self.unit = unit
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
            raise DemoError(f"expected the status {name} with '{words}', got {status.name} with '{status.message}'")

    def claim(self, text: str, seen: object, wanted: object) -> None:
        """Say something that was looked at."""
        if seen != wanted:
            raise DemoError(f"this did not come true: {text} (saw {seen}, expected {wanted})")
        print(f"  ✓ {text}", flush=True)
