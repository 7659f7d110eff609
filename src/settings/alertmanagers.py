"""PURE: what operators say of single Alertmanagers: settings and headers by selector, and those outside of Juju.

A selector is the name of an Alertmanager on the page, an application in Juju, or `*` for all. Keys are those of Karma's
`alertmanager.servers`. Each parser raises ValueError with everything that is wrong, as the rest of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from charms.karma_k8s.v0.karma_dashboard import why_unusable

from settings.bounds import lasts, seconds
from settings.parsers import HEADER_NAME, unless, uri_template
from settings.yaml_text import load, mapping

EVERY = "*"
"""The selector of all Alertmanagers."""

Selected = Mapping[str, Mapping[str, Any]]
"""Selector -> Karma's key of a server -> value; None takes back what a wider selector says."""

_OF_A_UNIT = re.compile(r".+-[0-9]+")
"""How Juju's names of units look on the page; no application has such a name."""

_MAX_NAME = 253  # characters: that of a DNS name
_NOT_SENT = ("host", "content-length", "transfer-encoding", "trailer")  # Go leaves them out
_PROXIES = ("http", "https", "socks5")

# What is the charm's: Karma's key -> what to use instead.
_OWNED = {
    "uri": "each Alertmanager tells its own; one outside of Juju stands in external-alertmanagers",
    "headers": "use alertmanager-headers",
    "tls.ca": "integrate receive-ca-cert",
    "tls.cert": "use alertmanager-client-certificate",
    "tls.key": "use alertmanager-client-certificate",
}


def selected_settings(text: str) -> dict[str, dict[str, Any]] | None:
    """Read `selector: {key: value}`."""
    faults: list[str] = []
    found: dict[str, dict[str, Any]] = {}
    for selector, keys in mapping(text).items():
        if keys is not None and not isinstance(keys, dict):
            faults.append(f"{selector}: must be a mapping of Karma's keys of a server")
            continue
        found[selector] = server = _server(cast("dict[str, Any]", keys or {}), selector, faults)
        if server.get("name") and not is_of_a_unit(selector):
            faults.append(f"{selector}: name is for one unit, such as {selector.strip('*') or 'alertmanager'}-0")
    return unless(faults, found) or None


def selected_headers(texts: tuple[str]) -> dict[str, dict[str, str]]:
    """Read `header: text`, for all, and `selector: {header: text}`; secret, so no reason repeats any of it."""
    faults: list[str] = []
    found: dict[str, dict[str, str]] = {}
    for number, (key, value) in enumerate(mapping(texts[0]).items(), start=1):
        if not isinstance(value, dict):
            found.setdefault(EVERY, {})
            faults.extend(_put_header(found[EVERY], key, value, f"header {number}"))
            continue
        for below, (name, text) in enumerate(cast("dict[Any, Any]", value).items(), start=1):
            headers = found.setdefault(key, {})
            faults.extend(_put_header(headers, name, text, f"header {below} of selector {number}"))
    if not found and not faults:
        faults.append("holds no header")
    return unless(faults, found)


def external_alertmanagers(text: str) -> list[dict[str, Any]] | None:
    """Read the Alertmanagers outside of Juju: a list of `{name: …, uri: …}` with Karma's other keys of a server."""
    document = load(text)
    if document is None:
        return None
    if not isinstance(document, list):
        raise ValueError("must be a YAML list (`- {name: office, uri: 'https://am.example'}`)")
    faults: list[str] = []
    found: list[dict[str, Any]] = []
    for number, entry in enumerate(cast("list[Any]", document), start=1):
        if not isinstance(entry, dict):
            faults.append(f"entry {number}: must be a mapping with name and uri")
            continue
        keys = cast("dict[Any, Any]", entry)
        label = keys.get("name")
        where = label if isinstance(label, str) and label else f"entry {number}"
        faults.extend(f"{where}: {key} is missing" for key in ("name", "uri") if keys.get(key) is None)
        uri = keys.get("uri")
        if uri is not None and (why := why_unusable(uri) if isinstance(uri, str) else "must be a text"):
            faults.append(f"{where}: uri {why}")
        server = _server({key: value for key, value in keys.items() if key != "uri"}, where, faults)
        found.append({**server, "uri": uri})
    return unless(faults, found) or None


def is_of_a_unit(name: str) -> bool:
    """Tell whether a name is one that Juju may give to a unit."""
    return bool(_OF_A_UNIT.fullmatch(name))


