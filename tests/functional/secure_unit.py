"""A unit with more than `alerting` related, and a browser that believes one authority only."""

from __future__ import annotations

import base64
import dataclasses
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping

from ops import testing

from playground.unit import Unit
from tests.functional.authority import Authority, requests_in


class SecureUnit(Unit):
    """A unit whose other endpoints are played by hand."""

    def integrate(self, endpoint: str, application: str, data: Mapping[str, str] | None = None) -> int:
        """Integrate an endpoint with an application that publishes this; return the relation's id."""
        relation_id, self._next_relation = self._next_relation, self._next_relation + 1
        self._put(testing.Relation(endpoint, id=relation_id, remote_app_name=application))
        self.fire(self.on.relation_created(self._relation(relation_id)))
        if data:
            self.answer(relation_id, data)
        return relation_id

    def answer(self, relation_id: int, data: Mapping[str, str]) -> None:
        """Let the application on the other side publish this instead of what it has published before."""
        self._put(dataclasses.replace(self._relation(relation_id), remote_app_data=dict(data)))
        self.fire(self.on.relation_changed(self._relation(relation_id)))

    def said(self, relation_id: int) -> Mapping[str, str]:
        """What the unit has published."""
        return self._relation(relation_id).local_unit_data

    def application_said(self, relation_id: int) -> Mapping[str, str]:
        """What the leader has published."""
        return self._relation(relation_id).local_app_data

    def certify(self, relation_id: int, authority: Authority) -> None:
        """Answer the unit's signing requests."""
        self.answer(relation_id, authority.answer(*requests_in(self.said(relation_id))))

    def secret(self, **content: str) -> str:
        """Add a user secret that is granted to the application (`private_key=` for the key `private-key`)."""
        named = {key.replace("_", "-"): text for key, text in content.items()}
        return self.add_secret(f"secret-{len(self.secrets.all)}", named, granted=True)


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
        self._context = ssl.create_default_context(cadata=authority.certificate) if authority else None

    def get(self, path: str = "", body: bytes | None = None) -> str:
        """Ask for a path below the URL.

        Raises:
            OSError: if there is no answer, or one without success.
        """
        request = urllib.request.Request(self._url + path, body, self._headers)
        with urllib.request.urlopen(request, timeout=5, context=self._context) as answer:
            return answer.read().decode(errors="replace")

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
