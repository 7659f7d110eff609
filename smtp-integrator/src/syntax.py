"""What a host, a domain and an address look like."""

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
# RFC 5322's atext, and what RFC 6531 adds to it.
_ATOM = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_QUOTED = re.compile(r'"([^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"')
# A display name before an address in angle brackets: words, or one quoted string.
_NAMED = re.compile(rf"(?:[^\"<>@,;:\\\x00-\x1f\x7f]*|{_QUOTED.pattern} *)<(?P<address>[^<>]+)>")
_MAX_NAME, _MAX_LOCAL, _MAX_ADDRESS = 253, 64, 254


def is_domain(text: str) -> bool:
    """Tell whether `text` is a DNS name of letters, digits and hyphens (RFC 1123), a final dot allowed."""
    name = text.removesuffix(".")
    labels = name.split(".")
    if len(name) > _MAX_NAME or labels[-1].isdigit():  # digits alone are an address gone wrong: 192.0.2.300
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def is_host(text: str) -> bool:
    """Tell whether `text` is a DNS name or an IPv4 or IPv6 address (without brackets and scope)."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return is_domain(text)
    return "%" not in text


def _is_mail_domain(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        return is_host(text[1:-1].removeprefix("IPv6:"))
    try:
        return not text.endswith(".") and is_domain(text.encode("idna").decode())
    except UnicodeError:
        return False


def is_address(text: str) -> bool:
    """Tell whether `text` is an e-mail address (RFC 5321 and 6531) without a display name."""
    local, at, domain = text.rpartition("@")
    return (
        bool(at)
        and len(local.encode()) <= _MAX_LOCAL
        and len(text.encode()) <= _MAX_ADDRESS
        and bool(_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local))
        and _is_mail_domain(domain)
    )


def is_sender(text: str) -> bool:
    """Tell whether `text` is an e-mail address, or one with a display name: `Ops <ops@example.com>`."""
    named = _NAMED.fullmatch(text)
    return is_address(named["address"] if named else text)


def has_control_characters(text: str) -> bool:
    """Tell whether `text` holds a line break or another control character."""
    return bool(re.search(r"[\x00-\x1f\x7f]", text))
