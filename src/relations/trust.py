"""`certificate_transfer`: certificates of authorities that Karma is to trust."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import ops

import pem
from problems import Problem, Severity
from relations.databag import active, led, remote_application, write
from relations.kept import Kept

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
    kept, databags = Kept(charm, ENDPOINT), [_databags(relation) for relation in relations]
    if not (found := kept.recall(databags)):
        found = _read(charm, relations)
        if None not in databags:
            kept.keep(databags, found)
    good, messages = found
    return tuple(good), tuple(Problem(Severity.ACTIVE, f"{ENDPOINT}: {message}") for message in messages)


def _databags(relation: ops.Relation) -> list[Any] | None:
    """List all that one provider has sent; None if Juju does not tell."""
    try:
        application = remote_application(relation)
        units = sorted(relation.units, key=lambda unit: unit.name) if "certificates" not in application else []
        return [relation.app.name, application, [dict(relation.data[unit]) for unit in units]]
    except ops.ModelError:
        return None


def _read(charm: ops.CharmBase, relations: Iterable[ops.Relation]) -> tuple[list[str], list[str]]:
    """Find the good certificates in what all have sent, and say what is wrong with the rest."""
    from charmlibs.interfaces.certificate_transfer import (  # noqa: PLC0415 -- units without the relation do not pay for it
        CertificateTransferRequires,
    )

    # Made after the event was sent out, the library only reads and sends no events of its own. The charm keeps it,
    # since ops asks it for its stored state when the hook ends.
    vars(charm)[ENDPOINT] = library = CertificateTransferRequires(charm, ENDPOINT)
    good: set[str] = set()
    problems: list[str] = []
    for relation in relations:
        try:
            sent = _sent(library, relation)
        except (ValueError, RecursionError, ops.ModelError):
            sent = None
        if sent is None:
            problems.append(f"what {relation.app.name} has sent cannot be read")
            continue
        parsed = [_certificates_in(text) for text in sent]
        good.update(itertools.chain.from_iterable(parsed))
        if bad := parsed.count(()):
            problems.append(f"{bad} of {len(sent)} certificates from {relation.app.name} left out: not PEM")
    return sorted(good), problems


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


def publish(charm: ops.CharmBase) -> None:
    """Ask every provider for version 1 of the interface, whichever unit leads."""
    for relation in led(charm, ENDPOINT):
        write(relation.data[charm.app], {"version": "1"})
