"""Which endpoints have no relation at all, and how many units there are to be: one question to Juju for all of it.

It is put before ops is imported, and answered meanwhile. `goal-state` leaves out peer relations, and those in which
this application is offered to another model (juju, apiserver/facades/agent/uniter/uniter.go: goalStateRelations).
"""

from __future__ import annotations

import functools
import json
import logging
import os
import subprocess
from typing import Any, NamedTuple

logger = logging.getLogger(__name__)

_asked: list[subprocess.Popen[bytes]] = []


def ask() -> None:
    """Put the question, in a process that serves one hook; nothing is lost where Juju cannot be asked."""
    try:
        _asked.append(subprocess.Popen(["goal-state", "--format=json"], stdout=subprocess.PIPE))  # noqa: S607 -- Juju's
    except OSError as error:
        logger.warning("goal-state: %s", error)


def has_none(endpoint: str) -> bool:
    """Tell whether Juju says that an endpoint of `requires` has no relation; False where that is not known."""
    answer = _answer()
    return answer is not None and endpoint not in answer.related and endpoint != os.environ.get("JUJU_RELATION")


def planned_units() -> int | None:
    """Count the units that this application is to have, without those that leave; None where Juju does not say."""
    answer = _answer()
    return answer.units if answer else None


class _Answer(NamedTuple):
    related: frozenset[str]
    units: int


@functools.cache
def _answer() -> _Answer | None:
    for question in _asked:
        text, _ = question.communicate()
        try:
            found: dict[str, dict[str, Any]] = json.loads(text)
            units = sum(unit["status"] != "dying" for unit in found["units"].values())
            return _Answer(frozenset(found["relations"]), units)
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # its own words are on the hook's output
            logger.warning("goal-state exits with %s, and cannot be read: %r", question.returncode, error)
    return None
