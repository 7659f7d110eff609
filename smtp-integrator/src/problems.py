"""Problems are values: collected along the way, turned into one line of status in one place."""

import dataclasses
import enum
from collections.abc import Sequence

# `juju status` shows no more of a message.
MAX_STATUS_BYTES = 120


class Severity(enum.Enum):
    """What a problem means for consumers."""

    BLOCKED = "blocked"  # nothing new is published
    WARNING = "warning"  # published, but insecure
    HINT = "hint"  # published, but hardly meant


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something about one option that the operator should know.

    Attributes:
        severity: what it means for consumers.
        option: the name of the option at fault.
        message: what is wrong and what mends it, without the option's name, and without its value: that may
            be a secret, or hold one by mistake.
    """

    severity: Severity
    option: str
    message: str

    def __str__(self) -> str:
        return f"{self.option}: {self.message}"


def blocking(problems: Sequence[Problem]) -> list[Problem]:
    """Pick the problems that keep a configuration from being published."""
    return [problem for problem in problems if problem.severity is Severity.BLOCKED]


def blocked_message(problems: Sequence[Problem], *, published: bool) -> str:
    """Name every option at fault in one line.

    Args:
        problems: the blocking problems, at least one.
        published: whether consumers go on with what was published before.

    Returns:
        The fullest of several wordings that fits into a status.
    """
    names = list(dict.fromkeys(problem.option for problem in problems))
    kept, briefly_kept = ("; published data stays", "; old data stays") if published else ("", "")
    in_full = "; ".join(map(str, problems))
    candidates = [
        in_full + kept,
        in_full + briefly_kept,
        f"{', '.join(names)}: invalid (why: juju debug-log){kept}",
        f"{', '.join(names)}: invalid{kept}",
        f"{','.join(names)}: invalid{briefly_kept}",
    ]
    return next((text for text in candidates if len(text.encode()) <= MAX_STATUS_BYTES), candidates[-1])


def warning_message(problems: Sequence[Problem]) -> str:
    """Say in one line what is insecure and what is hardly meant, or nothing where nothing is."""
    warnings = [problem for problem in problems if problem.severity is Severity.WARNING]
    hints = [problem for problem in problems if problem.severity is Severity.HINT]
    in_full = "; ".join(map(str, [*warnings, *hints]))
    if len(in_full.encode()) <= MAX_STATUS_BYTES:
        return in_full
    return "; ".join([f"{', '.join(warning.option for warning in warnings)}: insecure", *map(str, hints)])
