"""What the answers of a relay mean."""

import ssl

import pytest

from answers import looks_like, printable, refusal, tls_failure
from charms.smtp_integrator.v0.smtp import TransportSecurity


@pytest.mark.parametrize(
    ("port", "security", "other"),
    [
        (465, "none", "tls"),
        (465, "starttls", "tls"),
        (587, "tls", "starttls"),
        (587, "none", "starttls"),
        (25, "tls", "starttls or none"),
        (2525, "tls", "starttls or none"),
    ],
)
def test_a_port_that_looks_like_another_setting_is_named(port: int, security: str, other: str):
    assert looks_like(port, TransportSecurity(security)) == f"; port {port} looks like transport_security={other}"


@pytest.mark.parametrize(
    ("port", "security"),
    [(465, "tls"), (587, "starttls"), (25, "none"), (25, "starttls"), (2500, "tls"), (10025, "none")],
)
def test_a_port_that_fits_or_is_nobodys_says_nothing(port: int, security: str):
    assert looks_like(port, TransportSecurity(security)) == ""


@pytest.mark.parametrize(
    ("code", "said"), [(535, "535 user or password is wrong"), (500, "500"), (-1, "the answer is not SMTP")]
)
def test_a_refusal_is_told_by_its_code(code: int, said: str):
    assert refusal(code) == said


def test_a_handshake_that_fails_is_told_from_an_answer_in_clear_text():
    clear, other, odd = ssl.SSLError(), ssl.SSLError(), ssl.SSLError(1, "odd")
    clear.reason, other.reason = "WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL"
    said = [tls_failure(error) for error in (clear, other, odd)]
    assert said == ["the answer is not TLS", "TLS failed: UNSUPPORTED_PROTOCOL", "TLS failed: odd"]


def test_a_reason_is_one_short_line_without_secrets():
    assert printable("a\r\nb\x1b[31m MARKER", "MARKER", "") == "a b [31m ***"
    assert len(printable("x" * 9000)) == 200
