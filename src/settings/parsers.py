"""PURE: from the value of an option to that of a Karma key; each raises ValueError with the reason.

The reason is the rest of a sentence that starts with the option's name.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar, cast

import pem
from settings.yaml_text import load, mapping, unfenced

_T = TypeVar("_T")

Access = Literal["published", "proxy", "readonly", "direct"]
ACCESS: tuple[Access, ...] = ("published", "proxy", "readonly", "direct")

USER_HEADERS = {
    "user": "X-Auth-Request-User",
    "email": "X-Auth-Request-Email",
    "preferred-username": "X-Auth-Request-Preferred-Username",
}
"""What a related proxy tells of somebody -> the header in which it does."""

CLIENT_CERTIFICATE_FILE = "client.crt"
CLIENT_KEY_FILE = "client.key"

URI_FIELDS = ("name", "cluster", "application", "model", "host", "port")


class Files(dict[str, str]):
    """Name -> text of files that an option becomes; keys are among them."""

    def __repr__(self) -> str:
        """Name the files, and show none."""
        return f"Files({', '.join(self)})"


_HASH = r"\$(?:2[abxy]?|apr1|1|5|6|argon2\w*)\$|\{S?SHA\}"
HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110, section 5.6.2


def unless(reasons: list[str], found: _T) -> _T:
    """Pass on what was found, unless something is wrong with it: then all of that at once."""
    if reasons:
        raise ValueError("; ".join(reasons))
    return found


def text(value: str) -> str | None:
    """Take a text without the white space around it, which is never meant; None where nothing is left."""
    return value.lstrip("\ufeff").strip() or None


def plain(value: Any) -> Any:
    """Take a number or a switch as it is, and a text as one line; see `text`."""
    if not isinstance(value, str):
        return value
    found = text(value)
    if found and not found.isprintable():
        raise ValueError("must be one line, without control characters")
    return found


def code(value: str) -> str | None:
    """Take CSS or JavaScript with all its white space; None where there is nothing else."""
    value = unfenced(value.lstrip("\ufeff"))
    if value.lstrip().startswith("<"):
        raise ValueError("must be the code alone, without a tag of HTML around it")
    return value if value.strip() else None


def separator(value: str) -> str:
    """Take a text that may be white space alone."""
    return value


def access(value: str) -> Access | None:
    """Check how browsers reach the Alertmanagers: the charm's own notion, and so the charm's to judge."""
    if not text(value):
        return None
    for known in ACCESS:
        if text(value) == known:
            return known
    raise ValueError(f"must be one of {', '.join(ACCESS)}")


def uri_template(value: str) -> str | None:
    """Check a template of a URI, e.g. `https://{name}.example.com/`."""
    from string import Formatter  # noqa: PLC0415 -- most hooks have no template to check

    if not (value := text(value) or ""):
        return None
    try:
        fields = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(value)]
    except ValueError:
        raise ValueError("has a brace without its partner") from None
    for field, spec, conversion in fields:
        if field is not None and (field not in URI_FIELDS or spec or conversion):
            raise ValueError(f"may hold {', '.join(f'{{{name}}}' for name in URI_FIELDS)} only")
    if not value.isprintable() or " " in value or not re.match("https?://[^/:]", value, re.IGNORECASE):
        raise ValueError("must be an http or https URL")
    if "@" in value.split("/")[2]:
        raise ValueError("must not hold a user or password")
    return value


def user_header(value: str) -> str | None:
    """Choose the header in which a related proxy says who somebody is."""
    if (chosen := text(value)) and chosen not in USER_HEADERS:
        raise ValueError(f"must be one of {', '.join(USER_HEADERS)}")
    return USER_HEADERS[chosen] if chosen else None


def header_name(value: str) -> str | None:
    """Check the name of an HTTP header."""
    name = text(value)
    if name and not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_.-]*", name):  # others are quotes or variables, as a rule
        raise ValueError("must be a name that HTTP allows for a header")
    return name


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
    reasons: list[str] = []
    for number, (name, password) in enumerate(found.items(), start=1):
        if not name or ":" in name or not name.isprintable():
            reasons.append(f"user {number} has a name that a browser cannot send")
        if not isinstance(password, str):
            reasons.append(f"user {number} must have a text as password, in quotes where it looks like a number")
        elif not password:
            reasons.append(f"user {number} has no password")
        elif re.match(_HASH, password):
            reasons.append(f"user {number} has a hash for a password, which Karma takes as it is written")
        elif not password.isprintable():
            reasons.append(f"user {number} has a password that a browser cannot send")
    return unless(reasons, [{"username": name, "password": password} for name, password in sorted(found.items())])


def groups(value: str) -> list[dict[str, Any]] | None:
    """Check groups of users: a YAML list of `{name: …, members: […]}`."""
    if not text(value):
        return None
    document = load(value, typed=False)
    if not isinstance(document, list):
        raise ValueError("must be a YAML list (`- {name: admins, members: [alice]}`)")
    found = cast("list[Any]", document)
    reasons: list[str] = []
    for number, group in enumerate(found, start=1):
        if not isinstance(group, dict) or set(cast("dict[Any, Any]", group)) != {"name", "members"}:
            reasons.append(f"group {number} must have name and members, and nothing else")
            continue
        entry = cast("dict[str, Any]", group)
        members = cast("list[Any]", entry["members"] if isinstance(entry["members"], list) else [None])
        if not _is_trimmed(entry["name"]):
            reasons.append(f"the name of group {number} must be a text")
        if not members or not all(map(_is_trimmed, members)):
            reasons.append(f"the members of group {number} must be a list of texts")
    return unless(reasons, found)


def _is_trimmed(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def acl(value: str) -> str | None:
    """Check that a silence ACL is a YAML mapping; what is in it is Karma's to judge."""
    if not text(value):
        return None
    if not (document := mapping(value)) or document.get("rules", "") is None:  # all of them may be commented out
        raise ValueError("holds no rule")
    return unfenced(value)


def section(value: str) -> dict[str, Any] | None:
    """Read a YAML mapping of which everything may be commented out."""
    return mapping(value) or None
