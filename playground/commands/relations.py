"""The commands on the applications that the unit is integrated with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from playground import PlaygroundError
from playground.around.alertmanagers import AlertmanagerUnit, add_alerts
from playground.around.authority import Authority
from playground.around.secure_alertmanager import SecureAlertmanager
from playground.commands.arguments import pairs
from playground.commands.report import changed
from playground.machine.ports import free_pair
from playground.session import HOME, Application, Session, opened

_APPLICATION = re.compile("[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")  # as Juju allows them


def relate(args: argparse.Namespace) -> None:
    """Start Alertmanagers and integrate them, or publish what is given by hand."""
    by_hand = args.url is not None or args.data or args.proxy is not None or args.cluster is not None
    if not _APPLICATION.fullmatch(args.name):
        raise PlaygroundError(f'invalid application name "{args.name}"')
    if args.unit and not by_hand:
        raise PlaygroundError("--unit says who publishes: it goes with --url or --data")
    if by_hand and args.tls:
        raise PlaygroundError("--tls is for Alertmanagers that are started: it goes with neither --url nor --data")
    if args.client_authentication and not args.tls:
        raise PlaygroundError("--client-authentication goes with --tls")
    with changed() as session:
        if by_hand:
            _publish(session, args)
        elif args.name in session.applications:
            raise PlaygroundError(f'"karma-k8s:alerting {args.name}:karma-dashboard": relation already exists')
        else:
            _start(session, args)
    if args.client_authentication:
        _certify_client(session.authority(args.tls))


def _certify_client(authority: Authority) -> None:
    """Make a pair of files with which a client is let in."""
    pair = authority.issue("karma-k8s")
    certificate, key = HOME / "client.crt", HOME / "client.key"
    certificate.write_text(pair.certificate)
    key.touch(mode=0o600)
    key.write_text(pair.key)
    print(f"\nIt lets in who has {_short(certificate)} and {_short(key)}.")


def _short(path: Path) -> str:
    """Name a file as somebody in the folder of `./play` does."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _publish(session: Session, args: argparse.Namespace) -> None:
    application = session.applications.get(args.name)
    databag = session.unit.heard_of_units(application.relation).get(args.unit, {}) if application else {}
    if args.url is not None:
        usual = {"name": f"{args.name}/{args.unit}", "cluster": f"playground_{args.name}", "proxy": "true"}
        databag = usual | databag | {"uri": args.url}
    databag |= {key: value for key, value in (("proxy", args.proxy), ("cluster", args.cluster)) if value is not None}
    # In a databag of Juju's an empty value is no value.
    databag = {key: value for key, value in (databag | pairs(args.data)).items() if value}
    if application:
        session.unit.publish(application.relation, args.unit, databag)
    else:
        session.applications[args.name] = Application(session.unit.model.next_relation)
        session.unit.relate(args.name, {args.unit: databag})


def _start(session: Session, args: argparse.Namespace) -> None:
    name = args.name
    started: list[AlertmanagerUnit] = []
    ports: list[int] = []
    try:
        for number in range(args.units):
            ports.append(free_pair())
            one = _made(session, args, number, ports)
            started.append(one)
            one.start()
            add_alerts(one)
    except BaseException:
        for one in started:
            one.remove()
        raise
    # Noted first, so that they are ended even if the charm fails.
    session.applications[name] = Application(session.unit.model.next_relation, dict(enumerate(started)))
    session.unit.relate(name, {number: one.databag for number, one in enumerate(started)})


def _made(session: Session, args: argparse.Namespace, number: int, ports: list[int]) -> AlertmanagerUnit:
    peers = tuple(ports[:-1])
    if not args.tls:
        return AlertmanagerUnit(args.name, number, ports[-1], peers)
    authority = session.authority(args.tls)
    clients = authority if args.client_authentication else None
    return SecureAlertmanager(authority, ports[-1], clients, f"{args.name}/{number}", peers)


def unrelate(args: argparse.Namespace) -> None:
    """Remove a relation, and end its Alertmanagers."""
    with changed() as session:
        application = session.applications.get(args.name)
        if application is None:
            raise PlaygroundError(f'relation "karma-k8s:alerting {args.name}:karma-dashboard" not found')
        session.unit.unrelate(application.relation)
        for one in application.units.values():
            one.remove()
        del session.applications[args.name]


def kill(args: argparse.Namespace) -> None:
    """End the process of an Alertmanager unit; what it has published stays, as when a pod dies."""
    with opened() as session:
        one = _unit(session, args.unit)
        one.stop()
        print(f"{one.name} at {one.uri} has ended; Karma notices within its alertmanager-interval.")


def start(args: argparse.Namespace) -> None:
    """Start the process of an Alertmanager unit again."""
    with opened() as session:
        one = _unit(session, args.unit)
        if one.is_alive():
            raise PlaygroundError(f"{one.name} runs")
        start_again(one)
        print(f"{one.name} answers at {one.uri} again.")


def start_again(one: AlertmanagerUnit) -> None:
    """Start an Alertmanager that has ended; Prometheus would send it the alerts again."""
    one.start()
    add_alerts(one)


def _unit(session: Session, unit: str) -> AlertmanagerUnit:
    name, _, number = unit.rpartition("/")
    application = session.applications.get(name)
    if application is None or not number.isdecimal() or int(number) not in application.units:
        raise PlaygroundError(f'unit "{unit}" not found among the Alertmanagers that were started')
    return application.units[int(number)]
