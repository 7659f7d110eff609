"""PURE: settings written as in Karma's own file, judged by the same table as the options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from settings.bounds import Judge

# What the charm derives from Juju, and what holds secrets or files: Karma's key -> what to use instead.
OWNED = {
    "alertmanager.servers": "integrate Alertmanagers with `alerting`",
    "authentication": "use basic-auth-users, auth-header or the endpoint auth-proxy",
    "authorization.acl": "use silence-acl",
    "custom": "use custom-css and custom-js",
    "listen": "use the options listen-…, or the endpoints ingress and certificates",
}


def why_refused(document: Mapping[str, Any], judges: Mapping[str, Judge]) -> str:
    """Say all that is wrong with an overlay, as the rest of a sentence; empty where nothing is.

    Args:
        document: keys of Karma's configuration.
        judges: Karma's path -> judge of what stands there.
    """
    reasons: list[str] = []
    owned = [path for path in OWNED if any(True for _ in _at(document, path))]
    if owned:
        reasons.append(f"must not set {', '.join(owned)}: {'; '.join(OWNED[path] for path in owned)}")
    reasons.extend(f"{path} {why}" for path, why in faults(document, judges))
    if has_secrets(document) and any(value is True for value in _at(document, "log.config")):
        reasons.append("log.config would log the headers of history.rewrite")
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


def has_secrets(document: Mapping[str, Any] | None) -> bool:
    """Tell whether questions about the past carry headers, which Karma itself logs in full with its configuration."""
    rules = next(_at(document or {}, "history.rewrite"), None)
    for rule in cast("list[Any]", rules) if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            keys = cast("dict[str, Any]", rule)
            if keys.get("headers") or "@" in str(keys.get("proxy_url", "")):
                return True
    return False


def _why_refused(judge: Judge, value: Any) -> str:
    try:
        judge(value)
    except ValueError as error:
        return str(error)
    return ""


def _at(document: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield what stands at a path, if anything does."""
    place: Any = document
    for key in path.split("."):
        if not isinstance(place, dict) or key not in place:
            return
        place = cast("dict[str, Any]", place)[key]
    yield place
