"""PURE: which values of a Karma key make sense, for those that Karma takes although it cannot work with them.

Each judges a value as it stands in Karma's configuration and raises ValueError with the reason, as the rest of a
sentence that starts with the option or the key. What is of another type is Karma's to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

Judge = Callable[[Any], None]

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# Patterns are compiled where they are used: few hooks use any.
_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_GROUP = r"\((?!\?)|\(\?P?<[A-Za-z_]"
_NO_GROUP = r"(?s)\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]?"
_TWO_FILTERS = r"[=<>~]\S*(?:\s|;)\s*@?\w+\s?(?:[=<>]|![=~])"
_ORIGIN = r"\*|(?!https:.*:443$|http:.*:80$)[a-z][a-z0-9+.-]*://[a-z0-9._:*\[\]-]+"
_SHOWN = 40  # characters of a value that a message repeats


def between(least: int, most: int) -> Judge:
    """Judge whole numbers."""

    def judge(value: Any) -> None:
        # Go's YAML reads `1e9` as a whole number, where one is wanted.
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            _refuse(value < least, value > most, least, most, value)

    return judge


def lasts(least: str, most: str) -> Judge:
    """Judge durations as Go writes them; whether a text is one at all is Karma's to say."""

    def judge(value: Any) -> None:
        found = seconds(value) if isinstance(value, str) else None
        if found is not None:
            _refuse(found < (seconds(least) or 0.0), found > (seconds(most) or 0.0), least, most, value)

    return judge


def seconds(text: str) -> float | None:
    """Tell how long a duration of Go is, e.g. 90.0 for `1m30s`; None for what is none."""
    sign, unsigned = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if unsigned and not unsigned.strip("0"):
        return 0.0
    parts = re.findall(_PART, unsigned)
    if not parts or "".join(number + unit for number, unit in parts) != unsigned:
        return None
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


def captures(value: Any) -> None:
    """Judge regular expressions of which Karma takes the first part in parentheses."""
    if isinstance(value, str) and not re.search(_GROUP, re.sub(_NO_GROUP, "", value)):
        raise ValueError("needs parentheses around what it is to find, as in (.+)")


def trimmed(value: Any) -> None:
    """Judge texts: neither white space around one nor a second line is ever meant."""
    for text in _texts(value):
        if text != text.strip():
            raise ValueError("has white space around it")
        if not text.isprintable():
            raise ValueError("must be one line, without control characters")


def named(value: Any) -> None:
    """Judge names of labels and annotations: what no name holds stands between two of them, or is of another syntax."""
    trimmed(value)
    for text in _texts(value):
        if odd := re.search(r"[^\w.:/@-]", text):
            what = "white space" if odd[0].isspace() else odd[0]
            raise ValueError(f"has a name with {what} in it; put a comma between names")


def filters(value: Any) -> None:
    """Judge filters: of two in one item, Karma takes the second for a part of the first one's value."""
    trimmed(value)
    if any(re.search(_TWO_FILTERS, text) for text in _texts(value)):
        raise ValueError("has two filters in one item; put a comma between filters")


def origins(value: Any) -> None:
    """Judge origins: one that is not as browsers write it never matches."""
    for number, text in enumerate(_texts(value), start=1):
        if not re.fullmatch(_ORIGIN, text, re.IGNORECASE):
            raise ValueError(f"item {number} is no origin such as https://example.com, without path and default port")


def _texts(value: Any) -> list[str]:
    entries = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, str)]


def anything(_: Any) -> None:
    """Leave it all to Karma."""


def _refuse(is_less: bool, is_more: bool, least: Any, most: Any, value: Any) -> None:
    if is_less:
        raise ValueError(f"must be at least {least}, is {_shown(value)}")
    if is_more:
        raise ValueError(f"must be at most {most}, is {_shown(value)}")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
