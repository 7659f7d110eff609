"""PURE: what stands in the way of a good dashboard, as values that one place turns into statuses."""

from __future__ import annotations

import enum
from collections.abc import Iterable
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


_GRAVITY = tuple(Severity)
_REASON = 48  # bytes of a message that tell enough


class Problem(NamedTuple):
    """One thing that is not as it should be."""

    severity: Severity
    message: str
    """For people, of any length; it starts with the option, relation or unit at fault."""


def blocked(message: str) -> Problem:
    """A problem that somebody has to solve."""
    return Problem(Severity.BLOCKED, message)


def waiting(message: str) -> Problem:
    """A problem that passes by itself."""
    return Problem(Severity.WAITING, message)


def at_once(problems: Iterable[Problem]) -> Problem:
    """Make of several problems what a status says: the first of the gravest with its reason, the others by name.

    A reason that holds a command, and does not fit whole beside the names, gives way to them: half a command helps
    nobody. What goes without its reason is told in full elsewhere.
    """
    told = sorted(problems, key=lambda problem: _GRAVITY.index(problem.severity))
    if not told:
        return Problem(Severity.ACTIVE, "")
    severity, message = told[0][0], one_line(told[0].message, LOG_BYTES)
    first, *others = dict.fromkeys(one.message.partition(": ")[0] for one in told if one.severity is severity)
    also = f"; also: {', '.join(others)}" if others else ""
    room = STATUS_BYTES - len(also.encode())
    if not others:
        return Problem(severity, one_line(message))
    if len(message.encode()) <= room or (
        "`" not in message and room >= max(_REASON, len(first.encode()) + _REASON // 2)
    ):
        return Problem(severity, cut_middle(message, room) + also)
    where = "run show-config for the reasons" if severity is Severity.BLOCKED else "see `juju debug-log`"
    shown, left = [first], others
    while left and len(f"{', '.join((*shown, left[0]))} and 99 more: {where}".encode()) <= STATUS_BYTES:
        shown, left = [*shown, left[0]], left[1:]
    names = ", ".join(shown) + (f" and {len(left)} more" if left else "")
    return Problem(severity, one_line(f"{names}: {where}"))


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
