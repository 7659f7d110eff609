"""What the answers of a relay mean."""

import ssl

import pytest

from answers import printable, refusal, tls_failure


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
