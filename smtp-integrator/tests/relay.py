"""A real SMTP relay on loopback (aiosmtpd), with certificates made for the occasion."""

import asyncio
import contextlib
import datetime
import ipaddress
import pathlib
import ssl
import threading
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Authority:
    """A certificate authority.

    Attributes:
        path: its certificate, as PEM.
    """

    path: pathlib.Path
    _certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: pathlib.Path, name: str = "authority") -> "Authority":
        """Make an authority and leave its certificate in a folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(path, certificate, key)

    def server(self, *, dns: str = "localhost", ip: str | None = LOOPBACK) -> ssl.SSLContext:
        """Make a server's TLS context, with a certificate for a name and an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(dns)]
        if ip is not None:
            names.append(x509.IPAddress(ipaddress.ip_address(ip)))
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(x509.Name([]), self._certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = self.path.with_name(f"{self.path.stem}-{certificate.serial_number:x}.pem")
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass
class Relay:
    """What a relay is, and what it has seen.

    Attributes:
        port: where it listens.
        messages: what it has taken, in order.
        envelopes: sender and recipients of each.
        signed_in: users that have signed in, in order.
        refuse: an answer to every message, instead of taking it.
    """

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list[EmailMessage])
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])
    signed_in: list[str] = field(default_factory=list[str])
    refuse: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802  # aiosmtpd's
        """Take a message, or refuse it."""
        if self.refuse:
            return self.refuse
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.messages.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 taken"


@contextlib.contextmanager
def relay(  # noqa: PLR0913  # relays differ in as many ways
    security: Security = "none",
    *,
    context: ssl.SSLContext | None = None,
    user: str | None = None,
    password: str = "",
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
    where: tuple[str, int] = (LOOPBACK, 0),
) -> Generator[Relay]:
    """Run a relay, on a free port of loopback unless told otherwise.

    Args:
        security: how its connections are secured.
        context: its certificate; needed unless `security` is none.
        user: who has to sign in; None lets everybody in.
        password: the password of that user.
        mechanisms: the ways to sign in that it offers.
        where: the address and the port where it listens; 0 is any that is free.
    """
    seen = Relay()

    def authenticate(*args: Any) -> AuthResult:
        given: LoginPassword = args[-1]
        wanted = ((user or "").encode(), password.encode())
        success = (given.login, given.password) == wanted
        if success:
            seen.signed_in.append(given.login.decode())
        return AuthResult(success=success, handled=False)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # aiosmtpd warns of a relay that lets users sign in without TLS: here that is the case to test.
            warnings.simplefilter("ignore")
            return SMTP(
                seen,
                hostname="relay.test",
                enable_SMTPUTF8=True,
                tls_context=context if security == "starttls" else None,
                require_starttls=security == "starttls",
                authenticator=authenticate if user is not None else None,
                auth_required=user is not None,
                auth_require_tls=security == "starttls",
                auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(mechanisms),
            )

    with _serving(protocol, context if security == "tls" else None, where) as seen.port:
        yield seen


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    del loop, context


@contextlib.contextmanager
def _serving(protocol: Callable[[], Any], context: ssl.SSLContext | None, where: tuple[str, int]) -> Generator[int]:
    loop = asyncio.new_event_loop()
    # A client that refuses the certificate is no error of the relay's.
    loop.set_exception_handler(_ignore)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        return await loop.create_server(protocol, *where, ssl=context)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        tasks = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
