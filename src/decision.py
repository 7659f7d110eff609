"""PURE: what is wanted of Karma, given what was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from karma import http_proxy, sign_on, urls
from karma.config import Derived, KarmaConfig, render
from karma.fitting import fit
from karma.servers import servers
from problems import Problem, Severity, blocked, waiting
from settings.options import settings

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
    made = servers(inputs.alertmanagers, chosen.values, model=inputs.model)
    found = fit(made.entries, chosen.values)
    invalid = {
        **inputs.unreadable,
        **chosen.invalid,
        **sign_on.refused(
            chosen.values,
            application=inputs.application,
            auth_proxy=inputs.auth_proxy,
            is_secure=bool(inputs.certificate_from) or inputs.ingress_url.startswith("https:"),
        ),
    }
    problems = (
        *(blocked(f"{option}: {why}") for option, why in invalid.items()),
        *_missing(inputs),
        *_without_good_certificate(inputs),
        *_about_ingress(inputs),
        *inputs.problems,
        *found.problems,
        *made.problems,
    )
    if not inputs.alertmanagers or not found.servers or not inputs.address:
        return Stop(), problems
    if invalid or (inputs.certificate_from and not inputs.tls):
        return Keep(), problems
    derived = Derived(
        inputs.tls,
        urls.prefix(inputs.ingress_url),
        inputs.trusted,
        sign_on.derived(chosen.values, auth_proxy=inputs.auth_proxy),
        http_proxy.environment(inputs.proxies, inputs.address, (one.uri for one in inputs.alertmanagers)),
        made.sources,
    )
    return Run(render(found.values, found.servers, derived)), problems


def _without_good_certificate(inputs: Inputs) -> Iterator[Problem]:
    """Until a certificate comes, what runs goes on being served: never plain HTTP in between."""
    if inputs.certificate_from and (inputs.certificate_fault or not inputs.tls):
        why = f", which {inputs.certificate_fault}" if inputs.certificate_fault else ""
        yield waiting(f"certificates: waiting for a certificate from {inputs.certificate_from}{why}")


def _about_ingress(inputs: Inputs) -> Iterator[Problem]:
    """Without a URL for the proxy Karma goes on asking for its headers, so nothing is open that was to be closed."""
    fault = inputs.ingress_fault
    if inputs.auth_proxy and not inputs.ingress_url and inputs.ingress_from:
        why = f", whose URL {fault}" if fault else ""
        yield waiting(f"auth-proxy: waiting for a URL from {inputs.ingress_from}{why}")
    elif inputs.auth_proxy and not inputs.ingress_url:
        command = f"juju integrate {inputs.application}:ingress <ingress>"
        yield blocked(f"auth-proxy: run `{command}`; it has nothing to protect yet")
    elif fault:
        yield Problem(Severity.ACTIVE, f"ingress: the URL from {inputs.ingress_from} {fault}")


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
