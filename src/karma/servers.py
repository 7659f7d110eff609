"""PURE: from what Alertmanager units publish to the entries of Karma's `alertmanager.servers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from settings.parsers import Access

DEFAULT_TIMEOUT = "10s"
"""A quarter of Karma's own default: Karma serves nothing before it has tried every Alertmanager up to four times."""


class Alertmanager(NamedTuple):
    """One Alertmanager unit, as it has published itself and as it was found good."""

    relation_id: int
    unit: str
    """Juju's name of it on this side of the relation, e.g. `alertmanager-k8s/0`, or `offer/0` of another model."""
    uri: str
    proxy: bool

    @property
    def application(self) -> str:
        """Juju's local name of the application or of the offer that was consumed, unique in the model."""
        return self.unit.rpartition("/")[0]

    @property
    def order(self) -> tuple[int, str, int]:
        """Where it stands: units by number, relations in the order in which they were made."""
        return self.relation_id, self.application, int(self.unit.rpartition("/")[2])


def servers(  # noqa: PLR0913 -- one argument per option
    alertmanagers: Iterable[Alertmanager],
    *,
    proxy: Access = "published",
    timeout: str = DEFAULT_TIMEOUT,
    headers: Mapping[str, str] | None = None,
    healthcheck: Mapping[str, Any] | None = None,
    external_uri: str = "",
    tls: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Make the list `alertmanager.servers`, the same for the same set of units in whatever order they come.

    A server is named for its unit, and its cluster for the application: Juju keeps both unique, so no relation that
    comes or goes ever renames a server of another one. Units of a relation with one URI (an ingress) are one server. An
    application that is related through two of its endpoints is shown through the older of these relations alone.

    Args:
        alertmanagers: the usable units of all relations.
        proxy: how browsers reach them.
        timeout: of one request to an Alertmanager, a Go duration.
        headers: sent with every request to every Alertmanager.
        healthcheck: name of a server, or `*` for all others, -> its `healthcheck`.
        tls: how https connections to them are made.
        external_uri: template of the link that a browser follows; it may hold `parsers.URI_FIELDS`.
    """
    result: list[dict[str, Any]] = []
    relations: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for alertmanager in sorted(alertmanagers, key=lambda one: one.order):
        cluster, uri = alertmanager.application, alertmanager.uri
        is_twice = relations.setdefault(cluster, alertmanager.relation_id) != alertmanager.relation_id
        if is_twice or (cluster, uri) in seen:
            continue
        seen.add((cluster, uri))
        server: dict[str, Any] = {
            "name": alertmanager.unit.replace("/", "-"),  # a slash, even escaped, is refused by some proxies
            "cluster": cluster,
            "uri": uri,
            "timeout": timeout,
            "proxy": alertmanager.proxy if proxy == "published" else proxy == "proxy",
        }
        if proxy == "readonly":
            server["readonly"] = True
        if headers:
            server["headers"] = dict(headers)
        if tls and urlsplit(alertmanager.uri).scheme == "https":
            server["tls"] = dict(tls)
        if healthcheck and (check := healthcheck.get(server["name"], healthcheck.get("*"))) is not None:
            server["healthcheck"] = check
        if external_uri:
            server["external_uri"] = _external(external_uri, server)
        result.append(server)
    return result


def _external(template: str, server: Mapping[str, Any]) -> str:
    uri = urlsplit(str(server["uri"]))
    host = uri.hostname or ""
    return template.format(
        name=server["name"],
        cluster=server["cluster"],
        host=f"[{host}]" if ":" in host else host,
        port=uri.port or (443 if uri.scheme == "https" else 80),
    )
