"""What Pebble is told of where Karma's log goes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

import ops
from ops import pebble

from problems import Problem, Severity
from relations.log_forwarding import Forwarding
from workload.service import LABEL, SERVICE

logger = logging.getLogger(__name__)

_PREFIX = "loki-"
_OFF = "-all"
_USUAL = 5.0
"""Seconds that ops waits."""
_FLUSH = 11.0
"""Seconds that one target may hold up a change of the plan: Pebble waits ten for a Loki that hangs."""


def forward(container: ops.Container, plan: pebble.Plan, forwarding: Forwarding | None) -> tuple[Problem, ...]:
    """Have Pebble send Karma's log where it is to go, and nowhere else; Karma itself does not know of it.

    Args:
        container: where Karma runs, or would run.
        plan: Pebble's, as far as its log targets go.
        forwarding: where the log is to go; None if that is not known, so that it goes where it went.

    Returns:
        What stands in the way.
    """
    if forwarding and (layer := _layer_of(plan, forwarding)):
        try:
            container.add_layer(LABEL, layer, combine=True)
        except pebble.APIError as error:  # one that is older than log targets
            return (Problem(Severity.ACTIVE, f"logging: Pebble does not forward: {error.message}"),)
        logger.info("karma's log goes to %s", ", ".join(forwarding.urls) or "nobody any more")
    return ()


def _layer_of(plan: pebble.Plan, forwarding: Forwarding) -> pebble.Layer | None:
    """Make what is to be added to a plan so that the log goes just there; None if it does.

    Pebble goes on sending to where a target pointed first, so the name follows from the URL. It forgets no target
    either, so one that is not wanted any more stays, and gets nothing.
    """
    wanted = {_name(url): _target(url, forwarding.labels) for url in forwarding.urls}
    for name, target in plan.log_targets.items():
        if name.startswith(_PREFIX) and name not in wanted:
            wanted[name] = {"override": "replace", "type": "loki", "location": target.location, "services": [_OFF]}
    changes = {
        name: target
        for name, target in wanted.items()
        if name not in plan.log_targets or plan.log_targets[name] != pebble.LogTarget(name, target)
    }
    return pebble.Layer({"log-targets": changes}) if changes else None


def _name(url: str) -> str:
    return f"{_PREFIX}{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _target(url: str, labels: Mapping[str, str]) -> pebble.LogTargetDict:
    return {"override": "replace", "type": "loki", "location": url, "services": [SERVICE], "labels": dict(labels)}


def patience(plan: pebble.Plan) -> float:
    """Tell how long to wait for Pebble's answer, in seconds, so that no Loki that hangs keeps Karma from a change."""
    return _USUAL + _FLUSH * sum(target.services != [_OFF] for target in plan.log_targets.values())
