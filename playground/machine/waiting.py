"""Waiting, never longer than is said, for what comes about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], wanted: T, seconds: float = 30.0) -> T:
    """Look until the wanted thing is seen or the time is over, and return what was seen last.

    Raises:
        OSError, KeyError, ValueError: of the last look, where that ended so.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except (OSError, KeyError, ValueError):
            if time.monotonic() > deadline:
                raise
        else:
            if seen == wanted or time.monotonic() > deadline:
                return seen
        time.sleep(0.05)
