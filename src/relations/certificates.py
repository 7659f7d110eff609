"""`tls-certificates`: this unit's own certificate; its key lives in a Juju secret, which the library keeps."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import ops

import pem
from relations.databag import active, listed, remote_application
from relations.dns import extra_sans, fqdn, is_ip, service_names
from relations.kept import Kept, digest

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


_REQUESTS = "certificate_signing_requests"

_LOOKED_AFTER = 0.9  # of a certificate's time, in which the library has nothing to do unless somebody tells it

_NO_CERTIFICATE = "has sent what is no certificate"
_EXPIRED = "has sent one that has expired"
_OTHER_NAMES = "has sent one for other names"


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


class Source(NamedTuple):
    """Where this hook takes the certificate from; nothing of it is there without a relation that can be used."""

    kept: Kept | None = None
    tls: pem.Tls | None = None
    """What was kept of an earlier hook, as there is nothing to do about it."""
    library: TLSCertificatesRequiresV4 | None = None


def set_up(charm: ops.CharmBase) -> Source:
    """Set the library up where it has anything to do; it has to be there before the charm observes events."""
    try:
        relations = listed(charm, ENDPOINT)
        if not relations or any(_is_a_trap(relation) for relation in relations):
            return Source()
        kept = Kept(charm, ENDPOINT)
        tls = _recalled(charm, kept, relations)
        return Source(kept, tls, None if tls else _library(charm, relations))
    except ops.ModelError as error:
        logger.warning("%s: %s", ENDPOINT, error)
        return Source()


def _recalled(charm: ops.CharmBase, kept: Kept, relations: list[ops.Relation]) -> pem.Tls | None:
    """Give the certificate that an earlier hook was assigned; None where the library may have something to do."""
    if "JUJU_SECRET_ID" in os.environ:  # the library looks after its secrets
        return None
    found = kept.recall(_asked_and_answered(charm, relations))
    if not found or datetime.now(timezone.utc).timestamp() >= found["until"]:
        return None
    try:
        key = charm.model.get_secret(id=found["key_id"]).get_content()["private-key"]
    except (ops.ModelError, KeyError):
        return None
    return pem.Tls(found["certificate"], key, found["ca"]) if digest(key) == found["key_digest"] else None


def _asked_and_answered(charm: ops.CharmBase, relations: list[ops.Relation]) -> list[Any]:
    sides = [(one.id, one.data[charm.unit].get(_REQUESTS), remote_application(one)) for one in relations]
    return [fqdn(charm), *extra_sans(charm), *sides]


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

        def sync(self) -> None:
            super()._configure()  # whoever asks for it is told what could not be done

    name = fqdn(charm)
    common_name = name if len(name) <= _MAX_COMMON_NAME else charm.unit.name.replace("/", "-")
    extra, why = extra_sans(charm)
    # The address of the pod is not among them: it changes whenever the pod moves.
    request = CertificateRequestAttributes(
        common_name=common_name[:_MAX_COMMON_NAME],
        sans_dns={name, *service_names(charm.app.name, charm.model.name), *(one for one in extra if not is_ip(one))},
        sans_ip={one for one in extra if is_ip(one)} or None,
    )
    asked = relations[0].data[charm.unit].get(_REQUESTS) if why else None
    if asked:  # then what was asked for stays
        csr = CertificateSigningRequest.from_string(json.loads(asked)[0]["certificate_signing_request"])
        request = CertificateRequestAttributes.from_csr(csr, is_ca=False)
    return Library(charm, ENDPOINT, [request], mode=Mode.UNIT)


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


def read(charm: ops.CharmBase, source: Source) -> Certificates:
    """Read the certificate that fits this unit's key: the one that was asked for, or else one that names the unit."""
    relations = active(charm, ENDPOINT)
    if not relations:
        return Certificates()
    provider = relations[0].app.name
    library = source.library
    if source.tls:
        return Certificates(provider, source.tls)
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


def publish(charm: ops.CharmBase, source: Source) -> None:
    """Ask for a certificate, unless that is done; keep the one that was assigned.

    Raises:
        ops.ModelError: if Juju does not do all of it.
    """
    kept, _, library = source
    if not kept or not library or not active(charm, ENDPOINT):
        return
    library.sync()
    found, key = library.get_assigned_certificate(library.certificate_requests[0])
    key_id = library.get_private_key_secret_id()
    if found and key and key_id and not found.revoked:
        begin, end = found.certificate.validity_start_time, found.certificate.expiry_time
        tls = _tls(found, str(key))
        made = {
            "certificate": tls.certificate,
            "ca": tls.ca,
            "key_id": key_id,
            "key_digest": digest(tls.key),
            "until": (begin + _LOOKED_AFTER * (end - begin)).timestamp(),
        }
        kept.keep(_asked_and_answered(charm, listed(charm, ENDPOINT)), made)
