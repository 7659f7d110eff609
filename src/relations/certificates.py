"""`tls-certificates`: this unit's own certificate; its key lives in a Juju secret, which the library keeps."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import socket
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

import ops

import pem
from relations.databag import active, remote_application

if TYPE_CHECKING:
    from charmlibs.interfaces.tls_certificates import (
        ProviderCertificate,
        TLSCertificatesRequiresV4,
    )

ENDPOINT = "certificates"

_MAX_COMMON_NAME = 64  # characters, RFC 5280, appendix A.1


_NO_CERTIFICATE = "has sent what is no certificate"
_EXPIRED = "has sent one that has expired"


class Certificates(NamedTuple):
    """What came of asking for a certificate."""

    provider: str = ""
    """The application that is asked; empty where there is no active relation."""
    tls: pem.Tls | None = None
    problem: str = ""
    """What is wrong with what the provider has sent, as the rest of a sentence; `tls` may be there all the same."""


def set_up(charm: ops.CharmBase, address_of: Callable[[ops.CharmBase], str]) -> TLSCertificatesRequiresV4 | None:
    """Set the library up where there is a relation; it has to be there before the charm observes events.

    Args:
        charm: whose endpoint it is.
        address_of: tells the unit's IP address, empty as long as it has none.
    """
    relations = charm.model.relations[ENDPOINT]
    if not relations or any(_is_a_trap(relation) for relation in relations):
        return None
    from charmlibs.interfaces.tls_certificates import (  # noqa: PLC0415 -- units without the relation do not pay for it
        CertificateRequestAttributes,
        Mode,
        TLSCertificatesError,
        TLSCertificatesRequiresV4,
    )

    # A line of its log is a process, and those on DEBUG say in every hook that nothing has changed.
    logging.getLogger("charmlibs").setLevel(logging.INFO)

    class Library(TLSCertificatesRequiresV4):
        """Takes rubbish from the other side for nothing, where the library itself would raise."""

        def get_provider_certificates(self) -> list[ProviderCertificate]:
            try:
                return super().get_provider_certificates()
            except (TLSCertificatesError, ValueError, RecursionError):
                return []

    name, address = fqdn(), address_of(charm)
    common_name = name if len(name) <= _MAX_COMMON_NAME else charm.unit.name.replace("/", "-")
    request = CertificateRequestAttributes(
        common_name=common_name[:_MAX_COMMON_NAME],
        sans_dns={name, *service_names(charm.app.name, charm.model.name)},
        sans_ip={str(ipaddress.ip_address(address))} if address else None,
    )
    return Library(charm, ENDPOINT, [request], mode=Mode.UNIT)


def _is_a_trap(relation: ops.Relation) -> bool:
    """Look for JSON that is nested so deep that the library would fall into it."""
    if not relation.active or not relation.app:
        return False
    try:
        for text in remote_application(relation).values():
            with contextlib.suppress(ValueError):
                json.loads(text)
    except RecursionError:
        return True
    return False


def fqdn() -> str:
    """Name this unit as the cluster's DNS does."""
    return socket.getfqdn().rstrip(".")


def service_names(application: str, model: str) -> list[str]:
    """List the DNS names under which an application in a Kubernetes model is reached."""
    return [
        f"{service}{suffix}"
        for service in (application, f"{application}-endpoints")
        for suffix in ("", f".{model}", f".{model}.svc", f".{model}.svc.cluster.local")
    ]


def read(charm: ops.CharmBase, library: TLSCertificatesRequiresV4 | None) -> Certificates:
    """Read the certificate that fits this unit's key and what it now asks for; the library compares it with both."""
    relations = active(charm, ENDPOINT)
    if not relations:
        return Certificates()
    provider = relations[0].app.name
    if not library:
        return Certificates(provider, problem=_NO_CERTIFICATE)
    [request] = library.certificate_requests
    found, key = library.get_assigned_certificate(request)
    if not found or not key:
        return Certificates(provider, problem=_why_none(library, relations[0]))
    if found.revoked:
        return Certificates(provider)
    # Browsers may be told to go on, and there is nothing better: without it, a new pod would serve nothing at all.
    is_over = found.certificate.expiry_time <= datetime.now(timezone.utc)
    return Certificates(provider, _tls(found, str(key)), _EXPIRED if is_over else "")


def _why_none(library: TLSCertificatesRequiresV4, relation: ops.Relation) -> str:
    if remote_application(relation).get("certificates", "[]") == "[]":
        return ""
    asked = [one.certificate_signing_request for one in library.get_csrs_from_requirer_relation_data()]
    sent = library.get_provider_certificates()
    if any(one.certificate_signing_request in asked for one in sent):
        return "has sent one for another key"
    return "" if sent else _NO_CERTIFICATE


def _tls(found: ProviderCertificate, key: str) -> pem.Tls:
    # Providers differ in whether the leaf is in the chain, and where.
    chain = dict.fromkeys(str(one).strip() for one in (found.certificate, *found.chain))
    return pem.Tls("".join(f"{one}\n" for one in chain), key, f"{str(found.ca).strip()}\n")


def publish(charm: ops.CharmBase, library: TLSCertificatesRequiresV4 | None) -> None:
    """Ask for a certificate, unless that is done."""
    if library and active(charm, ENDPOINT):
        library.sync()
