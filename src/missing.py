"""PURE: what has not come yet, or is no good, of what others bring, as problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from problems import Problem, Severity, blocked, waiting
from settings.guards import AUTH_PROXY

if TYPE_CHECKING:
    from inputs import Inputs

USERS = "basic-auth-users"
CERTIFICATES = "certificates"

FIELDS = {CERTIFICATES: "tls", "ingress": "ingress_url", AUTH_PROXY: "auth_proxy"}
"""Endpoint -> the field of `Inputs` that it brings."""


def called(fields: Iterable[str]) -> set[str]:
    """Call fields by the names that operators know: those of their endpoints, where they have one."""
    names = {field: endpoint for endpoint, field in FIELDS.items()}
    names |= {"alertmanagers": "alerting", "trusted": "receive-ca-cert"}
    return {names.get(field, field) for field in fields}


def tls(inputs: Inputs) -> Iterator[Problem]:
    """Say what passwords need, unless it is on its way or not known."""
    if not inputs.certificate_from and not inputs.unknown & {"tls", "ingress_url"}:
        command = f"juju integrate {inputs.application}:certificates <provider>"
        yield blocked(f"{USERS}: needs TLS: run `{command}`, or use an https ingress")


def certificate(inputs: Inputs) -> Iterator[Problem]:
    """Say that a certificate is waited for, which may be another one than is there, or refused."""
    if inputs.certificate_refused:
        yield blocked(f"certificates: {inputs.certificate_from} refuses: {inputs.certificate_refused}")
    elif inputs.certificate_from and (inputs.certificate_fault or inputs.certificate_awaited or not inputs.tls):
        why = f", which {inputs.certificate_fault}" if inputs.certificate_fault else ""
        yield waiting(f"certificates: waiting for a certificate from {inputs.certificate_from}{why}")


def ingress(inputs: Inputs) -> Iterator[Problem]:
    """Say that there is no URL that can be used, which a proxy that has people log in needs."""
    fault = inputs.ingress_fault
    if "ingress_url" in inputs.unknown:
        return
    if inputs.auth_proxy and not inputs.ingress_url and inputs.ingress_from:
        why = f", whose URL {fault}" if fault else ""
        yield waiting(f"auth-proxy: waiting for a URL from {inputs.ingress_from}{why}")
    elif inputs.auth_proxy and not inputs.ingress_url:
        command = f"juju integrate {inputs.application}:ingress <ingress>"
        yield blocked(f"auth-proxy: run `{command}`; it has nothing to protect yet")
    elif fault:
        yield Problem(Severity.ACTIVE, f"ingress: the URL from {inputs.ingress_from} {fault}")


def alertmanagers(inputs: Inputs, *, is_new: bool) -> Iterator[Problem]:
    """Say why there is nobody to show, or not everybody.

    Args:
        inputs: with what was known before in the place of what is not known now.
        is_new: whether nothing runs that tells what was known before.
    """
    if inputs.unknown - {"address"} and is_new:
        yield waiting(f"waiting for Juju to tell {', '.join(sorted(called(inputs.unknown)))}")
    if not inputs.related:
        also = "; external-alertmanagers waits for it" if inputs.options.external_alertmanagers else ""
        yield blocked(f"alerting: run `juju integrate {inputs.application}:alerting <alertmanager>`{also}")
        return
    rejected = ", ".join(f"{entry.unit} ({entry.reason})" for entry in inputs.rejected)
    silent = (*inputs.silent, *inputs.unseen)
    if not inputs.alertmanagers and rejected:
        yield waiting(f"alerting: waiting for usable data from {rejected}")
    elif not inputs.alertmanagers and silent:
        yield waiting(f"alerting: waiting for data from {', '.join(silent)}")
    elif rejected:
        units = len(inputs.alertmanagers) + len(inputs.rejected) + len(silent)
        yield Problem(Severity.ACTIVE, f"alerting: {len(inputs.rejected)} of {units} units left out: {rejected}")
    if inputs.alertmanagers and not inputs.address:
        yield waiting("waiting for the unit's IP address")
