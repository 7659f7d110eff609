"""What Pebble is told of Karma: the service, the checks of its health, and a note of what was really started."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ops import pebble

from karma.config import CA_DIRECTORY, CONFIG_FILE, PORT, KarmaConfig
from karma.urls import Serving

LABEL = "karma"
"""Of the layer that holds all of it."""
SERVICE = "karma"
NOTE = "karma-started"
CHECK = "karma"
LISTENS = "karma-listens"
LOUD = "1s"
"""How often it is asked whether Karma listens, until it has been seen to serve https."""
HOME = "/tmp/karma"  # noqa: S108 -- in the container, one of the few places that Karma's user may write to

# Kubernetes makes environment variables of the name of every service in the namespace, and Karma takes
# ALERTMANAGER_PROXY_PORT for its setting alertmanager.proxy. Flags beat the environment, and the file beats flags.
FLAGS = ("--alertmanager.proxy=false", "--alertmanager.uri=", "--alertmanager.readonly=false", "--debug=false")


def service_of(config: KarmaConfig | None) -> pebble.Service:
    """Make the service entry that runs Karma with a configuration; None for the entry of a Karma that is not to run."""
    entry: pebble.ServiceDict = {
        "override": "replace",
        "summary": "Karma, the dashboard for Alertmanagers",
        "command": " ".join(("/karma", *FLAGS)),
        "startup": "disabled",
    }
    if config:
        home = f"{HOME}/{config.digest}"  # of its own, so that no configuration is ever half written over
        entry["description"] = f"{'https' if config.is_tls else 'http'}://localhost:{PORT}{config.prefix}"
        entry["startup"] = "enabled"
        entry["working-dir"] = home
        entry["environment"] = {
            **config.environment,
            "CONFIG_FILE": f"{home}/{CONFIG_FILE}",
            "CONFIG_HASH": config.digest,
        }
        if config.trusts:
            # The directory of the image's own roots has to be named too: the variable replaces the list of places.
            entry["environment"]["SSL_CERT_DIR"] = f"/etc/ssl/certs:{home}/{CA_DIRECTORY}"
    return pebble.Service(SERVICE, entry)


def layer_of(service: pebble.Service, *, is_done: bool, is_quiet: bool = False) -> pebble.Layer:
    """Make the layer for a service entry.

    A plan changes before Karma does, so once that is done it is noted in the plan: by a copy that Pebble never starts.

    Both checks feed readiness, from the first hook on and whether or not Karma is to run. One asks whether anybody
    listens, and tells at once; a change of what it asks would have Pebble begin to count anew. The other asks for an
    answer, where Pebble can: it trusts the image's roots alone and so can't verify Karma's own certificate.

    Args:
        service: the entry.
        is_done: whether that has been done.
        is_quiet: whether to ask seldom, since to a Karma over https each of these connections is an error to log.
    """
    scheme, prefix = serving(service) or Serving("http", "/")
    ready: pebble.CheckDict = {"override": "replace", "level": pebble.CheckLevel.READY.value}
    here: Any = {"port": PORT, "host": "localhost"}
    listens: pebble.CheckDict = {**ready, "period": "1m" if is_quiet else LOUD, "threshold": 1, "tcp": here}
    answers: pebble.CheckDict = {**ready, "period": "1m" if is_quiet else "10s", "timeout": "3s", "threshold": 3}
    if scheme == "https":
        answers["tcp"] = here
    else:
        answers["http"] = {"url": f"http://localhost:{PORT}{prefix}health"}
    services: dict[str, pebble.ServiceDict] = {SERVICE: service.to_dict()}
    if is_done:
        services[NOTE] = {**service.to_dict(), "startup": "disabled"}
    return pebble.Layer({"services": services, "checks": {CHECK: answers, LISTENS: listens}})


def started(plan: pebble.Plan) -> pebble.Service | None:
    """Find the service entry that was started last, and was not stopped since; None if there is none."""
    note = plan.services.get(NOTE)
    return pebble.Service(SERVICE, {**note.to_dict(), "startup": "enabled"}) if note and note.environment else None


def serving(service: pebble.Service | None) -> Serving | None:
    """Tell how a Karma is reached; None if it is not to run."""
    if not service or not service.description:
        return None
    url = urlsplit(service.description)
    return Serving(url.scheme, url.path)


def is_started(plan: pebble.Plan, config: KarmaConfig | None) -> bool:
    """Whether a plan says that just this was done: Karma started with a configuration, or stopped."""
    entry = service_of(config)
    return plan.services.get(SERVICE) == entry and started(plan) == (entry if config else None)
