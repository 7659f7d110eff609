"""Certificates and keys as people and providers send them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

import pem
from playground.around.authority import Authority

AUTHORITY = Authority()
PAIR = AUTHORITY.issue()


def test_each_certificate_is_taken_out_of_a_text_with_words_between():
    text = f"issuer: x\n{PAIR.certificate}\nsubject: y\n{AUTHORITY.certificate}"
    assert pem.certificates(text) == (PAIR.certificate, AUTHORITY.certificate)


@given(st.text())
def test_what_is_no_certificate_is_refused_in_words_that_do_not_repeat_it(text: str):
    with pytest.raises(ValueError, match=r"^holds no certificate in PEM$"):
        pem.certificates(text)


def test_a_certificate_and_its_key_belong_together_and_so_does_a_chain():
    pem.check_pair(PAIR.certificate, PAIR.key)
    pem.check_pair(PAIR.certificate + AUTHORITY.certificate, PAIR.key)


def _encrypted() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


@pytest.mark.parametrize(
    ("certificate", "key", "why"),
    [
        (PAIR.certificate, AUTHORITY.issue().key, "holds a private key that does not belong to the certificate"),
        (AUTHORITY.certificate + PAIR.certificate, PAIR.key, "holds a private key that does not belong"),
        (PAIR.certificate, "rubbish", "holds no private key in PEM without a passphrase"),
        (PAIR.certificate, _encrypted(), "holds no private key in PEM without a passphrase"),
        (PAIR.certificate, "", "holds no private key"),
        (PAIR.key, PAIR.key, "holds no certificate in PEM"),
        ("", "", "holds no certificate in PEM"),
    ],
)
def test_what_does_not_belong_together_is_refused(certificate: str, key: str, why: str):
    with pytest.raises(ValueError, match=why) as raised:
        pem.check_pair(certificate, key)
    assert "BEGIN" not in str(raised.value)
