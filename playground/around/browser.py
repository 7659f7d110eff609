"""Asks for the dashboard as a browser does, over http or https, with or without a login."""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urljoin

from playground.around.authority import Authority

_ASSET = re.compile(r'(?:src|href)="?([^">\s]+[.](?:js|css|ico|png|svg))\b')


class Browser:
    """Asks as a browser does; over https it believes one authority only, and checks names.

    Args:
        url: where the dashboard is said to be.
        authority: whom to believe.
        login: name and password.
        headers: sent with every request.
    """

    def __init__(
        self,
        url: str,
        authority: Authority | None = None,
        login: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ):
        self._url = url
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        if login:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        self.context = ssl.create_default_context(cadata=authority.certificate) if authority else None
        """What it believes over https."""

    def get(self, path: str = "", body: bytes | None = None) -> str:
        """Ask for a path below the URL.

        Raises:
            OSError: if there is no answer, or one without success.
        """
        request = urllib.request.Request(self._url + path, body, self._headers)
        with urllib.request.urlopen(request, timeout=5, context=self.context) as answer:
            return answer.read().decode(errors="replace")

    def assets(self) -> set[str]:
        """The URLs of the scripts, styles and icons of the page."""
        return {urljoin(self._url, link) for link in _ASSET.findall(self.get())}

    def is_up(self) -> bool:
        """Whether Karma says that it is well."""
        try:
            return self.get("health").strip() == "Pong"
        except OSError:
            return False

    def status(self, path: str = "") -> int:
        """The HTTP status of the answer."""
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def errors(self) -> dict[str, str]:
        """The name of every Alertmanager and what is wrong with it, empty where nothing is."""
        return {
            one["name"]: one["error"] for one in json.loads(self.get("alerts.json", b"{}"))["upstreams"]["instances"]
        }
