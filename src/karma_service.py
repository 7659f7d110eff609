"""What Pebble is told of Karma: the service, the check of its health, and how to see in a plan that it was started."""

from __future__ import annotations

from ops import pebble

from karma_config import CONFIG_FILE, PORT, KarmaConfig

SERVICE = "karma"
CHECK = "karma"
HOME = "/tmp/karma"  # noqa: S108 -- in the container, one of the few places that Karma's user may write to

# Kubernetes makes environment variables of the name of every service in the namespace, and Karma takes
# ALERTMANAGER_PROXY_PORT for its setting alertmanager.proxy. Flags beat the environment, and the file beats flags.
FLAGS = ("--alertmanager.proxy=false", "--alertmanager.uri=", "--alertmanager.readonly=false", "--debug=false")


def directory_of(config: KarmaConfig) -> str:
    """Name the directory of a configuration: each has one of its own, so that none is ever half written over."""
    return f"{HOME}/{config.digest}"


def service_of(config: KarmaConfig | None) -> pebble.Service:
    """Make the service entry that runs Karma with a configuration; None for the entry of a Karma that is not to run."""
    entry: pebble.ServiceDict = {
        "override": "replace",
        "summary": "Karma, the dashboard for Alertmanagers",
        "command": " ".join(("/karma", *FLAGS)),
        "startup": "disabled",
    }
    if config:
        home = directory_of(config)
        entry["startup"] = "enabled"
        entry["working-dir"] = home
        entry["environment"] = {"CONFIG_FILE": f"{home}/{CONFIG_FILE}", "CONFIG_HASH": config.digest}
    return pebble.Service(SERVICE, entry)


def layer(entry: pebble.Service, *, checked: bool) -> pebble.Layer:
    """Make the layer for a service entry; `checked` once Karma was started with it.

    The check is off while Karma is being started or stopped, so a plan whose check is on was really started.
    """
    # A check without a level makes no pod unready, and one that runs once a day is never seen to fail.
    check: pebble.CheckDict = {
        "override": "replace",
        "period": "10s" if checked else "24h",
        "timeout": "3s",
        "threshold": 6,  # a minute: HTTP opens only after Karma has tried every Alertmanager up to four times
        "http": {"url": f"http://localhost:{PORT}/health"},
    }
    if checked:
        check["level"] = pebble.CheckLevel.READY.value
    return pebble.Layer({"services": {SERVICE: entry.to_dict()}, "checks": {CHECK: check}})


def is_started(plan: pebble.Plan, entry: pebble.Service | None = None) -> bool:
    """Whether a plan says that Karma was started; if an entry is given, with just that one."""
    check = plan.checks.get(CHECK)
    started = check is not None and check.level == pebble.CheckLevel.READY
    return started and (entry is None or plan.services.get(SERVICE) == entry)
