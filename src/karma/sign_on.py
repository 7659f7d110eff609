"""PURE: how people log in, and what may not be combined with what."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from settings.options import BY_PROXY
from settings.parsers import USER_HEADERS

PROBE_USER = "karma-k8s"
"""Who the charm says it is where a proxy says in a header who somebody is."""

ORIGINS = "listen.cors"
"""Karma's key, and the name by which its refusal is known: before v0.133 it cannot be told whom to answer."""

_ANYTHING = "(.+)"
_PROXY_HEADERS = {
    "name": USER_HEADERS["user"],
    "value_re": _ANYTHING,
    "group_name": "X-Auth-Request-Groups",
    "group_value_re": _ANYTHING,
    "group_value_separator": ",",
}


def refused(values: Mapping[str, Any], *, auth_proxy: bool) -> dict[str, str]:
    """Say what cannot be as it is asked for.

    Args:
        values: option -> value of its Karma key.
        auth_proxy: whether a proxy is related that has people log in.

    Returns:
        The option or endpoint -> why, as the rest of a sentence.
    """
    headers = next((option for option in sorted(values) if option.startswith(("auth-header", "auth-group-"))), "")
    proxy = "auth-proxy" if auth_proxy else ""
    users = "basic-auth-users" if "basic-auth-users" in values else ""
    kinds = [kind for kind in (users, headers, proxy) if kind]
    if len(kinds) > 1:
        others = " and ".join(kinds[1:])
        return {kinds[0]: f"Karma takes one kind of login: choose between this and {others}"}
    if headers.startswith("auth-group-") and "auth-header" not in values:
        return {headers: "needs auth-header too: without it Karma asks nobody to log in"}
    return {}


def derived(values: Mapping[str, Any], *, auth_proxy: bool, origin: str = "") -> dict[str, tuple[str, Any]]:
    """Make the keys of Karma that a related proxy sets, and those that the operator may leave out.

    Args:
        values: option -> value of its Karma key.
        auth_proxy: whether a proxy is related that has people log in.
        origin: of the dashboard's own page; empty to let every page of a browser in which somebody has logged in ask.

    Returns:
        Karma's path -> the endpoint or option that sets it, and the value.
    """
    found: dict[str, tuple[str, Any]] = {}
    if origin and has_login(values, auth_proxy=auth_proxy) and "listen-cors-allowed-origins" not in values:
        found[ORIGINS] = (ORIGINS, {"allowedOrigins": [origin]})
    if auth_proxy:
        name = values.get("auth-proxy-user", _PROXY_HEADERS["name"])
        return found | {BY_PROXY: ("auth-proxy", {**_PROXY_HEADERS, "name": name})}
    pairs = (("auth-header", "auth-header-re", "value_re"), ("auth-group-header", "auth-group-re", "group_value_re"))
    return found | {
        f"authentication.header.{key}": (option, _ANYTHING)
        for option, pattern, key in pairs
        if option in values and pattern not in values
    }


def has_login(values: Mapping[str, Any], *, auth_proxy: bool) -> bool:
    """Tell whether Karma asks people who they are."""
    return auth_proxy or "basic-auth-users" in values or "auth-header" in values


def passed_on(values: Mapping[str, Any], *, auth_proxy: bool) -> dict[str, str]:
    """Make the headers that Alertmanagers are sent in the place of a browser's: those with which somebody logs in.

    Karma hands on what a browser sends with a silence; there is no way to leave a header out, but it may be empty.
    """
    return {"Authorization": "", "Cookie": ""} if has_login(values, auth_proxy=auth_proxy) else {}


def as_probe(authentication: Mapping[str, Any]) -> dict[str, str]:
    """Make the HTTP headers with which the charm itself asks to be let in; whether they do is Karma's to say.

    Args:
        authentication: the section of this name in Karma's configuration.
    """
    users = authentication.get("basicAuth", {}).get("users")
    if users:
        login = f"{users[0]['username']}:{users[0]['password']}"
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    header = authentication.get("header", {})
    return {header["name"]: PROBE_USER} if header else {}
