"""What a host, a domain and an address look like."""

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
# A display name before an address in angle brackets: RFC 5322's atoms (with RFC 6532's letters), or a quoted string.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])+"'
_NAMED = re.compile(rf"(?:{_ATOM}(?: +{_ATOM})*|{_QUOTED})? *<(?P<address>[^<>]+)>")
_MAX_NAME, _MAX_ADDRESS = 253, 254


def is_domain(text: str) -> bool:
    """Tell whether `text` is a DNS name of letters, digits and hyphens (RFC 1123)."""
    labels = text.split(".")
    if len(text) > _MAX_NAME or labels[-1].isdigit():  # digits alone are an address gone wrong: 192.0.2.300
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def is_host(text: str) -> bool:
    """Tell whether `text` is a DNS name or the IPv4 or IPv6 address (without brackets and scope) of one machine."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return is_domain(text)
    return "%" not in text and not address.is_unspecified and not address.is_multicast


def is_address(text: str) -> bool:
    """Tell whether `text` is an e-mail address (RFC 5321 and 6531) without a display name, of whatever domain."""
    local, _, domain = text.rpartition("@")
    return len(text) <= _MAX_ADDRESS and _is_mail_domain(domain) and _passes(f"{local}@example.com", quoted=True)


def is_global_address(text: str) -> bool:
    """Tell whether `text` is an e-mail address that every consumer takes.

    Most read their relation with pydantic's EmailStr, which asks the same library: it refuses reserved domains
    (`corp.local`), such without a dot, IP addresses and quoted local parts, and the consumer fails in every hook.
    """
    return len(text) <= _MAX_ADDRESS and _passes(text, quoted=False)


def _passes(text: str, *, quoted: bool) -> bool:
    import email_validator  # noqa: PLC0415  # only who sets an address pays for it

    try:
        email_validator.validate_email(text, check_deliverability=False, strict=True, allow_quoted_local=quoted)
    except ValueError:  # EmailNotValidError is one
        return False
    return True


def _is_mail_domain(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        return is_host(text[1:-1].removeprefix("IPv6:"))
    try:
        return is_domain(text.encode("idna").decode())
    except UnicodeError:
        return False


def address_of(sender: str) -> str:
    """Give the address in `Ops <ops@example.com>`, or the whole text where it has no such form."""
    named = _NAMED.fullmatch(sender)
    return named["address"] if named else sender


def has_control_characters(text: str) -> bool:
    """Tell whether `text` holds a line break or another control character."""
    return bool(re.search(r"[\x00-\x1f\x7f]", text))
