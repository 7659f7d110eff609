"""The commands on the endpoints other than `alerting`: TLS, trust, an ingress, logins, a catalogue, COS and a mesh."""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground import PlaygroundError
from playground.around.authority import Authority, requests_in
from playground.around.remote_applications import (
    CertificateProvider,
    Ingress,
    LoginProxy,
    LogStore,
    RemoteApplication,
    Sender,
)
from playground.commands.arguments import pairs
from playground.commands.report import changed
from playground.juju.status import OTHER_SIDE, as_yaml, declaration, integration
from playground.session import Session, opened

Make = Callable[[Session, argparse.Namespace, dict[str, Any]], RemoteApplication]


@dataclass(frozen=True)
class Endpoint:
    """What `./play integrate` knows of an endpoint."""

    usual: str
    """The application that takes part unless another name is given."""
    make: Make = lambda _session, _args, common: RemoteApplication(**common)
    """Makes it, of the session, the command's arguments and what every application has."""
    options: tuple[str, ...] = ()
    """The command's options that mean something here."""


def _provider(session: Session, _: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    return CertificateProvider(**common, authority=session.authority(common["name"]))


def _sender(session: Session, _: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    authority = session.authority(common["name"])
    sent = {"certificates": json.dumps([authority.certificate]), "version": "1"}
    return Sender(**common, what=f"the certificate of the authority {authority.name}", sent=sent)


def _ingress(session: Session, args: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    return Ingress(**common, authority=session.authority(ENDPOINTS["certificates"].usual), is_tls=not args.http)


def _login_proxy(_: Session, args: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    return LoginProxy(**common, user=args.user or "alice", groups=args.groups or "")


def _traces(_: Session, __: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    receiver = {"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://127.0.0.1:4318"}
    what = "where it would take traces, which only Juju's own hooks make"
    return Sender(**common, what=what, sent={"receivers": json.dumps([receiver])})


def _mesh(_: Session, __: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    sent = {"labels": json.dumps({"istio.io/dataplane-mode": "ambient"}), "mesh_type": json.dumps("istio")}
    return Sender(**common, what="the label of a mesh", sent=sent)


def _other_model(_: Session, __: argparse.Namespace, common: dict[str, Any]) -> RemoteApplication:
    name = {"app_name": "prometheus", "juju_model_name": "cos"}
    return Sender(**common, what="its name in the model cos", sent={"cmr_data": json.dumps(name)})


ENDPOINTS = {
    "certificates": Endpoint("self-signed-certificates", _provider),
    "receive-ca-cert": Endpoint("company-ca", _sender),
    "ingress": Endpoint("traefik-k8s", _ingress, options=("http",)),
    "auth-proxy": Endpoint("oauth2-proxy-k8s", _login_proxy, options=("user", "groups")),
    "catalogue": Endpoint("catalogue-k8s"),
    "metrics-endpoint": Endpoint("prometheus-k8s"),
    "grafana-dashboard": Endpoint("grafana-k8s"),
    "logging": Endpoint("loki-k8s", lambda _session, _args, common: LogStore(**common)),
    "tracing": Endpoint("tempo-coordinator-k8s", _traces),
    "service-mesh": Endpoint("istio-beacon-k8s", _mesh),
    "require-cmr-mesh": Endpoint("alertmanager-k8s"),
    "provide-cmr-mesh": Endpoint("prometheus-k8s", _other_model),
}
"""Those other than `alerting`, by name."""

_PEM = re.compile(r"(-----BEGIN [A-Z ]+-----)[^-]*(-----END [A-Z ]+-----)")
_LIKE_JUJU = {"egress-subnets", "ingress-address", "private-address"}  # ops.testing puts them into every unit's databag


def integrate(args: argparse.Namespace) -> None:
    """Integrate an endpoint other than `alerting` with an application, which answers by itself unless told not to."""
    endpoint = ENDPOINTS[args.endpoint]
    name = args.name or endpoint.usual
    for other, one in ENDPOINTS.items():
        if wrong := [option for option in one.options if getattr(args, option) and one is not endpoint]:
            raise PlaygroundError(f"--{wrong[0]} goes with {other}")
    with changed() as session:
        known = [one for one in session.around.others if one.endpoint == args.endpoint]
        if any(one.name == name for one in known):
            raise PlaygroundError(f'"{_relation(args.endpoint, name)}": relation already exists')
        if len(known) == declaration(args.endpoint)[1].get("limit"):
            raise PlaygroundError(f'"karma-k8s:{args.endpoint}" takes one relation, and has {known[0].name} already')
        common = {
            "endpoint": args.endpoint,
            "name": name,
            "relation": session.unit.model.next_relation,
            "by_hand": args.silent,
        }
        # Noted first, so that what it runs is ended even if the charm fails.
        session.around.others.append(endpoint.make(session, args, common))
        session.unit.integrate(args.endpoint, name)


def remove_relation(args: argparse.Namespace) -> None:
    """Remove a relation, and end what runs for it."""
    with changed() as session:
        one = _find(session, args.endpoint, args.name)
        session.unit.unrelate(one.relation)
        session.around.others.remove(one)
        one.remove()


def publish(args: argparse.Namespace) -> None:
    """Publish in the place of an application, which from then on answers no more by itself."""
    with changed() as session:
        one = _find(session, args.endpoint, args.name)
        one.by_hand = True
        # In a databag of Juju's an empty value is no value.
        given = {**session.heard(one), **pairs(args.data)}
        session.publish(one, {key: value for key, value in given.items() if value})


def certify(args: argparse.Namespace) -> None:
    """Let the provider of certificates sign again what the unit asks for, or do what else such providers do."""
    with changed() as session:
        one = _find(session, "certificates", None)
        if not isinstance(one, CertificateProvider):
            raise TypeError(f"{one} makes no certificates")
        if args.how == "withdraw":
            one.by_hand, one.signed = True, ()
            session.unit.answer(one.relation, {"certificates": "[]"})
            return
        if args.how == "new-authority":
            one.authority = session.authority(one.name, anew=True)
        requests = tuple(requests_in(session.unit.said(one.relation)))
        session.unit.answer(one.relation, one.sign(requests, **_SIGNED[args.how]()))


_SIGNED: dict[str, Callable[[], dict[str, Any]]] = {
    "renew": dict,
    "new-authority": dict,
    "revoke": lambda: {"revoked": True},
    "mistake": lambda: {"certificate": Authority().issue().certificate},
    "expire": lambda: {"not_after": datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)},
}
"""How a provider signs -> what differs in the certificates that it sends."""
HOW = (*_SIGNED, "withdraw")
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
            theirs = (requirer if provider.startswith(f"{ours}:") else provider).partition(":")[0]
            told[theirs] = unit.heard(relation.id)
            told |= {f"{theirs}/{number}": data for number, data in session.unit.heard_of_units(relation.id).items()}
            shown[f"{requirer} {provider}"] = {name: _in_short(databag) for name, databag in told.items() if databag}
        print(as_yaml(shown) if shown else "Nothing is integrated.")


def _in_short(databag: Mapping[str, str]) -> dict[str, str]:
    """Leave out what nobody reads: what stands in PEM."""
    return {key: _PEM.sub(r"\1...\2", value) for key, value in databag.items()}


def _find(session: Session, endpoint: str, name: str | None) -> RemoteApplication:
    found = [one for one in session.around.others if one.endpoint == endpoint and name in {None, one.name}]
    if not found:
        raise PlaygroundError(f'relation "{_relation(endpoint, name or ENDPOINTS[endpoint].usual)}" not found')
    if len(found) > 1:
        raise PlaygroundError(f"{endpoint} has several: name one of {', '.join(one.name for one in found)}")
    return found[0]


def _relation(endpoint: str, name: str) -> str:
    return f"karma-k8s:{endpoint} {name}:{OTHER_SIDE.get(endpoint, endpoint)}"
