"""The commands on the applications that the unit is integrated with."""

from __future__ import annotations

import argparse
import re

from playground import binaries
from playground.alertmanagers import AlertmanagerUnit, add_alerts
from playground.arguments import pairs
from playground.ports import free_pair
from playground.report import databags, report
from playground.session import Application, PlaygroundError, Session, opened

_APPLICATION = re.compile("[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")  # as Juju allows them


def relate(args: argparse.Namespace) -> None:
    """Start Alertmanagers and integrate them, or publish what is given by hand."""
    by_hand = args.url is not None or args.data or args.proxy is not None or args.cluster is not None
    if not _APPLICATION.fullmatch(args.name):
        raise PlaygroundError(f'invalid application name "{args.name}"')
    if args.unit and not by_hand:
        raise PlaygroundError("--unit says who publishes: it goes with --url or --data")
    with opened() as session:
        if by_hand:
            _publish(session, args)
        elif args.name in session.applications:
            raise PlaygroundError(f'"karma-k8s:alerting {args.name}:karma-dashboard": relation already exists')
        else:
            _start(session, args.name, args.units)
        report(session)


def _publish(session: Session, args: argparse.Namespace) -> None:
    application = session.applications.get(args.name)
    databag = databags(session, application.relation).get(args.unit, {}) if application else {}
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


def _start(session: Session, name: str, units: int) -> None:
    binary, amtool = binaries.alertmanager(), binaries.amtool()
    started: list[AlertmanagerUnit] = []
    ports: list[int] = []
    try:
        for number in range(units):
            ports.append(free_pair())
            one = AlertmanagerUnit(binary, name, number, ports[-1], peers=tuple(ports[:-1]))
            started.append(one)
            one.start()
            add_alerts(amtool, one)
    except BaseException:
        for one in started:
            one.remove()
        raise
    # Noted first, so that they are ended even if the charm fails.
    session.applications[name] = Application(session.unit.model.next_relation, dict(enumerate(started)))
    session.unit.relate(name, {number: one.databag for number, one in enumerate(started)})


def unrelate(args: argparse.Namespace) -> None:
    """Remove a relation, and end its Alertmanagers."""
    with opened() as session:
        application = session.applications.get(args.name)
        if application is None:
            raise PlaygroundError(f'relation "karma-k8s:alerting {args.name}:karma-dashboard" not found')
        session.unit.unrelate(application.relation)
        for one in application.units.values():
            one.remove()
        del session.applications[args.name]
        report(session)


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
    add_alerts(binaries.amtool(), one)


def _unit(session: Session, unit: str) -> AlertmanagerUnit:
    name, _, number = unit.rpartition("/")
    application = session.applications.get(name)
    if application is None or not number.isdecimal() or int(number) not in application.units:
        raise PlaygroundError(f'unit "{unit}" not found among the Alertmanagers that were started')
    return application.units[int(number)]
