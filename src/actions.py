"""What the actions answer; every function makes an action's results or raises ActionError with a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

import ops
import yaml

import karma_api
import karma_files
import workload
from alertmanagers import Alertmanager
from decision import Keep, Run, decide
from inputs import Inputs
from karma_config import PORT, dump
from problems import Severity, cut
from redaction import redact

TIMEOUT = 4.0
"""Seconds that Karma or Pebble may take, so that every action answers within five."""

MAX_BYTES = 65_536

_SOMEWHERE = Alertmanager(0, "somewhere/0", "somewhere/0", "http://localhost:9093", "", proxy=True)


class ActionError(Exception):
    """The action has no answer; the text is a sentence that says why."""


def show_config(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """Show what Karma runs with, secrets left out."""
    wanted, problems = decide(inputs)
    running = workload.running(container, wanted)
    if not running:
        raise ActionError(_does_not_run(inputs))
    reasons = [running.refused] if running.refused else [problem.message for problem in problems]
    return {
        "config": cut(redact(running.text), MAX_BYTES),
        "up-to-date": str(running.is_current).lower(),
        **({} if running.is_current or not reasons else {"reason": cut("\n".join(reasons), MAX_BYTES)}),
    }


def check_config(inputs: Inputs, container: ops.Container, params: Mapping[str, Any]) -> dict[str, str]:
    """Have Karma check an overlay together with all other options."""
    options = dataclasses.replace(inputs.options, karma_config=params["config"])
    # What is checked is the text: with nothing related yet there has to be some Alertmanager all the same.
    alertmanagers = inputs.alertmanagers or (_SOMEWHERE,)
    asked = dataclasses.replace(inputs, options=options, alertmanagers=alertmanagers, address="localhost", related=True)
    wanted, problems = decide(asked)
    if isinstance(wanted, Keep):
        why = "; ".join(problem.message for problem in problems if problem.severity is Severity.BLOCKED)
        raise ActionError(why)
    if why := karma_files.check(container, cast("Run", wanted).config, timeout=TIMEOUT):
        raise ActionError(why)
    return {"valid": "true"}


def list_alertmanagers(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """List the Alertmanagers as Karma sees them."""
    wanted, _problems = decide(inputs)
    running = workload.running(container, wanted)
    if not running:
        raise ActionError(_does_not_run(inputs))
    servers = {server["name"]: server["uri"] for server in yaml.safe_load(running.text)["alertmanager"]["servers"]}
    try:
        found = karma_api.upstreams(TIMEOUT)
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


def get_url(inputs: Inputs, _: ops.Container, __: Mapping[str, Any]) -> dict[str, str]:
    """Tell where a browser finds the dashboard."""
    if not inputs.address:
        raise ActionError("The unit has no IP address yet.")
    host = f"[{inputs.address}]" if ":" in inputs.address else inputs.address
    return {"url": f"http://{host}:{PORT}/"}


def _does_not_run(inputs: Inputs) -> str:
    _, problems = decide(inputs)
    why = next((problem.message for problem in problems if problem.severity is not Severity.ACTIVE), "")
    return f"Karma does not run: {why}" if why else "Karma does not run; see `juju status`."