def _server(keys: Mapping[Any, Any], where: str, faults: list[str]) -> dict[str, Any]:
    """Judge Karma's keys of one server, and collect what is wrong with them."""
    found: dict[str, Any] = {}
    for key, value in keys.items():
        owned = _owned(key, value)
        faults.extend(f"{where}: must not set {path}: {_OWNED[path]}" for path in owned)
        if key not in _KEYS and not owned:
            faults.append(f"{where}: has no key {key}; there are {', '.join(_KEYS)}")
        elif not owned:
            try:
                found[key] = None if value is None else _KEYS[key](value)
            except ValueError as error:
                faults.append(f"{where}: {key} {error}")
    if found.get("proxy") and found.get("readonly"):
        faults.append(f"{where}: proxy and readonly cannot both be true")
    if found.get("proxy"):  # Karma refuses both at once, and the narrower selector is the one that is meant
        found["readonly"] = False
    return found


def _owned(key: Any, value: Any) -> list[str]:
    below = [f"{key}.{one}" for one in cast("dict[Any, Any]", value)] if isinstance(value, dict) else []
    return [path for path in (str(key), *below) if path in _OWNED]


def _put_header(headers: dict[str, str], name: Any, text: Any, what: str) -> Iterator[str]:
    if not re.fullmatch(HEADER_NAME, str(name)):
        yield f"{what} has a name that HTTP does not allow"
    if str(name).lower() in _NOT_SENT:
        yield f"{what} is one that Karma cannot send"
    if not isinstance(text, str):
        yield f"{what} must have a text, in quotes where it looks like a number"
    elif not text.isprintable():
        yield f"{what} holds control characters"
    elif text != text.strip():
        yield f"{what} has white space around its text"
    elif str(name).lower() in {one.lower() for one in headers}:
        yield f"{what} is there twice"
    else:
        headers[str(name)] = text


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable() or value != value.strip():
        raise ValueError("must be a text, in quotes where it looks like a number")
    if len(value) > _MAX_NAME:
        raise ValueError(f"is longer than {_MAX_NAME} characters")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _duration(value: Any) -> str:
    if not isinstance(value, str) or seconds(value) is None:
        raise ValueError("must be a duration such as 5s")
    lasts("100ms", "5m")(value)
    return value


def _template(value: Any) -> str:
    return uri_template(_text(value)) or ""


def _proxy_url(value: Any) -> str:
    try:
        url = urlsplit(_text(value))
        is_good = url.scheme in _PROXIES and bool(url.hostname) and url.port != 0
    except ValueError:
        is_good, url = False, urlsplit("")
    if not is_good:
        raise ValueError(f"must be a URL that starts with {', '.join(f'{scheme}://' for scheme in _PROXIES)}")
    if "@" in url.netloc:
        raise ValueError("holds a user or password, which anybody could read")
    return value


def _section(value: Any, keys: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(cast("dict[Any, Any]", value)) <= set(keys):
        raise ValueError(f"must be a mapping of {', '.join(keys)}")
    found: dict[str, Any] = {}
    for key, one in cast("dict[str, Any]", value).items():
        try:
            found[key] = keys[key](one)
        except ValueError as error:  # noqa: PERF203 -- there are three keys at most
            raise ValueError(f"has {key}, which {error}") from None
    return found


def _cors(value: Any) -> dict[str, Any]:
    return _section(value, {"credentials": _text})


def _tls(value: Any) -> dict[str, Any]:
    return _section(value, {"insecureSkipVerify": _boolean})


def _healthcheck(value: Any) -> dict[str, Any]:
    return _section(value, {"visible": _boolean, "filters": _filters})


def _filters(value: Any) -> dict[str, list[str]]:
    found = cast("dict[Any, Any]", value if isinstance(value, dict) else {None: None})
    for name, filters in found.items():
        if not isinstance(name, str) or not isinstance(filters, list):
            raise ValueError("must be a mapping of names to lists of filters")
        for text in cast("list[Any]", filters):
            _text(text)
    return found


_KEYS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "cluster": _text,
    "proxy": _boolean,
    "readonly": _boolean,
    "timeout": _duration,
    "external_uri": _template,
    "proxy_url": _proxy_url,
    "cors": _cors,
    "healthcheck": _healthcheck,
    "tls": _tls,
}
