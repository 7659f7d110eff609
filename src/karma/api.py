"""APPLY: what a running Karma says of its Alertmanagers."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from karma.config import PORT

_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name
_PATIENCE = 3.0  # seconds, as Pebble's check over plain HTTP has


@dataclass(frozen=True)
class Upstream:
    """One Alertmanager as Karma sees it."""

    name: str
    cluster: str
    version: str
    """Empty where Karma has not got it yet."""
    error: str
    """The last error; empty while the Alertmanager is up."""


def upstreams(prefix: str, headers: Mapping[str, str], certificate: str, timeout: float) -> list[Upstream]:
    """Ask Karma on this pod for the state of every Alertmanager.

    Args:
        prefix: the path below which Karma serves, with a slash at both ends.
        headers: what to log in with.
        certificate: the chain that Karma serves https with, in PEM; empty for plain HTTP.
        timeout: in seconds.

    Raises:
        PermissionError: if what to log in with is not enough.
        OSError: if Karma does not answer in time, or refuses to.
        ValueError: if what it answers is not what Karma answers.
    """
    request = urllib.request.Request(  # noqa: S310 -- the address is this pod's own
        f"{'https' if certificate else 'http'}://localhost:{PORT}{prefix}alerts.json",
        data=b"{}",
        headers={"Content-Type": "application/json", **headers},
    )
    # A proxy that the model sets is not for this pod.
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if certificate:
        handlers.append(urllib.request.HTTPSHandler(context=_only(certificate)))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            state: Any = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.UNAUTHORIZED:
            raise PermissionError("Karma asks for another login") from error
        raise
    except http.client.HTTPException as error:
        raise OSError(f"the answer breaks off or is no HTTP: {error!r}") from error
    try:
        return [
            Upstream(one["name"], one["cluster"], one["version"], one["error"])
            for one in state["upstreams"]["instances"]
        ]
    except (KeyError, TypeError):
        raise ValueError("the answer holds no list of Alertmanagers") from None


def shakes_hands() -> bool | None:
    """Tell whether the Karma on this pod takes up a TLS connection in time; None if it takes none at all."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent, and nothing believed
    try:
        with socket.create_connection(("localhost", PORT), _PATIENCE) as connection, context.wrap_socket(connection):
            return True
    except OSError as error:
        return False if isinstance(error, TimeoutError) else None


def _only(certificate: str) -> ssl.SSLContext:
    """Believe the one certificate that the charm has given to Karma, though it be expired or not for `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    context.load_verify_locations(cadata=certificate)
    return context
