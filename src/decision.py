"""PURE: what is wanted of Karma, given what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alertmanagers import servers
from karma_config import FromRelations, KarmaConfig, render
from options import PER_SERVER, SETTINGS, settings
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
    per_server = {
        SETTINGS[option].key.removeprefix(PER_SERVER): value
        for option, value in chosen.values.items()
        if SETTINGS[option].key.startswith(PER_SERVER)
    }
    found = servers(inputs.alertmanagers, **per_server)
    invalid = {**inputs.unreadable, **chosen.invalid, **_exposed(found)}
    problems = (
        *(blocked(f"{option}: {why}") for option, why in invalid.items()),
        *_missing(inputs),
        *_without_certificate(inputs),
        *_unknown_names(found, chosen.values.get("alertmanager-healthchecks", ())),
    )
    if not inputs.alertmanagers or not inputs.address:
        return Stop(), problems
    if invalid or (inputs.certificate_from and not inputs.tls):
        return Keep(), problems
    return Run(render(chosen.values, found, FromRelations(inputs.tls))), problems


def _without_certificate(inputs: Inputs) -> Iterator[Problem]:
    """Until a certificate comes, what runs goes on being served: never plain HTTP in between."""
    if inputs.certificate_from and not inputs.tls:
        why = f", which {inputs.why_no_tls}" if inputs.why_no_tls else ""
        yield waiting(f"certificates: waiting for a certificate from {inputs.certificate_from}{why}")


def _exposed(found: list[dict[str, Any]]) -> dict[str, str]:
    """Karma hands the headers of a server that is not proxied to every browser."""
    names = [server["name"] for server in found if "headers" in server and not server["proxy"]]
    if not names:
        return {}
    why = f"browsers would see them, since {', '.join(names)} is not proxied; set alertmanager-access=proxy"
    return {"alertmanager-headers": why}


def _unknown_names(found: list[dict[str, Any]], names: Iterable[str]) -> Iterator[Problem]:
    unknown = sorted({*names} - {"*"} - {server["name"] for server in found})
    if unknown and found:
        yield Problem(Severity.ACTIVE, f"alertmanager-healthchecks: no Alertmanager is named {', '.join(unknown)}")


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
