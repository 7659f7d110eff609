"""PURE: from the value of an option to that of a Karma key; each raises ValueError with the reason.

The reason is the rest of a sentence that starts with the option's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, cast

import yaml

import pem
from settings.yaml_text import load, mapping

Access = Literal["published", "proxy", "readonly", "direct"]
ACCESS: tuple[Access, ...] = ("published", "proxy", "readonly", "direct")

CLIENT_CERTIFICATE_FILE = "client.crt"
CLIENT_KEY_FILE = "client.key"

URI_FIELDS = ("name", "cluster", "application", "model", "host", "port")

# What the charm derives from Juju, and what holds secrets or files: Karma's key -> what to use instead.
OWNED = {
    "alertmanager.servers": "integrate Alertmanagers with `alerting`",
    "authentication": "use basic-auth-users, auth-header or the endpoint auth-proxy",
    "authorization.acl": "use silence-acl",
    "custom": "use custom-css and custom-js",
    "listen": "use the options that start with listen-",
}


class Files(dict[str, str]):
    """Name -> text of files that an option becomes; keys are among them."""

    def __repr__(self) -> str:
        """Name the files, and show none."""
        return f"Files({', '.join(self)})"


_HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110, section 5.6.2


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
    from string import Formatter  # noqa: PLC0415 -- most hooks have no template to check

    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(value)]
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


def header_name(value: str) -> str:
    """Check the name of an HTTP header."""
    if not re.fullmatch(_HEADER_NAME, value):
        raise ValueError("must be a name that HTTP allows for a header")
    return value


def client_certificate(texts: tuple[str, str]) -> Files:
    """Check that a certificate and a private key belong together."""
    certificate, key = texts
    pem.check_pair(certificate, key)
    return Files({CLIENT_CERTIFICATE_FILE: certificate, CLIENT_KEY_FILE: key})


def users(texts: tuple[str]) -> list[dict[str, str]]:
    """Check names and passwords; no reason repeats either."""
    found = mapping(texts[0])
    if not found:
        raise ValueError("holds no user")
    for number, (name, password) in enumerate(found.items(), start=1):
        if not name or ":" in name or not name.isprintable():
            raise ValueError(f"user {number} has a name that a browser cannot send")
        if not isinstance(password, str):
            raise ValueError(f"user {number} must have a text as password, in quotes where it looks like a number")
        if not password:
            raise ValueError(f"user {number} has no password")
    return [{"username": name, "password": password} for name, password in sorted(found.items())]


def groups(value: str) -> list[dict[str, Any]]:
    """Check groups of users: a YAML list of `{name: …, members: […]}`."""
    document = load(value, yaml.BaseLoader)
    if not isinstance(document, list):
        raise ValueError("must be a YAML list (`- {name: admins, members: [alice]}`)")
    found = cast("list[Any]", document)
    for number, group in enumerate(found, start=1):
        if not isinstance(group, dict) or set(cast("dict[Any, Any]", group)) != {"name", "members"}:
            raise ValueError(f"group {number} must have name and members, and nothing else")
        members = cast("dict[str, Any]", group)["members"]
        if not isinstance(members, list) or not all(isinstance(one, str) for one in cast("list[Any]", members)):
            raise ValueError(f"the members of group {number} must be a list of texts")
    return found


def acl(value: str) -> str:
    """Check that a silence ACL is a YAML mapping; what is in it is Karma's to judge."""
    mapping(value)
    return value


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
