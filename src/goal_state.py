"""Which endpoints have no relation at all, and how many units there are to be: asked before ops is imported.

Juju answers meanwhile. `goal-state` tells of all endpoints at once, but leaves out peer relations, and those in which
this application is offered to another model (juju, apiserver/facades/agent/uniter/uniter.go: goalStateRelations). So
the endpoints of `provides` that every hook looks at are asked for beside it.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import subprocess
from typing import Any, NamedTuple

logger = logging.getLogger(__name__)

OFFERED = ("metrics-endpoint", "grafana-dashboard")

_asked: dict[str, subprocess.Popen[bytes]] = {}


def ask() -> None:
    """Put the questions, in a process that serves one hook; nothing is lost where Juju cannot be asked."""
    try:
        for question in ("goal-state", *map(_ids_of, OFFERED)):
            command = [*question.split(), "--format=json"]
            _asked[question] = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 -- Juju's own tools
    except OSError as error:
        logger.warning("%s", error)


def has_none(endpoint: str) -> bool:
    """Tell whether Juju says that an endpoint has no relation; False where that is not known.

    Args:
        endpoint: of `requires`, or one of `OFFERED`.
    """
    if endpoint in OFFERED:
        return _answer_to(_ids_of(endpoint)) == []
    answer = _goal_state()
    return answer is not None and endpoint not in answer.related and endpoint != os.environ.get("JUJU_RELATION")


def planned_units() -> int | None:
    """Count the units that this application is to have, without those that leave; None where Juju does not say."""
    answer = _goal_state()
    return answer.units if answer else None


def _ids_of(endpoint: str) -> str:
    return f"relation-ids {endpoint}"


class _GoalState(NamedTuple):
    related: frozenset[str]
    units: int


@functools.cache
def _goal_state() -> _GoalState | None:
    if (said := _answer_to("goal-state")) is None:
        return None
    try:
        units = sum(unit["status"] != "dying" for unit in said["units"].values())
        return _GoalState(frozenset(said["relations"]), units)
    except (LookupError, TypeError, AttributeError) as error:
        logger.warning("goal-state cannot be read: %r", error)
        return None


@functools.cache
def _answer_to(question: str) -> Any:
    """Read what Juju says; None where it says nothing."""
    if question not in _asked:
        return None
    text, _ = _asked[question].communicate()
    try:
        return json.loads(text)
    except ValueError as error:  # its own words are on the hook's output
        logger.warning("%s exits with %s, and cannot be read: %r", question, _asked[question].returncode, error)
        return None
