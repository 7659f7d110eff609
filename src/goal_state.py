"""Which endpoints have no relation at all: one question to Juju, instead of one for each of them.

It is put before ops is imported, and answered meanwhile. `goal-state` leaves out peer relations, and those in which
this application is offered to another model (juju, apiserver/facades/agent/uniter/uniter.go: goalStateRelations).
"""

from __future__ import annotations

import functools
import json
import logging
import os
import subprocess
from collections.abc import Mapping
from typing import Any

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
    related = _related()
    return related is not None and endpoint not in related and endpoint != os.environ.get("JUJU_RELATION")


@functools.cache
def _related() -> frozenset[str] | None:
    for question in _asked:
        answer, _ = question.communicate()
        try:
            found: Mapping[str, Any] = json.loads(answer)["relations"]
        except (ValueError, KeyError, TypeError) as error:  # a failure it has told on the hook's error output
            logger.warning("goal-state exits with %s, and cannot be read: %r", question.returncode, error)
        else:
            return frozenset(found)
    return None
