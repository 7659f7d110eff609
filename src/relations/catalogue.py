"""`catalogue` v1: an entry on the start page of the observability stack.

Requirer, application (leader): `name`, `url`, `icon`, `description`, `api_docs` are plain texts, `api_endpoints` is
JSON.
"""

from __future__ import annotations

import json

import ops

from relations.databag import led, write

ENDPOINT = "catalogue"

_ENTRY = {
    "name": "Karma",
    "icon": "bell-alert",
    "description": "The alerts of many Alertmanagers on one page: grouped, filtered and silenced in one place.",
    "api_docs": "https://github.com/prymitive/karma/blob/main/docs/CONFIGURATION.md",
}


def publish(charm: ops.CharmBase, url: str) -> None:
    """Keep the entry up to date.

    Args:
        charm: whose endpoint it is.
        url: where a browser finds the dashboard, ending in a slash; empty to leave what was said before.
    """
    endpoints = {"Health": f"{url}health", "Metrics": f"{url}metrics"}
    for relation in led(charm, ENDPOINT) if url else ():
        write(relation.data[charm.app], {**_ENTRY, "url": url, "api_endpoints": json.dumps(endpoints)})
