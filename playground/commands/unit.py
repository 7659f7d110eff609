"""The commands that start, show and end the playground as a whole."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from karma.config import PORT
from playground import PlaygroundError
from playground.commands.relations import start_again
from playground.commands.report import changed, report
from playground.machine import binaries
from playground.machine.container import WorkloadContainer
from playground.machine.ports import insist_on
from playground.session import CHARM_LOG, Session, load, locked, opened

EVENTS = ("config-changed", "leader-elected", "pebble-ready", "start", "update-status", "upgrade-charm")
"""What Juju sends by itself now and then; all else comes of a command."""

_NEXT = """
Try next:
  ./play relate                  start Alertmanagers with sample alerts, and show them
  ./play config ui-theme=dark    set an option; `./play config` lists those that are set
  ./play integrate certificates  serve https; ingress, auth-proxy and the rest go the same way
  ./play action show-config      run an action
  ./play logs                    what Karma and the charm say
  ./play stop                    end it all"""

_POLL = 0.3  # seconds between two looks at a log


def run(args: argparse.Namespace) -> None:
    """Start the workload container and deploy the unit; mend what has ended since."""
    with locked():
        session = load()
        if session and session.container.is_alive():
            raise PlaygroundError("the playground runs already: see `./play status`, or end it with `./play stop`")
        if session and args.karma:
            raise PlaygroundError("what is there runs on another Karma: `./play stop` first, to choose one")
        if session:
            _mend(session)
        else:
            session = _begin(args.karma)
        try:
            session.settle()
            report(session)
        finally:
            session.save()
    print(_NEXT)


def _begin(wanted: Path | None) -> Session:
    insist_on(PORT)
    karma = binaries.karma_at(wanted) if wanted else binaries.karma()
    if karma.is_stand_in:
        print("No Karma is at hand, so a stand-in takes its place: give one with --karma, or set KARMA_BIN.")
    else:
        print(f"Karma is {karma.path} ({karma.version}).")
    session = Session(WorkloadContainer(binaries.pebble(), {"/karma": karma.path}), karma)
    try:
        session.container.start()
        session.save()
        session.unit.deploy()
    except BaseException:
        session.remove()
        raise
    print("Deployed karma-k8s: install, leader-elected, config-changed, start, pebble-ready.\n")
    return session


def _mend(session: Session) -> None:
    insist_on(PORT)
    print("The workload container had ended; it starts again with an empty file system, as on Kubernetes.")
    session.container.start()
    for application in session.applications.values():
        for one in application.units.values():
            if not one.is_alive():
                start_again(one)
                print(f"{one.name} had ended too, and starts again.")
    session.unit.pebble_ready()
    print()


def status(_: argparse.Namespace) -> None:
    """Show what `juju status` would."""
    with opened() as session:
        report(session, patience=0)


def fire(args: argparse.Namespace) -> None:
    """Send an event that Juju sends by itself."""
    with changed() as session:
        if args.event == "pebble-ready":
            session.unit.pebble_ready()
        else:
            session.unit.fire(getattr(session.unit.on, args.event.replace("-", "_"))())


def stop(_: argparse.Namespace) -> None:
    """End everything that was started, and remove its files."""
    with locked():
        session = load()
        if session is None:
            print("Nothing runs here.")
            return
        session.remove()
        print("Everything has ended, and its files are removed.")


def logs(args: argparse.Namespace) -> None:
    """Show the charm's log and Karma's own; with --follow what is added, until Ctrl-C or the end of the container."""
    with opened() as session:
        root = session.container.root
    environment = {**os.environ, "PEBBLE_SOCKET": str(root / "charm/container/pebble.socket")}
    command = [str(root / "charm/bin/pebble"), "logs", "-n", str(args.lines), *(["-f"] if args.follow else [])]
    shown = CHARM_LOG.read_text(encoding="utf-8").splitlines()
    print("\n".join(["The charm:", *shown[-args.lines :], "", "Karma:"]), flush=True)
    with subprocess.Popen(command, env=environment) as pebble:
        try:
            while args.follow and pebble.poll() is None:
                shown += _added(len(shown))
                time.sleep(_POLL)
        except KeyboardInterrupt:
            print()
        finally:
            if args.follow:
                pebble.terminate()


def _added(seen: int) -> list[str]:
    try:
        added = CHARM_LOG.read_text(encoding="utf-8").splitlines()[seen:]
    except FileNotFoundError:  # somebody has stopped the playground
        return []
    if added:
        print("\n".join(added), file=sys.stdout, flush=True)
    return added
