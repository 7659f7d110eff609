"""Decide whether a configuration can be published: pure, from options to problems and to the relay's data."""

import re

from charms.smtp_integrator.v0.smtp import AuthType, SmtpRelationData, TransportSecurity, parse_recipients
from options import Options
from ports import USUAL_SECURITY, cannot_be_meant
from problems import Problem, Severity
from syntax import address_of, has_control_characters, is_address, is_domain, is_global_address, is_host

_MAX_PORT = 65535
_SECRET_ID = re.compile("secret:(//[0-9a-f-]{36}/)?[0-9a-v]{20}")

_REFUSED = "consumers refuse reserved or local domains, IP addresses and quoted names"


def split_recipients(text: str) -> list[str]:
    """Read addresses separated by commas or line breaks, or a JSON list of them."""
    try:
        return parse_recipients(text)
    except ValueError:
        return [text]  # which is no address: `validate` says so


def validate(options: Options, password: str, *, app: str) -> list[Problem]:
    """Find what is wrong with a configuration.

    Args:
        options: what the operator set.
        password: the effective password, wherever it comes from; empty if there is none.
        app: the application's name, for the commands that mend things.

    Returns:
        Everything at once, in the order of the options; no text holds a value.
    """
    plain = options.auth_type == AuthType.PLAIN
    recipients = split_recipients(options.recipients)
    sender = [address_of(options.smtp_sender)] if options.smtp_sender else []
    # A user secret that can't be read is told where it is read.
    lacks_password = plain and not password and options.password_secret is None
    is_id = bool(_SECRET_ID.fullmatch(password))
    faults = [
        (not options.host, "host", f"not set: juju config {app} host=<relay>"),
        (bool(options.host) and not is_host(options.host), "host", "not a DNS name or IP address"),
        (not 1 <= options.port <= _MAX_PORT, "port", f"not from 1 to {_MAX_PORT}"),
        (plain and not options.user, "user", "not set, but auth_type=plain needs it"),
        (has_control_characters(options.user), "user", "has control characters"),
        (lacks_password, "password", "not set, but auth_type=plain needs it (or password_secret)"),
        (
            not options.password_secret and is_id,
            "password",
            f"is an id: juju config {app} password_secret=<id>",
        ),
        (
            has_control_characters(password),
            "password_secret" if options.password_secret else "password",
            "has control characters",
        ),
        (options.auth_type not in list(AuthType), "auth_type", _not_one_of(AuthType)),
        (
            options.transport_security not in list(TransportSecurity),
            "transport_security",
            _not_one_of(TransportSecurity),
        ),
        (bool(options.domain) and not is_domain(options.domain), "domain", "not a DNS name"),
        *_address_faults(sender, "smtp_sender", "not an e-mail address"),
        *_address_faults(recipients, "recipients", "not all are e-mail addresses, separated by commas"),
    ]
    insecure = [
        (
            plain and options.transport_security == TransportSecurity.NONE,
            "transport_security",
            "insecure, password in clear text: set starttls or tls",
        ),
        (options.skip_ssl_verify, "skip_ssl_verify", "insecure, set it to false"),
    ]
    hints = [
        (
            cannot_be_meant(options.port, options.transport_security),
            "transport_security",
            f"port {options.port} looks like {' or '.join(USUAL_SECURITY.get(options.port, ()))}",
        )
    ]
    return [
        Problem(severity, option, message)
        for severity, found in ((Severity.BLOCKED, faults), (Severity.WARNING, insecure), (Severity.HINT, hints))
        for applies, option, message in found
        if applies
    ]


def _address_faults(addresses: list[str], option: str, message: str) -> list[tuple[bool, str, str]]:
    known = all(map(is_address, addresses))
    return [
        (not known, option, message),
        (known and not all(map(is_global_address, addresses)), option, _REFUSED),
    ]


def _not_one_of(words: type[AuthType] | type[TransportSecurity]) -> str:
    return f"not one of {', '.join(words)}"


def decide(options: Options, password: str) -> SmtpRelationData:
    """Turn valid options into what consumers are told, with the password in plain text."""
    return SmtpRelationData(
        host=options.host,
        port=options.port,
        user=options.user or None,
        password=password or None,
        auth_type=AuthType(options.auth_type),
        transport_security=TransportSecurity(options.transport_security),
        domain=options.domain or None,
        skip_ssl_verify=options.skip_ssl_verify,
        smtp_sender=options.smtp_sender or None,
        recipients=split_recipients(options.recipients),
    )
