"""The operator's options, as Juju gives them, and as they are meant."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ops

# The marks of width zero that editors leave in files and chats around a value.
_MARKS = "\ufeff\u200b"


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of `charmcraft.yaml` under their own names; what is not set is empty.

    Attributes:
        password: the plain option; never shown by `repr`.
        password_secret: a reference to the user secret, not its content.
    """

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    password_secret: ops.Secret | None = None
    auth_type: str = "none"
    transport_security: str = "none"
    domain: str = ""
    skip_ssl_verify: bool = False
    smtp_sender: str = ""
    recipients: str = ""


def tidied(options: Options) -> Options:
    """Take off what nobody means: white space around a value, a final dot of a name, capitals of a fixed word."""
    return dataclasses.replace(
        options,
        # TLS libraries compare a certificate with the name as given, and an address has no final dot.
        host=_trimmed(options.host).removesuffix("."),
        user=_trimmed(options.user),
        password=password_of(options.password),
        auth_type=_trimmed(options.auth_type).lower(),
        transport_security=_trimmed(options.transport_security).lower(),
        domain=_trimmed(options.domain).removesuffix("."),
        smtp_sender=_trimmed(options.smtp_sender),
        recipients=_trimmed(options.recipients),
    )


def password_of(text: str) -> str:
    """Take off what a file adds to the password in it: a byte order mark and the line breaks at its end.

    Spaces stay: they may belong to the password.
    """
    return text.removeprefix("\ufeff").rstrip("\r\n")


def _trimmed(text: str) -> str:
    while text != (inner := text.strip().strip(_MARKS)):
        text = inner
    return text
