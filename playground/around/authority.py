"""A certificate authority made for one run: nothing of it is kept in the repository."""

from __future__ import annotations

import datetime
import ipaddress
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key in PEM."""

    certificate: str
    key: str


class Authority:
    """Signs certificates that are good for a day, unless told otherwise; it can be pickled."""

    def __init__(self, name: str = "test authority"):
        self.name = name
        self._pem = _pem(key := ec.generate_private_key(ec.SECP256R1()))
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage, True), (identifier, False)]
        self.certificate = self._sign(_called(name), key.public_key(), extensions)

    @property
    def _key(self) -> Any:
        return load_pem_private_key(self._pem.encode(), password=None)

    def _sign(
        self,
        subject: x509.Name,
        key: Any,
        extensions: list[tuple[Any, bool]],
        not_after: datetime.datetime | None = None,
    ) -> str:
        now = datetime.datetime.now(datetime.timezone.utc)
        not_after = not_after or now + _DAY
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_called(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, not_after - _DAY) - datetime.timedelta(minutes=5))
            .not_valid_after(not_after)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def _of_authority(self) -> tuple[Any, bool]:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False

    def sign(self, request: str, not_after: datetime.datetime | None = None) -> str:
        """Sign a certificate signing request in PEM with the names that it asks for.

        Args:
            request: in PEM.
            not_after: when the certificate expires, which may be in the past; in a day if not given.

        Raises:
            ValueError: if it is none, or not signed with the key that it holds.
        """
        csr = x509.load_pem_x509_csr(request.encode())
        if not csr.is_signature_valid:
            raise ValueError("the signing request is not signed with its own key")
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        leaf = (x509.BasicConstraints(ca=False, path_length=None), True)
        return self._sign(csr.subject, csr.public_key(), [leaf, (names, False), self._of_authority()], not_after)

    def issue(self, name: str = "somebody", address: str = "127.0.0.1") -> Pair:
        """Make a key, and a certificate for servers and clients."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName(name)])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        leaf = (x509.BasicConstraints(ca=False, path_length=None), True)
        certificate = self._sign(
            _called(name), key.public_key(), [leaf, (names, False), (usage, False), self._of_authority()]
        )
        return Pair(certificate, _pem(key))

    def answer(self, *requests: str, not_after: datetime.datetime | None = None, **changes: Any) -> dict[str, str]:
        """Make what a provider of `tls-certificates` publishes for some signing requests.

        Args:
            requests: in PEM.
            not_after: see `sign`.
            changes: in every entry, e.g. `revoked=True`.
        """
        entries: list[dict[str, Any]] = []
        for request in requests:
            certificate = self.sign(request, not_after)
            entries.append(
                {
                    "ca": self.certificate,
                    "certificate": certificate,
                    "certificate_signing_request": request,
                    "chain": [certificate, self.certificate],
                    **changes,
                }
            )
        return {"certificates": json.dumps(entries)}


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def requests_in(databag: Any) -> list[str]:
    """List the signing requests that a unit has published."""
    found = json.loads(databag.get("certificate_signing_requests", "[]"))
    return [one["certificate_signing_request"] for one in found]
