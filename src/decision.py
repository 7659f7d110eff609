"""PURE: what is wanted of Karma, given what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karma import sign_on, urls
from karma.config import Derived, KarmaConfig, render
from karma.servers import servers
from problems import Problem, Severity, blocked, waiting
from settings.options import PER_SERVER, SETTINGS, settings
from settings.parsers import CLIENT_CERTIFICATE_FILE, CLIENT_KEY_FILE

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
    per_server: dict[str, Any] = {
        SETTINGS[option].key.removeprefix(PER_SERVER): value
        for option, value in chosen.values.items()
        if SETTINGS[option].key.startswith(PER_SERVER)
    }
    found = servers(inputs.alertmanagers, tls=_tls(per_server), **per_server)
    invalid = {
        **inputs.unreadable,
        **chosen.invalid,
        **_not_proxied(found, chosen.values),
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
        *_not_verified(chosen.values),
        *inputs.problems,
        *_unknown_names(found, chosen.values.get("alertmanager-healthchecks", ())),
    )
    if not inputs.alertmanagers or not inputs.address:
        return Stop(), problems
    if invalid or (inputs.certificate_from and not inputs.tls):
        return Keep(), problems
    derived = Derived(
        inputs.tls,
        urls.prefix(inputs.ingress_url),
        inputs.trusted,
        sign_on.derived(chosen.values, auth_proxy=inputs.auth_proxy),
    )
    return Run(render(chosen.values, found, derived)), problems


def _tls(per_server: dict[str, Any]) -> dict[str, Any]:
    """Take what concerns TLS out of the settings of every server, and make Karma's terms of it."""
    tls: dict[str, Any] = {}
    if per_server.pop("tls", None):
        tls |= {"cert": CLIENT_CERTIFICATE_FILE, "key": CLIENT_KEY_FILE}
    if per_server.pop("tls.insecureSkipVerify", False):
        tls["insecureSkipVerify"] = True
    return tls


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


def _not_verified(values: Mapping[str, Any]) -> Iterator[Problem]:
    if values.get("alertmanager-insecure-skip-verify"):
        why = "certificates of Alertmanagers are not verified"
        yield Problem(Severity.ACTIVE, f"alertmanager-insecure-skip-verify: {why}")


def _not_proxied(found: list[dict[str, Any]], values: Mapping[str, Any]) -> dict[str, str]:
    """Karma hands the headers of a server that is not proxied to every browser, and cannot guard its silences."""
    names = ", ".join(server["name"] for server in found if not server["proxy"])
    if not names:
        return {}
    why = {
        "alertmanager-headers": f"browsers would see them, since {names} is not proxied; set alertmanager-access=proxy",
        "silence-acl": f"browsers get past it, since {names} is not proxied; set alertmanager-access=proxy",
    }
    return {option: reason for option, reason in why.items() if option in values}


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
