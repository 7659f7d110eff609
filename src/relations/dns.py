"""The names of this unit: those in the cluster's DNS, and what people add to them for its certificate."""

from __future__ import annotations

import ipaddress
import re
import socket

import ops

from settings.lists import items

EXTRA_SANS = "certificate-extra-sans"
"""The option with further names and IP addresses; it is the charm's own, and no key of Karma's."""
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME = rf"(?=.{{1,253}}$)(?!(.*\.)?[0-9]+$)(\*\.)?{_LABEL}(\.{_LABEL})*"


def fqdn(charm: ops.CharmBase) -> str:
    """Name this unit as the cluster's DNS does, also while that does not answer."""
    pod = charm.unit.name.replace("/", "-")
    found = socket.getfqdn().rstrip(".")
    if found.startswith(f"{pod}."):
        return found
    return f"{pod}.{charm.app.name}-endpoints.{charm.model.name}.svc.cluster.local"


def service_names(application: str, model: str) -> list[str]:
    """List the DNS names under which an application in a Kubernetes model is reached."""
    return [
        f"{service}{suffix}"
        for service in (application, f"{application}-endpoints")
        for suffix in ("", f".{model}", f".{model}.svc", f".{model}.svc.cluster.local")
    ]


def extra_sans(charm: ops.CharmBase) -> tuple[tuple[str, ...], str]:
    """Read the further names that a certificate is to be for.

    Returns:
        Names and IP addresses; and what is wrong with the option, as the rest of a sentence.
    """
    try:
        found = tuple(items(str(charm.config.get(EXTRA_SANS, ""))) or ())
    except ValueError as error:
        return (), str(error)
    bad = [one for one in found if not is_ip(one) and not re.fullmatch(_DNS_NAME, one)]
    if bad:
        return (), f"{', '.join(bad)} is neither a DNS name nor an IP address"
    return tuple(str(ipaddress.ip_address(one)) if is_ip(one) else one.lower() for one in found), ""


def is_ip(text: str) -> bool:
    """Tell an IP address from a name; one with a scope is neither, since that means something on one machine alone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
