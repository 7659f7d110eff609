"""What the actions answer; every function makes an action's results or raises ActionError with a sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import Generator, Mapping
from typing import Any

import ops

from decision import Refusal, decide
from inputs import Inputs
from karma import api, sign_on, urls
from karma.config import dump, parse
from karma.redaction import redact
from karma.servers import Alertmanager
from pem import Tls
from problems import Severity, cut
from publication import planned
from settings.options import SETTINGS
from workload import files, look

TIMEOUT = 4.0
"""Seconds that Karma and Pebble may take in all, so that every action answers within five."""

MAX_BYTES = 65_536

_SOMEWHERE = Alertmanager(0, "somewhere/0", "http://localhost:9093", proxy=True)
_SOME_TLS = Tls("", "", "")  # no version of Karma looks into these files when it checks


class ActionError(Exception):
    """The action has no answer; the text is a sentence that says why."""


@contextlib.contextmanager
def in_time() -> Generator[None]:
    """Interrupt an action that takes too long, whatever it waits for.

    Raises:
        TimeoutError: in what is interrupted, and once more in what that still does.
    """

    def ring(*_: object) -> None:
        raise TimeoutError(f"not within {TIMEOUT:g} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def show_config(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """Show what Karma runs with, secrets left out."""
    seen = look.look(container, inputs)
    running = _running(seen)
    return {
        "config": cut(redact(running.text), MAX_BYTES),
        "up-to-date": str(running.is_current).lower(),
        **({} if running.is_current or not seen.reasons else {"reason": cut("\n".join(seen.reasons), MAX_BYTES)}),
    }


def check_config(inputs: Inputs, container: ops.Container, params: Mapping[str, Any]) -> dict[str, str]:
    """Have Karma check an overlay together with all other options."""
    # What is checked is the text, so something stands in the place of whatever relations have not brought yet.
    asked = dataclasses.replace(
        inputs,
        options=dataclasses.replace(inputs.options, karma_config=params["config"]),
        alertmanagers=inputs.alertmanagers or (_SOMEWHERE,),
        address="localhost",
        related=True,
        tls=inputs.tls or (_SOME_TLS if inputs.certificate_from else None),
        unknown=inputs.unknown & {"options"},
    )
    refusal = _refusal_of(asked, container)
    if refusal and refusal.options == (sign_on.ORIGINS,):  # nobody has set them, and hooks leave them out too
        refusal = _refusal_of(asked, container, refusal)
    if refusal:
        raise ActionError(refusal.message)
    return {"valid": "true"}


def _refusal_of(asked: Inputs, container: ops.Container, *refusals: Refusal) -> Refusal | None:
    """Have the charm and Karma judge what is asked for, as if nothing ran: what is refused is told, not replaced."""
    decision = decide(asked, refusals=refusals)
    blocked = [problem.message for problem in decision.problems if problem.severity is Severity.BLOCKED]
    if told := [message for message in blocked if message.partition(":")[0] in SETTINGS]:
        raise ActionError("; ".join(told))
    if not decision.config:
        raise ActionError("Juju does not tell the options just now.")
    return files.check(container, decision.config, timeout=TIMEOUT)


def list_alertmanagers(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """List the Alertmanagers as Karma sees them."""
    running = _running(look.look(container, inputs))
    document = parse(running.text)
    servers = {server["name"]: server["uri"] for server in document["alertmanager"]["servers"]}
    prefix = document["listen"].get("prefix", "/")
    try:
        login = sign_on.as_probe(document.get("authentication", {}))
        found = api.upstreams(prefix, login, running.certificate, TIMEOUT)
    except PermissionError as error:
        why = f"Karma lets in nobody named {sign_on.PROBE_USER}: auth-header-re does not match it."
        raise ActionError(why) from error
    except (OSError, ValueError) as error:
        raise ActionError(f"Karma does not answer yet: {error}") from error
    rows = [
        {
            "name": one.name,
            "cluster": one.cluster,
            "uri": servers.get(one.name, ""),
            "up": not one.error,
            "version": one.version,
            "error": one.error,
        }
        for one in found
    ]
    return {"alertmanagers": cut(dump(rows), MAX_BYTES)}


def get_url(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """Tell where a browser finds the dashboard that runs, or will find it."""
    running = None
    with contextlib.suppress(ops.pebble.Error, OSError):
        running = look.look(container, inputs).running
    url = urls.dashboard(inputs.ingress_url, inputs.address, running.serving if running else planned(inputs))
    if not url:
        raise ActionError("The unit has no IP address yet.")
    return {"url": url}


def _running(seen: look.Look) -> look.Running:
    if not seen.running:
        why = cut("\n".join(seen.reasons), MAX_BYTES)
        raise ActionError(f"Karma does not run: {why}" if why else "Karma does not run; see `juju status`.")
    return seen.running
