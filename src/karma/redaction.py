"""PURE: Karma's configuration without its secrets."""

from __future__ import annotations

import re
from typing import Any, cast

from karma.config import dump, parse

HIDDEN = "***"

_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")


def redact(text: str) -> str:
    """Hide passwords, the content of headers, and users and passwords in URLs.

    Args:
        text: a configuration file of Karma.
    """
    return dump(_redacted(parse(text)))


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _entry(key, entry) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_redacted(entry) for entry in cast("list[Any]", value)]
    return _USERINFO.sub(f"{HIDDEN}@", value) if isinstance(value, str) else value


def _entry(key: str, value: Any) -> Any:
    if key == "password":
        return HIDDEN
    if key == "headers" and isinstance(value, dict):
        return dict.fromkeys(cast("dict[str, Any]", value), HIDDEN)
    return _redacted(value)
