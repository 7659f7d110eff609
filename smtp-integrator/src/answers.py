"""What the answers of a relay mean, in our words: those of a relay may repeat what it was sent."""

import re
import ssl

# RFC 4954, section 6.
_REFUSALS = {
    432: "a new password is needed",
    454: "the relay can't tell now",
    530: "something comes before signing in, such as STARTTLS",
    534: "the relay wants another way of signing in",
    535: "user or password is wrong",
    538: "over an encrypted connection only",
}
# What OpenSSL's versions call an answer in clear text.
_CLEAR_TEXT = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
_MAX_REASON = 200


def refusal(code: int) -> str:
    """Say what an answer to AUTH means, of which nothing but its code may be repeated."""
    if code <= 0:
        return "the answer is not SMTP"
    return f"{code} {_REFUSALS[code]}" if code in _REFUSALS else str(code)


def tls_failure(error: ssl.SSLError) -> str:
    """Say why TLS failed, the certificate apart."""
    reason = getattr(error, "reason", None)  # Python's own errors lack it
    return "the answer is not TLS" if reason in _CLEAR_TEXT else f"TLS failed: {reason or error}"


def printable(reason: str, *secrets: str) -> str:
    """Make one short line of a reason that may hold what a relay said, control characters and secrets included."""
    for secret in filter(None, secrets):
        reason = reason.replace(secret, "***")
    return re.sub(r"[^\x20-\x7e\u00a0-\U0010ffff]+", " ", reason)[:_MAX_REASON]
