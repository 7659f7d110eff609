"""PURE: from the value of an option to that of a Karma key; each raises ValueError with the reason.

The reason is the rest of a sentence that starts with the option's name.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any, Literal, cast

from yaml_text import mapping

Access = Literal["published", "proxy", "readonly", "direct"]
ACCESS: tuple[Access, ...] = ("published", "proxy", "readonly", "direct")

URI_FIELDS = ("name", "cluster", "host", "port")

# What the charm derives from Juju, and what holds secrets or files: Karma's key -> what to use instead.
OWNED = {
    "alertmanager.servers": "integrate Alertmanagers with `alerting`",
    "authentication": "passwords do not belong into an option",
    "authorization.acl": "it names a file that is not there",
    "custom": "use custom-css and custom-js",
    "listen": "use the options that start with listen-",
}


class Files(dict[str, str]):
    """Name -> text of files that an option becomes; keys are among them."""

    def __repr__(self) -> str:
        """Name the files, and show none."""
        return f"Files({', '.join(self)})"


_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2


def at_least(minimum: int) -> Callable[[int], int]:
    """Make a parser for whole numbers from `minimum` on."""

    def parse(value: int) -> int:
        if value < minimum:
            raise ValueError(f"must be at least {minimum}, is {value}")
        return value

    return parse


def longer_than_zero(value: str) -> str:
    """Refuse a duration of no or negative length; whether it is a duration at all is Karma's to say."""
    if value.lstrip().startswith("-") or ("0" in value and not re.search("[1-9]", value)):
        raise ValueError(f"must be longer than 0s, is {value}")
    return value


def access(value: str) -> Access:
    """Check how browsers reach the Alertmanagers: the charm's own notion, and so the charm's to judge."""
    for known in ACCESS:
        if value == known:
            return known
    raise ValueError(f"must be one of {', '.join(ACCESS)}")


def uri_template(value: str) -> str:
    """Check a template of a URI, e.g. `https://{name}.example.com/`."""
    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in string.Formatter().parse(value)]
    except ValueError:
        raise ValueError("has a brace without its partner") from None
    for field, spec, conversion in fields:
        if field is not None and (field not in URI_FIELDS or spec or conversion):
            raise ValueError(f"may hold {', '.join(f'{{{name}}}' for name in URI_FIELDS)} only")
    if not value.isprintable() or " " in value or not value.startswith(("http://", "https://")):
        raise ValueError("must be an http or https URL")
    if "@" in value.split("/")[2]:
        raise ValueError("must not hold a user or password")
    return value


def headers(value: str) -> dict[str, str]:
    """Check HTTP headers; what they hold is secret, so no reason repeats it."""
    found = mapping(value)
    if not found:
        raise ValueError("holds no header")
    for number, (name, content) in enumerate(found.items(), start=1):
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"header {number} has a name that HTTP does not allow")
        if not isinstance(content, str):
            raise ValueError(f"header {number} must have a text, in quotes where it looks like a number")
        if not content.isprintable():
            raise ValueError(f"header {number} holds control characters")
    return found


def overlay(value: str) -> dict[str, Any]:
    """Check the YAML that is merged over all other settings."""
    found = mapping(value)
    for path, instead in OWNED.items():
        place: Any = found
        for key in path.split("."):
            if not isinstance(place, dict) or key not in place:
                break
            place = cast("dict[str, Any]", place)[key]
        else:
            raise ValueError(f"must not set {path}: {instead}")
    return found
