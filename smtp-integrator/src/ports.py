"""What the ports that relays are registered on (RFC 8314) tell of the way to secure a connection."""

from charms.smtp_integrator.v0.smtp import TransportSecurity

# The better one first.
USUAL_SECURITY = {
    25: (TransportSecurity.STARTTLS, TransportSecurity.NONE),
    465: (TransportSecurity.TLS,),
    587: (TransportSecurity.STARTTLS,),
    2525: (TransportSecurity.STARTTLS, TransportSecurity.NONE),
}
_SUBMISSION = (465, 587)


def looks_like(port: int, security: TransportSecurity) -> str:
    """Say which setting a port looks like where it is set to another one, else nothing."""
    usual = USUAL_SECURITY.get(port, (security,))
    return "" if security in usual else " or ".join(usual)


def cannot_be_meant(port: int, security: str) -> bool:
    """Tell whether a port for submission is to begin with TLS where it doesn't, or the other way round."""
    return port in _SUBMISSION and (security == TransportSecurity.TLS) != (port == 465)  # noqa: PLR2004
