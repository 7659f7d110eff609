"""Try the relay as configured, step by step: DNS, TCP, TLS or STARTTLS, EHLO, AUTH, QUIT."""

import base64
import contextlib
import dataclasses
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from answers import printable, refusal, tls_failure
from charms.smtp_integrator.v0.smtp import AuthType, SmtpRelationData, TransportSecurity
from ports import looks_like
from syntax import is_address

LIMIT = 10.0
_READY, _SIGNED_IN, _CONTINUE, _OK = 220, 235, 334, 250
_MAX_COMMAND = 512 - len("\r\n")  # RFC 4954, section 4


@dataclasses.dataclass(frozen=True)
class Report:
    """How far it came.

    Attributes:
        steps: the steps that succeeded, in order, each with what was found.
        failure: the step that failed and why, in one line; empty if none did.
    """

    steps: tuple[tuple[str, str], ...]
    failure: str


class _StepError(Exception):
    """The relay's answer ends the attempt."""


def check(relay: SmtpRelationData, *, send_test_to: str | None = None, limit: float = LIMIT) -> Report:
    """Connect, greet, sign in and leave.

    Args:
        relay: what to connect to, the password in plain text.
        send_test_to: where to send one test message before leaving; None sends nothing.
        limit: seconds that all of it may take together.

    Returns:
        What happened. It holds no password, not even where the relay sends it back.
    """
    if send_test_to is not None and not is_address(send_test_to):
        return Report((), "send-test: send-test-to is not an e-mail address")
    if send_test_to is not None and not relay.smtp_sender:
        return Report((), "send-test: the option smtp_sender is not set")
    attempt = _Attempt(relay, send_test_to, limit)
    # A thread, since neither a name server nor a relay that sends a byte now and then knows a limit for all.
    thread = threading.Thread(target=attempt.run, daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        report = attempt.report(f"no answer within {limit:g} s")
        attempt.abort()
        return report
    return attempt.report()


class _Attempt:
    """One connection, made in a thread of its own."""

    def __init__(self, relay: SmtpRelationData, send_test_to: str | None, limit: float):
        self._relay, self._send_test_to, self._limit = relay, send_test_to, limit
        # Longer than the limit for all, so that it is the latter that tells the failing step.
        self._timeout = limit + 1
        self._smtp = smtplib.SMTP(local_hostname=socket.gethostname() or "localhost")
        self._addresses: list[tuple[str, int]] = []
        self._steps: dict[str, str] = {}
        self._step = "dns"
        self._failure = ""

    def run(self) -> None:
        """Take the steps until one fails."""
        try:
            for step, action in self._plan():
                self._step = step
                self._steps[step] = action()
        except ssl.SSLCertVerificationError as error:
            self._failure = self._explained(f"certificate verify failed: {error.verify_message}", hinting=False)
        except ssl.SSLError as error:
            self._failure = self._explained(tls_failure(error))
        except smtplib.SMTPResponseException as error:
            self._failure = self._explained(f"{error.smtp_code} {_text(error.smtp_error)}")
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            self._failure = self._explained(f"{code} {_text(reply)}")
        except Exception as error:  # whatever a relay makes this thread stumble over is a failed step
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._failure = self._explained(reason)
        finally:
            self._smtp.close()

    def report(self, unanswered: str = "") -> Report:
        """Say how far it came.

        Args:
            unanswered: why it is given up, while it still waits; empty once it has ended.
        """
        steps, step = dict(self._steps), self._step
        if unanswered and step == "quit":
            return Report((*steps.items(), (step, unanswered)), "")
        return Report(tuple(steps.items()), self._explained(unanswered) if unanswered else self._failure)

    def abort(self) -> None:
        """End whatever the thread is waiting for, as far as that can be done."""
        if self._smtp.sock is not None:
            with contextlib.suppress(OSError):
                # The plain socket's own method: that of a TLS socket would take state away from the thread.
                socket.socket.shutdown(self._smtp.sock, socket.SHUT_RDWR)

    def _plan(self) -> list[tuple[str, Callable[[], str]]]:
        security = self._relay.transport_security
        steps: list[tuple[str, Callable[[], str]]] = [("dns", self._resolve), ("tcp", self._connect)]
        if security is TransportSecurity.TLS:
            steps.append(("tls", self._secure))
        steps.append(("ehlo", self._greet))
        if security is TransportSecurity.STARTTLS:
            steps.append(("starttls", self._start_tls))
        if self._relay.auth_type is AuthType.PLAIN:
            steps.append(("auth", self._sign_in))
        if self._send_test_to is not None:
            steps.append(("send-test", self._send_test))
        return [*steps, ("quit", self._quit)]

    def _resolve(self) -> str:
        found = socket.getaddrinfo(self._relay.host, self._relay.port, type=socket.SOCK_STREAM)
        self._addresses = list(dict.fromkeys((str(entry[4][0]), int(entry[4][1])) for entry in found))
        return ", ".join(address for address, _ in self._addresses)

    def _connect(self) -> str:
        reasons: list[str] = []
        count = len(self._addresses)
        # One of several that never answers leaves time for the others, and for the steps after this.
        patience = self._timeout if count == 1 else self._limit / (count + 1)
        for host, port in self._addresses:
            try:
                sock = socket.create_connection((host, port), patience)
            except OSError as error:  # noqa: PERF203  # a relay has a handful of addresses
                reasons.append(f"{host} port {port}: {error.strerror or error}")
            else:
                sock.settimeout(self._timeout)
                self._smtp.sock = sock
                return f"connected to {host} port {port}"
        raise _StepError("; ".join(reasons))

    def _secure(self) -> str:
        context = ssl.create_default_context()
        if self._relay.skip_ssl_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        assert self._smtp.sock is not None  # noqa: S101  # every plan connects first
        secured = context.wrap_socket(self._smtp.sock, server_hostname=self._relay.host, do_handshake_on_connect=False)
        self._smtp.sock = secured  # before the handshake, so that it can be aborted
        secured.do_handshake()
        verified = "not verified (skip_ssl_verify)" if self._relay.skip_ssl_verify else "verified"
        return f"{secured.version()}, certificate {verified}"

    def _greet(self) -> str:
        self._expect(_READY, self._smtp.getreply())
        self._expect(_OK, self._smtp.ehlo())
        return "ok"

    def _start_tls(self) -> str:
        if not self._smtp.has_extn("starttls"):
            raise _StepError("the relay does not offer STARTTLS")
        self._expect(_READY, self._smtp.docmd("STARTTLS"))
        found = self._secure()
        # What was said in clear text counts no more (RFC 3207, section 4.2).
        self._smtp.file = None
        self._smtp.esmtp_features = {}
        self._expect(_OK, self._smtp.ehlo())
        return found

    def _sign_in(self) -> str:
        # Not smtplib's login(): it takes ASCII only.
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        user, password, both = self._encoded_credentials()
        if "PLAIN" in offered:
            at_once = f"AUTH PLAIN {both}"
            self._authenticate(*([at_once] if len(at_once) <= _MAX_COMMAND else ["AUTH PLAIN", both]))
            return "signed in with PLAIN"
        if "LOGIN" in offered:
            self._authenticate("AUTH LOGIN", user, password)
            return "signed in with LOGIN"
        raise _StepError("the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection")

    def _authenticate(self, *lines: str) -> None:
        code = _CONTINUE
        for line in lines:
            if code == _CONTINUE:
                code, _ = self._smtp.docmd(line)
        if code != _SIGNED_IN:
            raise _StepError(refusal(code))

    def _send_test(self) -> str:
        message = EmailMessage()
        message["From"], message["To"] = self._relay.smtp_sender, self._send_test_to
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._relay.domain or "localhost")
        message["Subject"] = "Test of the SMTP relay"
        message.set_content("The SMTP Integrator charm sent this message to test its relay.")
        self._smtp.send_message(message)
        return f"accepted for {self._send_test_to}"

    def _quit(self) -> str:
        # It decides nothing: what was to be tried has been.
        try:
            self._smtp.quit()
        except Exception:
            return "the relay hung up"
        return "ok"

    def _expect(self, wanted: int, answer: tuple[int, bytes]) -> None:
        code, reply = answer
        if code != wanted:
            raise _StepError(f"{code} {_text(reply)}" if code > 0 else "the answer is not SMTP")

    def _encoded_credentials(self) -> tuple[str, str, str]:
        user, password = self._relay.user or "", self._relay.password or ""
        return _base64(user), _base64(password), _base64(f"\0{user}\0{password}")

    def _explained(self, reason: str, *, hinting: bool = True) -> str:
        hinting = hinting and self._step in ("tls", "ehlo", "starttls", "auth")
        other = looks_like(self._relay.port, self._relay.transport_security) if hinting else ""
        hint = f"; port {self._relay.port} looks like transport_security={other}" if other else ""
        # A relay may repeat what it was sent.
        _, password, both = self._encoded_credentials()
        secrets = (both, password, self._relay.password) if self._relay.password else ()
        return f"{self._step}: {printable(reason, *secrets)}{hint}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _text(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply
