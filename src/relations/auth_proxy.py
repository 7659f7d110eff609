"""`auth_proxy`: a proxy that has people log in, and tells Karma in headers who they are."""

from __future__ import annotations

import json
from collections.abc import Mapping

import ops

from problems import Problem, blocked
from relations.databag import active, led
from settings.parsers import USER_HEADERS

ENDPOINT = "auth-proxy"

GROUPS_HEADER = "X-Auth-Request-Groups"
# All that Karma may be told to believe, so that the proxy sets them all and nobody can send one past it.
_HEADERS = [*USER_HEADERS.values(), GROUPS_HEADER]
# Probes and Prometheus go to the pod. Proxies take these for patterns, and for those of all applications behind them.
_OPEN: list[str] = []


def read(charm: ops.CharmBase) -> bool:
    """Tell whether a proxy is related."""
    return bool(active(charm, ENDPOINT))


def publish(charm: ops.CharmBase, ingress_url: str) -> tuple[Problem, ...]:
    """Tell the proxy what to protect.

    Args:
        charm: whose endpoint it is.
        ingress_url: where browsers find the dashboard; empty where there is no ingress, and so nothing to protect.

    Returns:
        What stands in the way.
    """
    for relation in led(charm, ENDPOINT):
        said = relation.data[charm.app]
        protected = [ingress_url] if ingress_url else []
        if _holds(said, {"protected_urls": protected, "headers": _HEADERS, "allowed_endpoints": _OPEN}):
            return ()  # it was found valid before it was written
        from charmlibs.interfaces.auth_proxy import (  # noqa: PLC0415 -- hooks with nothing to write do not pay for it
            AuthProxyConfig,
            AuthProxyConfigError,
            AuthProxyRequirer,
        )

        wanted = AuthProxyConfig(protected, headers=_HEADERS, allowed_endpoints=_OPEN)
        problems: tuple[Problem, ...] = ()
        try:
            wanted.validate()
        except AuthProxyConfigError:
            wanted.protected_urls = []
            # The URL comes last: where it does not fit, a status still says what to do.
            advice = "give the ingress a name like a.example.com"
            problems = (blocked(f"{ENDPOINT}: {advice}; the proxy cannot protect {ingress_url}"),)
        if not _holds(said, wanted.to_dict()):
            AuthProxyRequirer(charm, relation_name=ENDPOINT).update_auth_proxy_config(wanted, relation.id)
        return problems
    return ()


def _holds(databag: Mapping[str, str], entries: Mapping[str, list[str]]) -> bool:
    return all(databag.get(key) == json.dumps(value) for key, value in entries.items())
