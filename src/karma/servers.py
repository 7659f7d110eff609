"""PURE: from what Alertmanager units publish to the entries of Karma's `alertmanager.servers`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from settings.parsers import Access

DEFAULT_TIMEOUT = "10s"
"""A quarter of Karma's own default: Karma serves nothing before it has tried every Alertmanager up to four times."""

# Karma makes a path segment of the name; some proxies refuse an escaped slash in it, and `..` is no segment at all.
_UNSAFE_IN_A_PATH = re.compile(r"^\.|[^A-Za-z0-9_.-]")


class Alertmanager(NamedTuple):
    """One Alertmanager unit, as it has published itself and as it was found good."""

    relation_id: int
    unit: str
    name: str
    uri: str
    cluster: str
    proxy: bool

    @property
    def order(self) -> tuple[int, str, int]:
        """Where it stands: units by number, relations in the order in which they were made."""
        application, _, number = self.unit.rpartition("/")
        return self.relation_id, application, int(number)


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

    Names and clusters are unique: the oldest relation that claims one keeps it, a later one gets its relation id
    appended, so a new relation never renames what is there. Units of one cluster with one URI (an ingress) are one
    server.

    Args:
        alertmanagers: the usable units of all relations.
        proxy: how browsers reach them.
        timeout: of one request to an Alertmanager, a Go duration.
        headers: sent with every request to every Alertmanager.
        healthcheck: name of a server, or `*` for all others, -> its `healthcheck`.
        tls: how https connections to them are made.
        external_uri: template of the link that a browser follows; it may hold `parsers.URI_FIELDS`.
    """
    names: set[str] = set()
    clusters: dict[tuple[int, str], str] = {}
    result: list[dict[str, Any]] = []
    seen: set[tuple[int, str, str]] = set()
    for alertmanager in sorted(alertmanagers, key=lambda one: one.order):
        claim = (alertmanager.relation_id, alertmanager.cluster)
        if (*claim, alertmanager.uri) in seen:
            continue
        seen.add((*claim, alertmanager.uri))
        name = _UNSAFE_IN_A_PATH.sub("-", alertmanager.name)
        server: dict[str, Any] = {
            "name": _unique(name, alertmanager.relation_id, names),
            "uri": alertmanager.uri,
            "timeout": timeout,
            "proxy": alertmanager.proxy if proxy == "published" else proxy == "proxy",
        }
        if proxy == "readonly":
            server["readonly"] = True
        if headers:
            server["headers"] = dict(headers)
        if tls and urlsplit(alertmanager.uri).scheme == "https":
            server["tls"] = dict(tls)
        if alertmanager.cluster:
            if claim not in clusters:
                clusters[claim] = _unique(alertmanager.cluster, alertmanager.relation_id, clusters.values())
            server["cluster"] = clusters[claim]
        if healthcheck and (check := healthcheck.get(server["name"], healthcheck.get("*"))) is not None:
            server["healthcheck"] = check
        if external_uri:
            server["external_uri"] = _external(external_uri, server)
        names.add(server["name"])
        result.append(server)
    return result


def _unique(wanted: str, relation_id: int, taken: Container[str]) -> str:
    suffixed = f"{wanted}-{relation_id}"
    numbered = (f"{suffixed}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain((wanted, suffixed), numbered) if name not in taken)


def _external(template: str, server: Mapping[str, Any]) -> str:
    uri = urlsplit(str(server["uri"]))
    host = uri.hostname or ""
    return template.format(
        name=server["name"],
        cluster=quote(server.get("cluster", ""), safe=""),
        host=f"[{host}]" if ":" in host else host,
        port=uri.port or (443 if uri.scheme == "https" else 80),
    )
