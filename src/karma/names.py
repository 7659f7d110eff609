"""PURE: names that operators choose for Alertmanagers, made unique and fit for Karma's paths.

A unit is called by the name that Juju gives it unless it is to be called otherwise, and nobody else ever gets such a
name, whether or not there is that unit yet.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from settings.alertmanagers import Selected, is_of_a_unit

# Karma makes a path segment of the name; some proxies refuse an escaped slash in it, and `..` is no segment at all.
_UNSAFE_IN_A_PATH = re.compile(r"^\.|[^A-Za-z0-9_.-]")


def chosen(
    wishes: Selected, outside: Iterable[Mapping[str, Any]], applications: Collection[str]
) -> tuple[dict[str, str], list[str]]:
    """Name the units that are to be called otherwise, and those outside of Juju.

    Nothing but the options decides it, whichever units are there; but nobody outside of Juju is called like an
    application, which would bring what is meant for that one.

    Args:
        wishes: what is said of Alertmanagers, by selector.
        outside: the Alertmanagers outside of Juju.
        applications: those that are shown.

    Returns:
        The name that a unit has by itself -> its new one, and the names of those outside, in their order.
    """
    renamed: dict[str, str] = {}
    for selector, said in sorted(wishes.items()):
        if (wanted := safe(said.get("name") or selector)) != selector:
            renamed[selector] = _unique(wanted, renamed.values())
    names: list[str] = []
    for one in outside:
        names.append(_unique(safe(one["name"]), {*renamed.values(), *names, *applications}))
    return renamed, names


def safe(wanted: str) -> str:
    """Replace what a path may not hold."""
    return _UNSAFE_IN_A_PATH.sub("-", wanted)


def _unique(wanted: str, taken: Collection[str]) -> str:
    numbered = (f"{wanted}_{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain((wanted,), numbered) if name not in taken and not is_of_a_unit(name))
