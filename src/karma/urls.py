"""PURE: where the dashboard is found."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from karma.config import PORT

# Karma makes a pattern of the prefix in which braces and stars mean something, and compares it with a path whose
# escapes are undone.
_PLAIN_PATH = r"(?:/[A-Za-z0-9_~!$&'()+,;=:@.-]+)*/?"


class Serving(NamedTuple):
    """How the Karma that runs is reached."""

    scheme: str
    """`http` or `https`."""
    prefix: str
    """The path below which it serves everything; it starts and ends with a slash."""


def scheme(url: str) -> str:
    """Tell the scheme of a URL in lower case, since some write it otherwise."""
    return urlsplit(url).scheme


def prefix(ingress_url: str) -> str:
    """Take from the URL of an ingress the path below which Karma has to serve; `/` where there is no ingress."""
    return urlsplit(ingress_url).path.rstrip("/") + "/"


def origin(ingress_url: str, application: str, scheme: str) -> str:
    """Tell the origin of the dashboard's page as browsers write it: that of the ingress, else of its own service."""
    if not ingress_url:
        return f"{scheme}://{application}:{PORT}"
    parts = urlsplit(ingress_url)
    return f"{parts.scheme}://{parts.netloc}".lower().removesuffix(":443" if parts.scheme == "https" else ":80")


def why_no_prefix(ingress_url: str) -> str:
    """Say why Karma cannot serve below the path of a URL, as the rest of a sentence; empty where it can."""
    path = urlsplit(ingress_url).path
    if not re.fullmatch(_PLAIN_PATH, path) or {".", ".."} & {*path.split("/")}:
        return "has a path that is not plain"
    return ""


def dashboard(ingress_url: str, address: str, serving: Serving) -> str:
    """Tell at what address a browser finds the dashboard; it ends in a slash.

    Args:
        ingress_url: empty where there is no ingress.
        address: the unit's IP address; without it and an ingress the answer is empty.
        serving: how Karma itself is reached.
    """
    if ingress_url and prefix(ingress_url) == serving.prefix:  # else the ingress leads to nothing yet
        return f"{ingress_url.rstrip('/')}/"
    host = f"[{address}]" if ":" in address else address
    return f"{serving.scheme}://{host}:{PORT}{serving.prefix}" if address else ""
