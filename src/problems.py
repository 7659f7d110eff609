"""PURE: what stands in the way of a good dashboard, as values that one place turns into statuses."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

STATUS_BYTES = 120
"""What `juju status` shows of a message; from 131,072 bytes on Juju refuses the status altogether."""

LOG_BYTES = 8192
"""As much of a message as is logged."""


class Severity(enum.Enum):
    """How much a problem matters, named for the unit status it leads to."""

    BLOCKED = "blocked"  # somebody has to act
    WAITING = "waiting"  # it will pass
    ACTIVE = "active"  # the dashboard works, with something to know


class Problem(NamedTuple):
    """One thing that is not as it should be."""

    severity: Severity
    message: str
    """For people, of any length; it starts with the option, relation or unit at fault."""
    is_logged: bool = False
    """Whether the log has it from where it was met, with all that is known of it."""


def blocked(message: str, *, is_logged: bool = False) -> Problem:
    """A problem that somebody has to solve."""
    return Problem(Severity.BLOCKED, message, is_logged)


def waiting(message: str, *, is_logged: bool = False) -> Problem:
    """A problem that passes by itself."""
    return Problem(Severity.WAITING, message, is_logged)


def gravest(problems: Sequence[Problem]) -> Problem:
    """Choose the problem that is shown: the first of the gravest.

    Raises:
        ValueError: if there is none.
    """
    order = list(Severity)
    return min(problems, key=lambda problem: order.index(problem.severity))


def one_line(text: str, limit: int = STATUS_BYTES) -> str:
    """Fold white space and control characters, and cut to what a status shows.

    Args:
        text: any text.
        limit: the most UTF-8 bytes to return; a cut text ends in an ellipsis.
    """
    return cut(" ".join("".join(c if c.isprintable() else " " for c in text).split()), limit)


def cut_middle(text: str, limit: int) -> str:
    """Cut the middle out of a text, since its start names what is at fault and its end tells why.

    Args:
        text: any text.
        limit: the most UTF-8 bytes to return.
    """
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return encoded.decode()
    head = cut(text, max(len(text.partition(":")[0].encode()) + len(": …".encode()), limit // 3))
    rest = limit - len(head.encode())
    return cut(text, limit) if rest < limit // 3 else head + encoded[-rest:].decode("utf-8", "ignore").lstrip()


def cut(text: str, limit: int) -> str:
    """Cut to so many UTF-8 bytes; a cut text ends in an ellipsis."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - len("…".encode())].decode("utf-8", "ignore").rstrip() + "…"
