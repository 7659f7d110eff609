"""What Pebble is told of Karma: the service, the check of its health, and how to see in a plan that it was started."""

from __future__ import annotations

from typing import NamedTuple

from ops import pebble

from karma.config import CA_DIRECTORY, CONFIG_FILE, PORT, KarmaConfig

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
        entry["environment"] = {
            **config.environment,
            "CONFIG_FILE": f"{home}/{CONFIG_FILE}",
            "CONFIG_HASH": config.digest,
        }
        if config.trusts:
            # The directory of the image's own roots has to be named too: the variable replaces the list of places.
            entry["environment"]["SSL_CERT_DIR"] = f"/etc/ssl/certs:{home}/{CA_DIRECTORY}"
    return pebble.Service(SERVICE, entry)


def target_of(config: KarmaConfig) -> pebble.CheckDict:
    """Say what the check of Karma's health asks.

    Pebble trusts the image's roots alone and so can't verify Karma's own certificate: with TLS it just connects.
    """
    if config.is_tls:
        return {"tcp": {"port": PORT, "host": "localhost"}}
    return {"http": {"url": f"http://localhost:{PORT}{config.prefix}health"}}


class Setup(NamedTuple):
    """A service entry and what its check asks."""

    service: pebble.Service
    target: pebble.CheckDict

    @classmethod
    def of(cls, config: KarmaConfig) -> Setup:
        """Make the one that runs Karma with a configuration."""
        return cls(service_of(config), target_of(config))

    @classmethod
    def found_in(cls, plan: pebble.Plan) -> Setup | None:
        """Take the one that a plan holds; None if it holds none that runs Karma."""
        service, check = plan.services.get(SERVICE), plan.checks.get(CHECK)
        if not service or not service.environment or not check:
            return None
        return cls(service, {"tcp": check.tcp} if check.tcp else {"http": check.http or {}})


def layer(setup: Setup | None, *, checked: bool) -> pebble.Layer:
    """Make the layer for a Karma that runs, or for one that is not to; `checked` once it was started.

    The check is off while Karma is being started or stopped, so a plan whose check is on was really started.
    """
    service = setup.service if setup else service_of(None)
    # A check without a level makes no pod unready, and one that runs once a day is never seen to fail.
    check: pebble.CheckDict = {
        "override": "replace",
        "period": "10s" if checked else "24h",
        "timeout": "3s",
        "threshold": 6,  # a minute: HTTP opens only after Karma has tried every Alertmanager up to four times
    }
    check.update(setup.target if setup else {"http": {"url": f"http://localhost:{PORT}/health"}})
    if checked:
        check["level"] = pebble.CheckLevel.READY.value
    return pebble.Layer({"services": {SERVICE: service.to_dict()}, "checks": {CHECK: check}})


def is_started(plan: pebble.Plan, entry: pebble.Service | None = None) -> bool:
    """Whether a plan says that Karma was started; if an entry is given, with just that one."""
    check = plan.checks.get(CHECK)
    started = check is not None and check.level == pebble.CheckLevel.READY
    return started and (entry is None or plan.services.get(SERVICE) == entry)
