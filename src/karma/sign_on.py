"""PURE: how people log in, and what may not be combined with what."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Mapping
from typing import Any

PROBE_USER = "karma-k8s"
"""Who the charm says it is where a proxy says in a header who somebody is."""

_ANYTHING = "(.+)"
_PROXY_HEADERS = {
    "name": "X-Auth-Request-User",
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


def derived(values: Mapping[str, Any], *, auth_proxy: bool) -> dict[str, tuple[str, Any]]:
    """Make the keys of Karma that a related proxy sets, and those that the operator may leave out.

    Returns:
        Karma's path -> the endpoint or option that sets it, and the value.
    """
    if auth_proxy:
        return {"authentication.header": ("auth-proxy", _PROXY_HEADERS)}
    pairs = (("auth-header", "auth-header-re", "value_re"), ("auth-group-header", "auth-group-re", "group_value_re"))
    return {
        f"authentication.header.{key}": (option, _ANYTHING)
        for option, pattern, key in pairs
        if option in values and pattern not in values
    }


def as_probe(authentication: Mapping[str, Any]) -> dict[str, str]:
    """Make the HTTP headers with which the charm itself is let in.

    Args:
        authentication: the section of this name in Karma's configuration.

    Raises:
        PermissionError: if there is no way in; the message is a sentence.
    """
    users = authentication.get("basicAuth", {}).get("users")
    if users:
        login = f"{users[0]['username']}:{users[0]['password']}"
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    header = authentication.get("header", {})
    if not header:
        return {}
    with contextlib.suppress(re.error):  # Go's expressions are not quite Python's: then Karma says no by itself
        if not re.fullmatch(header["value_re"], PROBE_USER):
            raise PermissionError(f"Karma lets in nobody named {PROBE_USER}: auth-header-re does not match it.")
    return {header["name"]: PROBE_USER}
