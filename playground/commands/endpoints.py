"""The commands on the endpoints other than `alerting`: TLS, trust, an ingress, logins and a catalogue."""

from __future__ import annotations

import argparse
import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from playground.around.authority import Authority, requests_in
from playground.around.remote_applications import (
    CertificateProvider,
    CertificateSender,
    Ingress,
    LoginProxy,
    RemoteApplication,
)
from playground.commands.arguments import pairs
from playground.commands.report import databags, report
from playground.juju.status import OTHER_SIDE, as_yaml, integration
from playground.session import PlaygroundError, Session, opened

USUAL = {
    "certificates": "self-signed-certificates",
    "receive-ca-cert": "company-ca",
    "ingress": "traefik-k8s",
    "auth-proxy": "oauth2-proxy-k8s",
    "catalogue": "catalogue-k8s",
}
"""Endpoint -> the application that takes part unless another name is given."""

_GOES_WITH = {"http": "ingress", "user": "auth-proxy", "groups": "auth-proxy"}
_PEM = re.compile(r"(-----BEGIN [A-Z ]+-----)[^-]*(-----END [A-Z ]+-----)")
_LIKE_JUJU = {"egress-subnets", "ingress-address", "private-address"}  # ops.testing puts them into every unit's databag


def integrate(args: argparse.Namespace) -> None:
    """Integrate an endpoint with an application, which answers by itself unless it is told not to."""
    name = args.name or USUAL[args.endpoint]
    for option, endpoint in _GOES_WITH.items():
        if getattr(args, option) and args.endpoint != endpoint:
            raise PlaygroundError(f"--{option} goes with {endpoint}")
    with opened() as session:
        known = [one for one in session.around.others if one.endpoint == args.endpoint]
        if any(one.name == name for one in known):
            raise PlaygroundError(f'"{_relation(args.endpoint, name)}": relation already exists')
        if known and args.endpoint != "receive-ca-cert":
            raise PlaygroundError(f'"karma-k8s:{args.endpoint}" takes one relation, and has {known[0].name} already')
        made = _made(session, args, name)
        made.by_hand = args.silent
        # Noted first, so that what it runs is ended even if the charm fails.
        session.around.others.append(made)
        session.unit.integrate(args.endpoint, name)
        session.settle()
        report(session)


def _made(session: Session, args: argparse.Namespace, name: str) -> RemoteApplication:
    common: dict[str, Any] = {"endpoint": args.endpoint, "name": name, "relation": session.unit.model.next_relation}
    match args.endpoint:
        case "certificates":
            return CertificateProvider(**common, authority=session.authority(name))
        case "receive-ca-cert":
            return CertificateSender(**common, authority=session.authority(name))
        case "ingress":
            return Ingress(**common, authority=session.authority(USUAL["certificates"]), is_tls=not args.http)
        case "auth-proxy":
            return LoginProxy(**common, user=args.user or "alice", groups=args.groups or "")
        case _:
            return RemoteApplication(**common)


def remove_relation(args: argparse.Namespace) -> None:
    """Remove a relation, and end what runs for it."""
    with opened() as session:
        one = _find(session, args.endpoint, args.name)
        session.unit.unrelate(one.relation)
        session.around.others.remove(one)
        one.remove()
        session.settle()
        report(session)


def publish(args: argparse.Namespace) -> None:
    """Publish in the place of an application, which from then on answers no more by itself."""
    with opened() as session:
        one = _find(session, args.endpoint, args.name)
        one.by_hand = True
        # In a databag of Juju's an empty value is no value.
        given = {**session.unit.heard(one.relation), **pairs(args.data)}
        session.unit.answer(one.relation, {key: value for key, value in given.items() if value})
        session.settle()
        report(session)


def certify(args: argparse.Namespace) -> None:
    """Let the provider of certificates sign again what the unit asks for, or do what else such providers do."""
    with opened() as session:
        one = _find(session, "certificates", None)
        if not isinstance(one, CertificateProvider):
            raise TypeError(f"{one} makes no certificates")
        _HOW[args.how](session, one)
        session.settle()
        report(session)


def _sign(session: Session, one: CertificateProvider, **changes: Any) -> None:
    requests = tuple(requests_in(session.unit.said(one.relation)))
    session.unit.answer(one.relation, one.sign(requests, **changes))


def _renew(session: Session, one: CertificateProvider) -> None:
    _sign(session, one)


def _change_authority(session: Session, one: CertificateProvider) -> None:
    one.authority = session.authority(one.name, anew=True)
    _sign(session, one)


def _revoke(session: Session, one: CertificateProvider) -> None:
    _sign(session, one, revoked=True)


def _expire(session: Session, one: CertificateProvider) -> None:
    _sign(session, one, not_after=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1))


def _mistake(session: Session, one: CertificateProvider) -> None:
    _sign(session, one, certificate=Authority().issue().certificate)


def _withdraw(session: Session, one: CertificateProvider) -> None:
    one.by_hand, one.signed = True, ()
    session.unit.answer(one.relation, {"certificates": "[]"})


_HOW: dict[str, Callable[[Session, CertificateProvider], None]] = {
    "renew": _renew,
    "new-authority": _change_authority,
    "withdraw": _withdraw,
    "revoke": _revoke,
    "mistake": _mistake,
    "expire": _expire,
}
HOW = tuple(_HOW)
"""What a provider of certificates may be told to do."""


def show_unit(_: argparse.Namespace) -> None:
    """Print what both sides of each relation have published, as `juju show-unit` does."""
    with opened() as session:
        unit = session.unit
        ours = unit.name.partition("/")[0]
        shown: dict[str, Any] = {}
        for relation in sorted(unit.state.relations, key=lambda relation: relation.id):
            provider, requirer, _interface = integration(unit, relation)
            told: dict[str, Any] = {
                ours: unit.application_said(relation.id),
                unit.name: {key: value for key, value in unit.said(relation.id).items() if key not in _LIKE_JUJU},
            }
            theirs = provider.partition(":")[0]
            told[theirs] = unit.heard(relation.id)
            told |= {f"{theirs}/{number}": data for number, data in databags(session, relation.id).items()}
            shown[f"{requirer} {provider}"] = {name: _in_short(databag) for name, databag in told.items() if databag}
        print(as_yaml(shown) if shown else "Nothing is integrated.")


def _in_short(databag: Mapping[str, str]) -> dict[str, str]:
    """Leave out what nobody reads: what stands in PEM."""
    return {key: _PEM.sub(r"\1...\2", value) for key, value in databag.items()}


def _find(session: Session, endpoint: str, name: str | None) -> RemoteApplication:
    found = [one for one in session.around.others if one.endpoint == endpoint and name in {None, one.name}]
    if not found:
        raise PlaygroundError(f'relation "{_relation(endpoint, name or USUAL[endpoint])}" not found')
    if len(found) > 1:
        raise PlaygroundError(f"{endpoint} has several: name one of {', '.join(one.name for one in found)}")
    return found[0]


def _relation(endpoint: str, name: str) -> str:
    return f"karma-k8s:{endpoint} {name}:{OTHER_SIDE.get(endpoint, endpoint)}"
