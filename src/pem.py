"""PURE: certificates and keys as PEM texts; `cryptography` is imported only where there is something to parse."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tls:
    """What a server shows, and what clients need to know to believe it."""

    certificate: str
    """The chain, leaf first, in PEM."""
    key: str = field(repr=False)
    """The leaf's private key in PEM, without a passphrase."""
    ca: str
    """The certificate of the authority that has signed the chain, in PEM."""


def certificates(text: str) -> tuple[str, ...]:
    """Take each certificate out of a PEM text.

    Args:
        text: one certificate or more, possibly with words between them.

    Raises:
        ValueError: if it holds none, or one that cannot be parsed; the message does not repeat the text.
    """
    from cryptography import x509  # noqa: PLC0415 -- see above
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    try:
        found = x509.load_pem_x509_certificates(text.encode())
        return tuple(one.public_bytes(Encoding.PEM).decode() for one in found)
    except ValueError:
        raise ValueError("holds no certificate in PEM") from None


def check_pair(certificate: str, key: str) -> None:
    """Check that a private key belongs to a certificate, or to the first of a chain.

    Args:
        certificate: in PEM.
        key: in PEM, without a passphrase.

    Raises:
        ValueError: with the reason as the rest of a sentence; it repeats neither of the two.
    """
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    [leaf, *_] = certificates(certificate)
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM without a passphrase") from None
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        certified = x509.load_pem_x509_certificate(leaf.encode()).public_key().public_bytes(*form)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds a certificate of an unknown kind of key") from None
    if private.public_key().public_bytes(*form) != certified:
        raise ValueError("holds a private key that does not belong to the certificate")
