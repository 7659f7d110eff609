"""Send one message through the relay that the relation describes."""

import base64
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from charms.smtp_integrator.v0.smtp import AuthType, SmtpRelationData, TransportSecurity

TIMEOUT = 10.0
_CONTINUE, _SIGNED_IN = 334, 235
_MAX_COMMAND = 512 - len("\r\n")  # RFC 4954, section 4


def send(relay: SmtpRelationData, *, to: list[str], subject: str, text: str) -> list[str]:
    """Send a message.

    Args:
        relay: what the relation says.
        to: addresses that the message goes to.
        subject: what it is about.
        text: what it says.

    Returns:
        The addresses that the relay refused, where it took the message for others.

    Raises:
        OSError: if the relay can't be reached or refuses; smtplib's errors are among these.
        ValueError: if an address or the subject can't be put into a header.
    """
    message = EmailMessage()
    message["From"] = relay.smtp_sender or f"mailer@{relay.domain or 'localhost'}"
    message["To"], message["Subject"] = ", ".join(to), subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=relay.domain or "localhost")
    message.set_content(text)
    with _connect(relay) as smtp:
        smtp.ehlo()
        if relay.auth_type is AuthType.PLAIN:
            _sign_in(smtp, relay.user or "", relay.password or "")
        return list(smtp.send_message(message))


def _connect(relay: SmtpRelationData) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if relay.skip_ssl_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if relay.transport_security is TransportSecurity.TLS:
        return smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT, context=context)
    smtp = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT)
    try:
        if relay.transport_security is TransportSecurity.STARTTLS:
            smtp.starttls(context=context)
    except OSError:
        smtp.close()
        raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, user: str, password: str) -> None:
    # Not smtp.login(): it takes ASCII only.
    credentials = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    at_once = f"AUTH PLAIN {credentials}"
    code, _ = smtp.docmd(at_once if len(at_once) <= _MAX_COMMAND else "AUTH PLAIN")
    if code == _CONTINUE:
        code, _ = smtp.docmd(credentials)
    if code != _SIGNED_IN:
        # Without the relay's words: they may repeat what it was sent.
        raise smtplib.SMTPAuthenticationError(code, "the relay refuses user or password")
