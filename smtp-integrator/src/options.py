"""The operator's options, as Juju gives them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ops


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
