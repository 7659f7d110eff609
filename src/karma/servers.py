"""PURE: the entries of `alertmanager.servers`: what Alertmanagers have published, and what operators say of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlsplit

from karma.names import chosen, safe
from problems import Problem, Severity
from settings.alertmanagers import EVERY, Selected
from settings.parsers import CLIENT_CERTIFICATE_FILE, CLIENT_KEY_FILE, Access

DEFAULT_TIMEOUT = "10s"
"""A quarter of Karma's own default: Karma serves nothing before it has tried every Alertmanager up to four times."""

ALERTING = "alerting"
SETTINGS_OPTION = "alertmanager-settings"
HEADERS_OPTION = "alertmanager-headers"
EXTERNAL_OPTION = "external-alertmanagers"

_MADE_OF_MORE = ("name", "uri", "proxy", "readonly", "tls")
"""Keys of which an entry does not take just what is said of it."""


class Alertmanager(NamedTuple):
    """One Alertmanager unit, as it has published itself and as it was found good."""

    relation_id: int
    unit: str
    """Juju's name of it on this side of the relation, e.g. `alertmanager-k8s/0`, or `offer/0` of another model."""
    uri: str
    proxy: bool

    @property
    def name(self) -> str:
        """What Karma may call it; a slash, even escaped, is refused by some proxies."""
        return self.unit.replace("/", "-")

    @property
    def application(self) -> str:
        """Juju's local name of the application or of the offer that was consumed, unique in the model."""
        return self.unit.rpartition("/")[0]

    @property
    def order(self) -> tuple[int, str, int]:
        """Where it stands: units by number, relations in the order in which they were made."""
        return self.relation_id, self.application, int(self.unit.rpartition("/")[2])


class Servers(NamedTuple):
    """What Karma may show."""

    entries: list[dict[str, Any]]
    """Of `alertmanager.servers`."""
    problems: tuple[Problem, ...]
    """What is written of Alertmanagers that are not there, or not as it is written."""
    sources: Mapping[str, str]
    """`<name of a server>/<Karma's key>` -> the option that says this of it alone, or the endpoint that it comes by."""


def servers(
    alertmanagers: Iterable[Alertmanager],
    values: Mapping[str, Any],
    *,
    model: str = "",
    headers: Mapping[str, str] | None = None,
) -> Servers:
    """Make the list `alertmanager.servers`, the same for the same set of units in whatever order they come.

    A server is named for its unit, and its cluster for the application: Juju keeps both unique, so no relation that
    comes or goes ever renames a server of another one. Units of a relation with one URI (an ingress) are one server. An
    application that is related through two of its endpoints is shown through the older of these relations alone.

    What is said of one Alertmanager beats what is said of its application, of all, and by the options
    `alertmanager-…`, key by key. Those outside of Juju come last; none of them ever takes the name of a unit.

    Args:
        alertmanagers: the usable units of all relations.
        values: option -> value, as `settings.options.settings` makes them.
        model: the name of the model.
        headers: sent to every proxied server unless others of these names are.
    """
    shown = tuple(_each_once(alertmanagers))
    applications = {one.application for one in shown}
    wishes: Selected = values.get(SETTINGS_OPTION, {})
    outside: list[dict[str, Any]] = values.get(EXTERNAL_OPTION, [])
    renamed, names = chosen(wishes, outside, applications)
    make = _Maker(values, model, headers or {})
    entries: list[dict[str, Any]] = []
    sources: dict[str, str] = {}
    matched: set[str] = {EVERY}
    for one in shown:
        name = renamed.get(one.name, one.name)
        # A new name must not bring what is meant for another application.
        selectors = [EVERY, one.application, one.name, *({name} - applications - {one.name})]
        matched.update(selectors)
        said = _said(wishes.get(selector, {}) for selector in selectors)
        sources |= {f"{name}/uri": ALERTING, **dict.fromkeys((f"{name}/{key}" for key in said), SETTINGS_OPTION)}
        server = {"name": name, "cluster": one.application, "uri": one.uri, "proxy": one.proxy}
        entries.append(make.server(server, said, selectors, one.application))
    for name, one in zip(names, outside, strict=True):
        matched.add(name)
        said = _said([wishes.get(EVERY, {}), wishes.get(name, {}), one])
        sources |= {f"{name}/{key}": EXTERNAL_OPTION if key in one else SETTINGS_OPTION for key in said}
        server = {"name": name, "cluster": name, "uri": one["uri"], "proxy": True}
        entries.append(make.server(server, said, [EVERY, name], name))
    problems = (
        *(_not_as_written(names, outside, applications)),
        *(_unmatched(values, matched) if entries else ()),
        *_not_verified(entries, values),
    )
    return Servers(entries, problems, sources)


