"""Asks for the dashboard as a browser does, over http or https, with or without a login, and reads what it shows."""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

if TYPE_CHECKING:  # the tests on a real Juju run without cryptography
    from playground.around.authority import Authority

_ASSET = re.compile(r'(?:src|href)="?([^">\s]+[.](?:js|css|ico|png|svg))\b')
_DEFAULTS = re.compile(r'id="?defaults"?[^>]*>\s*([A-Za-z0-9+/=]+)\s*<')


class Browser:
    """Asks as a browser does; over https it believes one authority only, and checks names.

    Args:
        url: where the dashboard is said to be, with a slash at the end.
        authority: whom to believe over https; everybody if not given.
        login: name and password.
        headers: sent with every request.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080/",
        authority: Authority | None = None,
        login: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        self.url = url
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        if login:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        self.context = ssl.create_default_context(cadata=authority.certificate if authority else None)
        """What it believes over https."""
        if not authority:
            self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def get(self, path: str = "", body: bytes | None = None) -> str:
        """Ask for a path below the URL.

        Raises:
            OSError: if there is no answer, or one without success.
        """
        request = urllib.request.Request(self.url + path, body, self._headers)
        with urllib.request.urlopen(request, timeout=5, context=self.context) as answer:
            return answer.read().decode(errors="replace")

    def assets(self) -> set[str]:
        """The URLs of the scripts, styles and icons of the page."""
        return {urljoin(self.url, link) for link in _ASSET.findall(self.get())}

    def is_up(self) -> bool:
        """Whether Karma says that it is well."""
        try:
            return self.get("health").strip() == "Pong"
        except OSError:
            return False

    @contextmanager
    def watching(self) -> Generator[list[bool]]:
        """Ask all the while whether Karma is well; the list holds the answers."""
        answers: list[bool] = []
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                answers.append(self.is_up())

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield answers
        finally:
            over.set()
            asking.join()

    def status(self, path: str = "") -> int:
        """The HTTP status of the answer."""
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def settings(self) -> dict[str, Any]:
        """The settings of the page that a browser starts with, e.g. `{"Theme": "dark", …}`."""
        if not (found := _DEFAULTS.search(self.get())):
            raise ValueError("the page holds no defaults")
        return json.loads(base64.b64decode(found[1]))

    def state(self) -> dict[str, Any]:
        """What the page draws, as Karma's `alerts.json` tells it."""
        return json.loads(self.get("alerts.json", b"{}"))

    def known_as(self) -> tuple[str, list[str]]:
        """Who Karma says that it is: the name, and the groups; none where Karma knows of no groups."""
        found = self.state()["authentication"]
        return found["username"], found.get("groups", [])

    def errors(self) -> dict[str, str]:
        """The name of every Alertmanager and what is wrong with it, empty where nothing is."""
        return {one["name"]: one["error"] for one in self.state()["upstreams"]["instances"]}

    def labels(self) -> list[dict[str, str]]:
        """The labels of every alert shown: its group's, those that it shares with others, and its own."""
        groups = [group for grid in self.state()["grids"] for group in grid["alertGroups"]]
        return [
            _labels(group["labels"]) | _labels(group["shared"]["labels"]) | _labels(alert["labels"])
            for group in groups
            for alert in group["alerts"]
        ]

    def alerts(self) -> set[str]:
        """The `instance` label of every alert shown."""
        return {labels["instance"] for labels in self.labels() if "instance" in labels}


def _labels(labels: Any) -> dict[str, str]:
    if isinstance(labels, dict):  # as v0.90 sends them
        return cast("dict[str, str]", labels)
    return {one["name"]: one["value"] for one in labels or ()}
