"""What the actions answer; every function makes an action's results or raises ActionError with a sentence."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from typing import Any

import ops
import yaml

from decision import decide
from inputs import Inputs
from karma import api, sign_on, urls
from karma.config import dump
from karma.redaction import redact
from karma.servers import Alertmanager
from problems import Severity, cut
from publication import planned
from workload import files, look

TIMEOUT = 4.0
"""Seconds that Karma or Pebble may take, so that every action answers within five."""

MAX_BYTES = 65_536

_SOMEWHERE = Alertmanager(0, "somewhere/0", "http://localhost:9093", proxy=True)


class ActionError(Exception):
    """The action has no answer; the text is a sentence that says why."""


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
    options = dataclasses.replace(inputs.options, karma_config=params["config"])
    # What is checked is the text: with nothing related yet there has to be some Alertmanager all the same.
    alertmanagers = inputs.alertmanagers or (_SOMEWHERE,)
    asked = dataclasses.replace(inputs, options=options, alertmanagers=alertmanagers, address="localhost", related=True)
    if not asked.tls:
        asked = dataclasses.replace(asked, certificate_from="")
    # As if nothing ran: what is refused is not to be replaced, but told.
    decision = decide(asked)
    told = [problem.message for problem in decision.problems if problem.severity is Severity.BLOCKED]
    if told or not decision.config:
        raise ActionError("; ".join(told))
    if why := files.check(container, decision.config, timeout=TIMEOUT):
        raise ActionError(why)
    return {"valid": "true"}


def list_alertmanagers(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """List the Alertmanagers as Karma sees them."""
    running = _running(look.look(container, inputs))
    document = yaml.safe_load(running.text)
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
