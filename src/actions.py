"""What the actions answer; every function makes an action's results or raises ActionError with a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

import ops
import yaml

from decision import Keep, Run, decide
from inputs import Inputs
from karma import api, sign_on, urls
from karma.config import dump
from karma.redaction import redact
from karma.servers import Alertmanager
from problems import Severity, cut
from workload import apply, files

TIMEOUT = 4.0
"""Seconds that Karma or Pebble may take, so that every action answers within five."""

MAX_BYTES = 65_536

_SOMEWHERE = Alertmanager(0, "somewhere/0", "http://localhost:9093", proxy=True)


class ActionError(Exception):
    """The action has no answer; the text is a sentence that says why."""


def show_config(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """Show what Karma runs with, secrets left out."""
    wanted, problems = decide(inputs)
    running = apply.running(container, wanted)
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
    if not asked.tls:
        asked = dataclasses.replace(asked, certificate_from="")
    wanted, problems = decide(asked)
    if isinstance(wanted, Keep):
        why = "; ".join(problem.message for problem in problems if problem.severity is Severity.BLOCKED)
        raise ActionError(why)
    if why := files.check(container, cast("Run", wanted).config, timeout=TIMEOUT):
        raise ActionError(why)
    return {"valid": "true"}


def list_alertmanagers(inputs: Inputs, container: ops.Container, _: Mapping[str, Any]) -> dict[str, str]:
    """List the Alertmanagers as Karma sees them."""
    wanted, _problems = decide(inputs)
    running = apply.running(container, wanted)
    if not running:
        raise ActionError(_does_not_run(inputs))
    document = yaml.safe_load(running.text)
    servers = {server["name"]: server["uri"] for server in document["alertmanager"]["servers"]}
    prefix = document["listen"].get("prefix", "/")
    try:
        login = sign_on.as_probe(document.get("authentication", {}))
        found = api.upstreams(prefix, login, running.certificate, TIMEOUT)
    except PermissionError as error:
        raise ActionError(str(error)) from error
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
    """Tell where a browser finds the dashboard."""
    if not inputs.address:
        raise ActionError("The unit has no IP address yet.")
    is_tls = inputs.tls is not None
    if inputs.certificate_from and not is_tls:  # what runs goes on being served until there is a certificate
        running = apply.running(container, Keep())
        is_tls = bool(running and running.certificate)
    return {"url": urls.dashboard(inputs.ingress_url, inputs.address, is_tls=is_tls)}


def _does_not_run(inputs: Inputs) -> str:
    _, problems = decide(inputs)
    why = next((problem.message for problem in problems if problem.severity is not Severity.ACTIVE), "")
    return f"Karma does not run: {why}" if why else "Karma does not run; see `juju status`."
