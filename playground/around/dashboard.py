"""What Karma shows, asked over HTTP as a browser would."""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_DEFAULTS = re.compile(r'id="?defaults"?[^>]*>\s*([A-Za-z0-9+/=]+)\s*<')


class Dashboard:
    """A Karma at a URL that may or may not be there; over https, whatever its certificate is."""

    def __init__(self, url: str = "http://127.0.0.1:8080"):
        self.url = url

    def is_up(self) -> bool:
        """Whether Karma says that it is well."""
        try:
            return self._get("/health").strip() == "Pong"
        except OSError:
            return False

    def settings(self) -> dict[str, Any]:
        """The settings of the page that a browser starts with, e.g. `{"Theme": "dark", …}`."""
        if not (found := _DEFAULTS.search(self._get("/"))):
            raise ValueError("the page holds no defaults")
        return json.loads(base64.b64decode(found[1]))

    def alerts(self) -> set[str]:
        """The `instance` label of every alert shown."""
        instances: set[str] = set()
        for grid in self._state()["grids"]:
            for group in grid["alertGroups"]:
                shared = [group["labels"], group["shared"]["labels"]]
                for alert in group["alerts"]:
                    labels = [_labels(some) for some in (*shared, alert["labels"])]
                    instances.update(some["instance"] for some in labels if "instance" in some)
        return instances

    def upstreams(self) -> dict[str, str]:
        """The name of every Alertmanager and what is wrong with it, empty where nothing is."""
        return {one["name"]: one["error"] for one in self._state()["upstreams"]["instances"]}

    def _state(self) -> dict[str, Any]:
        return json.loads(self._get("/alerts.json", b"{}"))

    def _get(self, path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(self.url + path, body)
        with urllib.request.urlopen(request, timeout=5, context=_unverified()) as answer:
            return answer.read().decode()


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _labels(labels: Any) -> dict[str, str]:
    if isinstance(labels, dict):  # as v0.90 sends them
        return cast("dict[str, str]", labels)
    return {one["name"]: one["value"] for one in labels or ()}


def eventually(look: Callable[[], T], wanted: T, seconds: float = 30.0) -> T:
    """Look until the wanted thing is seen or the time is over, and return what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except (OSError, KeyError, ValueError):
            if time.monotonic() > deadline:
                raise
        else:
            if seen == wanted or time.monotonic() > deadline:
                return seen
        time.sleep(0.1)