class _Maker:
    """Makes one entry of what it is and what is said of it."""

    def __init__(self, values: Mapping[str, Any], model: str, headers: Mapping[str, str]):
        self._timeout: str = values.get("alertmanager-timeout", DEFAULT_TIMEOUT)
        self._access: Access = values.get("alertmanager-access", "published")
        self._link: str = values.get("alertmanager-external-uri", "")
        self._headers: Selected = values.get(HEADERS_OPTION, {})
        self._passed_on = headers
        self._model = model
        self._tls: dict[str, Any] = {}
        if "alertmanager-client-certificate" in values:
            self._tls |= {"cert": CLIENT_CERTIFICATE_FILE, "key": CLIENT_KEY_FILE}
        if values.get("alertmanager-insecure-skip-verify"):
            self._tls["insecureSkipVerify"] = True

    def server(
        self, server: dict[str, Any], said: Mapping[str, Any], selectors: Iterable[str], application: str
    ) -> dict[str, Any]:
        server["timeout"] = self._timeout
        if self._link:
            server["external_uri"] = self._link
        is_proxied = server["proxy"] if self._access in ("published", "readonly") else self._access == "proxy"
        is_readonly = said.get("readonly", self._access == "readonly")
        server |= {key: value for key, value in said.items() if key not in _MADE_OF_MORE}
        server["proxy"] = not is_readonly and said.get("proxy", is_proxied)
        if is_readonly:
            server["readonly"] = True
        if not server["proxy"]:
            # An Alertmanager answers every origin, and refuses those that bring credentials, as Karma's page would.
            server.setdefault("cors", {"credentials": "omit"})
        tls = self._tls | said.get("tls", {})
        if tls and urlsplit(str(server["uri"])).scheme == "https":
            server["tls"] = tls
        layers = [self._headers.get(selector, {}) for selector in selectors]
        if found := merged_headers([self._passed_on, *layers] if server["proxy"] else layers):
            server["headers"] = found
        if "external_uri" in server:
            server["external_uri"] = _external(server, application, self._model)
        return server


def _each_once(alertmanagers: Iterable[Alertmanager]) -> Iterator[Alertmanager]:
    relations: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for one in sorted(alertmanagers, key=lambda one: one.order):
        is_twice = relations.setdefault(one.application, one.relation_id) != one.relation_id
        if not is_twice and (one.application, one.uri) not in seen:
            seen.add((one.application, one.uri))
            yield one


def _said(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge what is said, the later layer beating the earlier ones; None takes back what they say."""
    found: dict[str, Any] = {}
    for layer in layers:
        found |= layer
    return {key: value for key, value in found.items() if value is not None}


def merged_headers(layers: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Merge headers, whose names are the same in whatever case."""
    found: dict[str, tuple[str, str]] = {}
    for layer in layers:
        found |= {name.lower(): (name, text) for name, text in layer.items()}
    return dict(found.values())


def _not_as_written(
    names: Iterable[str], outside: Iterable[Mapping[str, Any]], applications: Collection[str]
) -> Iterator[Problem]:
    for name, one in zip(names, outside, strict=True):
        if (wanted := safe(one["name"])) in applications:
            why = f"{wanted} is shown as {name}: an application has that name"
            yield Problem(Severity.ACTIVE, f"{EXTERNAL_OPTION}: {why}")


def _unmatched(values: Mapping[str, Any], matched: Collection[str]) -> Iterator[Problem]:
    if absent := sorted({*values.get(SETTINGS_OPTION, {})} - {*matched}):
        yield Problem(Severity.ACTIVE, f"{SETTINGS_OPTION}: no Alertmanager is named {', '.join(absent)}")
    if absent := [selector for selector in values.get(HEADERS_OPTION, {}) if selector not in matched]:
        # What is in a secret stays there, though it be a name.
        yield Problem(Severity.ACTIVE, f"{HEADERS_OPTION}: no Alertmanager is named as {len(absent)} of its selectors")


def _not_verified(entries: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> Iterator[Problem]:
    if values.get("alertmanager-insecure-skip-verify"):
        why = "certificates of Alertmanagers are not verified"
        yield Problem(Severity.ACTIVE, f"alertmanager-insecure-skip-verify: {why}")
    elif names := [one["name"] for one in entries if one.get("tls", {}).get("insecureSkipVerify")]:
        yield Problem(Severity.ACTIVE, f"{SETTINGS_OPTION}: certificates are not verified of {', '.join(names)}")


def _external(server: Mapping[str, Any], application: str, model: str) -> str:
    uri = urlsplit(str(server["uri"]))
    host = uri.hostname or ""
    return cast("str", server["external_uri"]).format(
        name=server["name"],
        cluster=quote(server["cluster"], safe=""),
        application=application,
        model=model,
        host=f"[{host}]" if ":" in host else host,
        port=uri.port or (443 if uri.scheme == "https" else 80),
    )
