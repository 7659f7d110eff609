"""`tls-certificates`: this unit's own certificate; its key lives in a Juju secret, which the library keeps."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import re
import socket
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

import ops

import pem
from relations.databag import active, listed, remote_application
from settings.lists import items

if TYPE_CHECKING:
    from charmlibs.interfaces.tls_certificates import (
        PrivateKey,
        ProviderCertificate,
        TLSCertificatesRequiresV4,
    )

logger = logging.getLogger(__name__)

ENDPOINT = "certificates"

_MAX_LENGTH = 1_000_000  # characters of all that a provider has sent; chains have some thousand
_MAX_COMMON_NAME = 64  # characters, RFC 5280, appendix A.1


_NO_CERTIFICATE = "has sent what is no certificate"
_EXPIRED = "has sent one that has expired"
_OTHER_NAMES = "has sent one for other names"

EXTRA_SANS = "certificate-extra-sans"
"""The option with further names and IP addresses; it is the charm's own, and no key of Karma's."""
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME = rf"(?=.{{1,253}}$)(\*\.)?{_LABEL}(\.{_LABEL})*"


class Certificates(NamedTuple):
    """What came of asking for a certificate."""

    provider: str = ""
    """The application that is asked; empty where there is no active relation."""
    tls: pem.Tls | None = None
    problem: str = ""
    """What is wrong with what the provider has sent, as the rest of a sentence; `tls` may be there all the same."""
    refused: str = ""
    """Why the provider will not send one, in its words."""
    awaited: bool = False
    """Whether another one is asked for, though `tls` is there."""


def set_up(charm: ops.CharmBase) -> TLSCertificatesRequiresV4 | None:
    """Set the library up where there is a relation; it has to be there before the charm observes events."""
    try:
        relations = listed(charm, ENDPOINT)
        if not relations or any(_is_a_trap(relation) for relation in relations):
            return None
        return _library(charm, relations)
    except ops.ModelError as error:
        logger.warning("%s: %s", ENDPOINT, error)
        return None


def _library(charm: ops.CharmBase, relations: list[ops.Relation]) -> TLSCertificatesRequiresV4:
    from charmlibs.interfaces.tls_certificates import (  # noqa: PLC0415 -- units without the relation do not pay for it
        CertificateRequestAttributes,
        CertificateSigningRequest,
        Mode,
        TLSCertificatesError,
        TLSCertificatesRequiresV4,
    )

    class Library(TLSCertificatesRequiresV4):
        """Takes rubbish from the other side, and what Juju does not do, for nothing, where the library would raise."""

        def get_provider_certificates(self) -> list[ProviderCertificate]:
            try:
                return super().get_provider_certificates()
            except (TLSCertificatesError, ValueError, RecursionError):
                return []

        def _configure(self, _: ops.EventBase | None = None) -> None:
            # When a certificate is revoked it removes a secret, and in the same hook it may look for it again.
            try:
                super()._configure(_)
            except ops.ModelError as error:
                logger.warning("%s: left to the next hook: %r", ENDPOINT, error)

    name = fqdn(charm)
    common_name = name if len(name) <= _MAX_COMMON_NAME else charm.unit.name.replace("/", "-")
    extra, why = extra_sans(charm)
    # The address of the pod is not among them: it changes whenever the pod moves.
    request = CertificateRequestAttributes(
        common_name=common_name[:_MAX_COMMON_NAME],
        sans_dns={name, *service_names(charm.app.name, charm.model.name), *(one for one in extra if not _is_ip(one))},
        sans_ip={one for one in extra if _is_ip(one)} or None,
    )
    asked = relations[0].data[charm.unit].get("certificate_signing_requests") if why else None
    if asked:  # then what was asked for stays
        csr = CertificateSigningRequest.from_string(json.loads(asked)[0]["certificate_signing_request"])
        request = CertificateRequestAttributes.from_csr(csr, is_ca=False)
    return Library(charm, ENDPOINT, [request], mode=Mode.UNIT)


def extra_sans(charm: ops.CharmBase) -> tuple[tuple[str, ...], str]:
    """Read the further names that a certificate is to be for.

    Returns:
        Names and IP addresses; and what is wrong with the option, as the rest of a sentence.
    """
    try:
        found = tuple(items(str(charm.config.get(EXTRA_SANS, ""))) or ())
    except ValueError as error:
        return (), str(error)
    bad = [one for one in found if not _is_ip(one) and not re.fullmatch(_DNS_NAME, one)]
    if bad:
        return (), f"{', '.join(bad)} is neither a DNS name nor an IP address"
    return tuple(str(ipaddress.ip_address(one)) if _is_ip(one) else one.lower() for one in found), ""


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_a_trap(relation: ops.Relation) -> bool:
    """Look for what the library would fall into: JSON nested deep, numbers without end, more text than can be meant."""
    if not relation.active or not relation.app:
        return False
    texts = remote_application(relation).values()
    try:
        for text in texts:
            with contextlib.suppress(json.JSONDecodeError):
                json.loads(text)
    except (RecursionError, ValueError):
        return True
    return sum(map(len, texts)) > _MAX_LENGTH


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


def read(charm: ops.CharmBase, library: TLSCertificatesRequiresV4 | None) -> Certificates:
    """Read the certificate that fits this unit's key: the one that was asked for, or else one that names the unit."""
    relations = active(charm, ENDPOINT)
    if not relations:
        return Certificates()
    provider = relations[0].app.name
    if not library:
        return Certificates(provider, problem=_NO_CERTIFICATE if _is_a_trap(relations[0]) else "")
    [request] = library.certificate_requests
    found, key = library.get_assigned_certificate(request)
    is_awaited = not found or not key
    if is_awaited:
        key = library.private_key
        found = _naming(charm, library, key) if key else None
    if not found or not key:
        return Certificates(provider, problem=_why_none(library, relations[0]), refused=_refused(library))
    if found.revoked:
        return Certificates(provider)
    problem = ""
    if is_awaited and not (request.sans_dns or set()) <= (found.certificate.sans_dns or set()):
        problem = _OTHER_NAMES
    # Browsers may be told to go on, and there is nothing better: without it, a new pod would serve nothing at all.
    elif not is_awaited and found.certificate.expiry_time <= datetime.now(timezone.utc):
        problem = _EXPIRED
    refused = _refused(library) if is_awaited else ""
    return Certificates(provider, _tls(found, str(key)), problem, refused, is_awaited)


def _naming(charm: ops.CharmBase, library: TLSCertificatesRequiresV4, key: PrivateKey) -> ProviderCertificate | None:
    """Find a certificate for this key that names this unit, whatever it was asked for."""
    names = {fqdn(charm), *service_names(charm.app.name, charm.model.name)}
    for one in library.get_provider_certificates():
        named = {*(one.certificate.sans_dns or ()), one.certificate.common_name}
        if names & named and one.certificate.matches_private_key(key) and not one.revoked:
            return one
    return None


def _refused(library: TLSCertificatesRequiresV4) -> str:
    """Tell why the provider will not answer what this unit has asked for, by version 1 of the interface."""
    with contextlib.suppress(ValueError, RecursionError):
        asked = [str(one.certificate_signing_request) for one in library.get_csrs_from_requirer_relation_data()]
        for one in library.get_request_errors():
            if str(one.certificate_signing_request) in asked:
                return ": ".join(filter(None, (one.error.message, one.error.reason)))
    return ""


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
