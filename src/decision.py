"""PURE: what is wanted of Karma, given what was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from karma_config import KarmaConfig, render
from options import settings
from problems import Problem, Severity, blocked, waiting

if TYPE_CHECKING:
    from inputs import Inputs


@dataclass(frozen=True)
class Run:
    """Karma runs with this configuration."""

    config: KarmaConfig


@dataclass(frozen=True)
class Keep:
    """What runs goes on running: there is something to show, and no valid configuration to replace it with."""


@dataclass(frozen=True)
class Stop:
    """Karma does not run: there is nothing to show, or no address to show it at."""


Wanted = Run | Keep | Stop


def decide(inputs: Inputs) -> tuple[Wanted, tuple[Problem, ...]]:
    """Decide what is wanted of Karma, and say what is wrong with the inputs."""
    chosen = settings(inputs.options)
    problems = (*(blocked(f"{option}: {why}") for option, why in chosen.invalid.items()), *_missing(inputs))
    if not inputs.alertmanagers or not inputs.address:
        return Stop(), problems
    if chosen.invalid:
        return Keep(), problems
    return Run(render(chosen.values, inputs.alertmanagers)), problems


def _missing(inputs: Inputs) -> Iterator[Problem]:
    if not inputs.related:
        yield blocked(f"alerting: run `juju integrate {inputs.application}:alerting <alertmanager>`")
        return
    rejected = ", ".join(f"{entry.unit} ({entry.reason})" for entry in inputs.rejected)
    if not inputs.alertmanagers and rejected:
        yield waiting(f"alerting: waiting for usable data from {rejected}")
    elif not inputs.alertmanagers:
        yield waiting(f"alerting: waiting for data from {', '.join(inputs.silent)}")
    elif rejected:
        units = len(inputs.alertmanagers) + len(inputs.rejected) + len(inputs.silent)
        yield Problem(Severity.ACTIVE, f"alerting: {len(inputs.rejected)} of {units} units left out: {rejected}")
    if inputs.alertmanagers and not inputs.address:
        yield waiting("waiting for the unit's IP address")
