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

REASON_BYTES = 32
"""As much of a reason as tells something."""


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


def at_once(problems: Iterable[Problem]) -> Problem:
    """Make of several problems what a status says: the first of the gravest with its reason, the others by name.

    A reason that holds a command and does not fit beside the names, and one too little of which would be left, give way
    to them. What goes without its reason is told in full elsewhere.
    """
    told = sorted(problems, key=lambda problem: _GRAVITY.index(problem.severity))
    if not told:
        return Problem(Severity.ACTIVE, "")
    severity, message = told[0][0], one_line(told[0].message, LOG_BYTES)
    own = _names(message)
    names = [*dict.fromkeys(name for one in told if one.severity is severity for name in _names(one.message))]
    others = [name for name in names if name not in own]
    if len(names) == 1:
        return Problem(severity, one_line(message))
    also = f"; also: {', '.join(others)}" if others else ""
    room = STATUS_BYTES - len(also.encode())
    if len(message.encode()) <= room or ("`" not in message and room >= len(", ".join(own).encode()) + REASON_BYTES):
        return Problem(severity, cut_middle(message, room) + also)
    where = "run show-config for the reasons" if severity is Severity.BLOCKED else "see `juju debug-log`"
    texts = (
        f"{', '.join(names[:count])}{f' and {len(names) - count} more' if count < len(names) else ''}: {where}"
        for count in range(len(names), 0, -1)
    )
    fitting = next((text for text in texts if len(text.encode()) <= STATUS_BYTES), names[0])
    return Problem(severity, one_line(fitting))


def _names(message: str) -> list[str]:
    """Read the options that a message starts with; one without a colon is all that there is."""
    names, colon, _ = one_line(message, LOG_BYTES).partition(": ")
    return names.split(", ") if colon else [names]


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
