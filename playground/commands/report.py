"""What a command shows of the playground when it is done."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator

import yaml

from playground.around.browser import Browser
from playground.juju.status import align, table
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from playground.session import Session, opened

_PATIENCE = 10.0
"""Seconds for which a page is waited for: Karma serves only after it has tried every Alertmanager."""


@contextlib.contextmanager
def changed() -> Generator[Session]:
    """Take up the playground for a command that changes something, let all around it answer, and report.

    Raises:
        PlaygroundError: if none runs.
    """
    with opened() as session:
        yield session
        session.settle()
        report(session)


def report(session: Session, *, patience: float = _PATIENCE) -> None:
    """Print the table of `juju status`, the Alertmanagers that were started, and where the page is."""
    print(table(session.unit, colour=sys.stdout.isatty()))
    rows = [("Unit", "Address", "Process")]
    for name, application in sorted(session.applications.items()):
        for number, databag in sorted(session.unit.heard_of_units(application.relation).items()):
            one = application.units.get(number)
            process = "by hand" if one is None else "running" if one.is_alive() else "ended"
            rows.append((f"{name}/{number}", databag.get("uri", "-"), process))
    others = [("Application", "Does")]
    others += [(one.name, "publishes what it is told to" if one.by_hand else one.does) for one in session.around.others]
    for drawn in (rows, others):
        if len(drawn) > 1:
            print("\n".join(["", *align(drawn)]))
    print(f"\n{_page(session, patience)}", flush=True)


def served(container: WorkloadContainer) -> str:
    """Tell at which URL Karma serves, by the configuration that Pebble runs it with."""
    file = container.client.get_plan().services["karma"].environment["CONFIG_FILE"]
    listen = yaml.safe_load((container.root / file.lstrip("/")).read_text(encoding="utf-8"))["listen"]
    path = listen.get("prefix", "/").rstrip("/")
    return f"{'https' if 'tls' in listen else 'http'}://127.0.0.1:{listen['port']}{path}/"


def _page(session: Session, patience: float) -> str:
    starts = session.container.starts
    so_far = f" (started {starts} time{'s' * (starts != 1)} so far)" if starts else ""
    if not any(service.is_running() for service in session.container.client.get_services()):
        return f"Karma does not run{so_far}."
    page = Browser(served(session.container))
    what = "The stand-in for Karma" if session.karma.is_stand_in else f"Karma {session.karma.version}"
    if eventually(page.is_up, wanted=True, seconds=patience):
        return f"{what} serves {page.url}{so_far}"
    return f"{what} runs{so_far}, and does not serve {page.url} yet: it tries every Alertmanager first."
