"""PURE: settings written as in Karma's own file, judged by the same table as the options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from settings.bounds import Judge

# What the charm derives from Juju, what holds secrets or files, and what guards, as a new pod goes without an overlay
# that is refused: Karma's key -> what to use instead. Of a section and what stands in it, the narrower key is told;
# `[]` stands for every entry of a list.
OWNED = {
    "alertmanager.servers": "integrate Alertmanagers with `alerting`, or use external-alertmanagers",
    "alertmanager.servers[].headers": "use the secret of alertmanager-headers",
    "alertmanager.servers[].tls.ca": "integrate receive-ca-cert",
    "alertmanager.servers[].tls.cert": "use the secret of alertmanager-client-certificate",
    "authentication": "use basic-auth-users, auth-header or the endpoint auth-proxy",
    "authentication.basicAuth": "use the secret of basic-auth-users",
    "authentication.header": "use auth-header, or integrate auth-proxy",
    "authorization": "use authorization-groups and silence-acl",
    "authorization.acl": "use silence-acl",
    "authorization.groups": "use authorization-groups",
    "custom": "use custom-css and custom-js",
    "custom.css": "use custom-css",
    "custom.js": "use custom-js",
    "history.enabled": "use history-enabled",
    "history.rewrite[].headers": "use the secret of history-headers",
    "history.rewrite[].tls.ca": "integrate receive-ca-cert",
    "listen": "use the options listen-…, or the endpoints ingress and certificates",
    "listen.address": "leave it out",
    "listen.cors": "use listen-cors-allowed-origins",
    "listen.port": "leave it out, it is 8080",
    "listen.prefix": "integrate ingress",
    "listen.timeout": "use listen-timeout-read and listen-timeout-write",
    "listen.tls": "integrate certificates",
}
_ALSO_WITH_NARROWER = "alertmanager.servers"


def why_refused(document: Mapping[str, Any], judges: Mapping[str, Judge]) -> str:
    """Say all that is wrong with an overlay, as the rest of a sentence; empty where nothing is.

    Args:
        document: keys of Karma's configuration.
        judges: Karma's path -> judge of what stands there.
    """
    reasons: list[str] = []
    there = [path for path in OWNED if any(True for _ in _at(document, path))]
    owned = [
        f"{path}: {OWNED[path]}"
        for path in there
        if path == _ALSO_WITH_NARROWER or not any(one.startswith(f"{path}.") for one in there)
    ]
    if owned:
        reasons.append(f"must not set {'; '.join(owned)}")
    reasons.extend(
        f"{path} holds a user or password, which anybody could read"
        for path in ("history.rewrite[].proxy_url", "history.rewrite[].uri")
        if any(re.search("//[^/?#]*@", str(value)) for value in _at(document, path))
    )
    reasons.extend(f"{path} {why}" for path, why in faults(document, judges))
    return "; ".join(reasons)


def faults(document: Mapping[str, Any], judges: Mapping[str, Judge], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Judge what stands at the paths of the table.

    Args:
        document: keys of Karma's configuration, or of a section of it.
        judges: Karma's path -> judge of what stands there.
        prefix: the path of that section, with a dot at its end.

    Yields:
        The path below the prefix, and why its value is refused, as the rest of a sentence.
    """
    for path, judge in judges.items():
        below = path.removeprefix(prefix)
        if path.startswith(prefix) and below.partition(".")[0] in document:
            for value in _at(document, below):
                if why := _why_refused(judge, value):
                    yield below, why


def logs_itself(document: Mapping[str, Any]) -> bool:
    """Tell whether Karma is to log its configuration, headers for Prometheus servers included."""
    return any(value is True for value in _at(document, "log.config"))


def _why_refused(judge: Judge, value: Any) -> str:
    try:
        judge(value)
    except ValueError as error:
        return str(error)
    return ""


def _at(document: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path, if anything does."""
    key, _, rest = path.partition(".")
    if not isinstance(document, dict) or key.removesuffix("[]") not in document:
        return
    place: Any = cast("dict[str, Any]", document)[key.removesuffix("[]")]
    entries = cast("list[Any]", place if key.endswith("[]") and isinstance(place, list) else [place])
    for one in entries:
        if rest:
            yield from _at(one, rest)
        else:
            yield one
