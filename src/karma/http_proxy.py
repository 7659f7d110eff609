"""PURE: the HTTP proxy of the model, as the environment in which Karma runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

JUJU = {"HTTP_PROXY": "JUJU_CHARM_HTTP_PROXY", "HTTPS_PROXY": "JUJU_CHARM_HTTPS_PROXY"}
"""Variable of Go -> that in which Juju tells hooks of `juju-http-proxy` and `juju-https-proxy`."""

JUJU_NO_PROXY = "JUJU_CHARM_NO_PROXY"
VARIABLES = (*JUJU.values(), JUJU_NO_PROXY)

_HERE = ("localhost", "127.0.0.1", "::1", ".svc", ".cluster.local")
"""The pod itself, and Kubernetes' own names; to Go a name with a dot before it stands for all that end so."""


def environment(model: Mapping[str, str], address: str, uris: Iterable[str]) -> dict[str, str]:
    """Make the variables that Go takes its proxy from; none where the model has no proxy.

    Whatever is in the cluster is reached without one: the pod itself, the cluster's suffixes, and of the Alertmanagers
    those whose host has one label, or is a private address. What a suffix covers is not listed by itself, since Linux
    takes no variable of more than 128 KiB.

    Args:
        model: the variables that Juju gives to hooks.
        address: the unit's IP address; may be empty.
        uris: of all related Alertmanagers.
    """
    proxies = {name: model[juju] for name, juju in JUJU.items() if model.get(juju)}
    if not proxies:
        return {}
    asked = (part.strip() for part in model.get(JUJU_NO_PROXY, "").split(","))
    hosts = {urlsplit(uri).hostname or "" for uri in uris}
    without = {*asked, *_HERE, address, *filter(_is_in_cluster, hosts)} - {""}
    return {**proxies, "NO_PROXY": ",".join(sorted(without))}


def _is_in_cluster(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
