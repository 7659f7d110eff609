"""`certificate_transfer`: certificates of authorities that Karma is to trust."""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any, cast

import ops

import pem
from problems import Problem, Severity
from relations.databag import active, led, remote_application, write

if TYPE_CHECKING:
    from charmlibs.interfaces.certificate_transfer import CertificateTransferRequires

ENDPOINT = "receive-ca-cert"


def read(charm: ops.CharmBase) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Read what all providers have sent.

    Returns:
        The certificates in PEM that could be parsed, each once and in a stable order; and a problem for each provider
        that has sent anything else.
    """
    relations = active(charm, ENDPOINT)
    if not relations:
        return (), ()
    from charmlibs.interfaces.certificate_transfer import (  # noqa: PLC0415 -- units without the relation do not pay for it
        CertificateTransferRequires,
    )

    # Made after the event was sent out, the library only reads and sends no events of its own. The charm keeps it,
    # since ops asks it for its stored state when the hook ends.
    vars(charm)[ENDPOINT] = library = CertificateTransferRequires(charm, ENDPOINT)
    good: set[str] = set()
    problems: list[Problem] = []
    for relation in relations:
        try:
            sent = _sent(library, relation)
        except (ValueError, RecursionError, ops.ModelError):
            sent = None
        if sent is None:
            problems.append(_problem(f"what {relation.app.name} has sent cannot be read"))
            continue
        parsed = [_certificates_in(text) for text in sent]
        good.update(itertools.chain.from_iterable(parsed))
        if bad := parsed.count(()):
            problems.append(_problem(f"{bad} of {len(sent)} certificates from {relation.app.name} left out: not PEM"))
    return tuple(sorted(good)), tuple(problems)


def _sent(library: CertificateTransferRequires, relation: ops.Relation) -> set[str] | None:
    """Read what one provider has sent, in either version of the interface; None if that cannot be read."""
    if "certificates" not in remote_application(relation):
        return _sent_in_version_0(relation)
    return library.get_all_certificates(relation.id) if library.is_ready(relation) else None


def _sent_in_version_0(relation: ops.Relation) -> set[str]:
    """Read the databags of units: `ca`, plain, and `chain`, JSON.

    The library takes both for JSON, as which no provider of that version has ever published `ca`.

    Raises:
        ValueError: if a chain is no list of texts.
    """
    sent: set[str] = set()
    for unit in relation.units:
        databag = relation.data[unit]
        chain: Any = json.loads(databag.get("chain") or "[]")
        if not isinstance(chain, list) or not all(isinstance(text, str) for text in cast("list[Any]", chain)):
            raise ValueError("the chain is no list of texts")
        sent |= {databag.get("ca", ""), *cast("list[str]", chain)}
    return sent - {""}


def _certificates_in(text: str) -> tuple[str, ...]:
    with contextlib.suppress(ValueError):
        return pem.certificates(text)
    return ()


def _problem(message: str) -> Problem:
    return Problem(Severity.ACTIVE, f"{ENDPOINT}: {message}")


def publish(charm: ops.CharmBase) -> None:
    """Ask every provider for version 1 of the interface, whichever unit leads."""
    for relation in led(charm, ENDPOINT):
        write(relation.data[charm.app], {"version": "1"})
