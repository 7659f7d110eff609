"""APPLY: what a running Karma says of its Alertmanagers."""

from __future__ import annotations

import http.client
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from karma_config import PORT


@dataclass(frozen=True)
class Upstream:
    """One Alertmanager as Karma sees it."""

    name: str
    cluster: str
    version: str
    """Empty where Karma has not got it yet."""
    error: str
    """The last error; empty while the Alertmanager is up."""


def upstreams(timeout: float) -> list[Upstream]:
    """Ask Karma on this pod for the state of every Alertmanager.

    Args:
        timeout: in seconds.

    Raises:
        OSError: if Karma does not answer in time, or refuses to.
        ValueError: if what it answers is not what Karma answers.
    """
    request = urllib.request.Request(
        f"http://localhost:{PORT}/alerts.json", data=b"{}", headers={"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the model's proxy is not for this pod
    try:
        with opener.open(request, timeout=timeout) as answer:
            state: Any = json.load(answer)
    except http.client.HTTPException as error:
        raise OSError(f"the answer breaks off or is no HTTP: {error!r}") from error
    try:
        return [
            Upstream(one["name"], one["cluster"], one["version"], one["error"])
            for one in state["upstreams"]["instances"]
        ]
    except (KeyError, TypeError):
        raise ValueError("the answer holds no list of Alertmanagers") from None
