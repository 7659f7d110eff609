"""`prometheus_scrape` v0: where Karma's metrics are, and the alert rules on them.

Provider, application (leader), JSON: `scrape_jobs`, `scrape_metadata`, `alert_rules`. Provider, unit, plain:
`prometheus_scrape_unit_address`, `prometheus_scrape_unit_name`, `prometheus_scrape_unit_fqdn`.
"""

from __future__ import annotations

import json
from typing import Any

import ops

import goal_state
from karma.config import PORT
from karma.urls import Serving
from relations import cos
from relations.databag import active, led, write
from relations.dns import fqdn

ENDPOINT = "metrics-endpoint"

_JOBS = "scrape_jobs"


def publish(charm: ops.CharmBase, address: str, serving: Serving, is_known: bool) -> None:
    """Say where the metrics are, and what is to be made of them.

    Args:
        charm: whose endpoint it is.
        address: the unit's IP address; empty while it cannot be had, to leave what was said before.
        serving: how Karma is reached.
        is_known: whether that is known; if not, what was said before stays.
    """
    for relation in active(charm, ENDPOINT):
        of_unit = {"prometheus_scrape_unit_name": charm.unit.name, "prometheus_scrape_unit_fqdn": fqdn(charm)}
        if address:
            of_unit["prometheus_scrape_unit_address"] = address
        write(relation.data[charm.unit], of_unit)
    relations = led(charm, ENDPOINT)
    if not relations or (not is_known and relations[0].data[charm.app].get(_JOBS)):
        return
    jobs = [_job(charm, serving)]
    files = cos.sources("prometheus_alert_rules", ".rules")
    cos.publish(
        charm,
        ENDPOINT,
        {_JOBS: jobs, **files},
        lambda topology: {
            _JOBS: json.dumps(jobs),
            "scrape_metadata": json.dumps(cos.metadata(charm)),
            "alert_rules": cos.rules(files, "promql", topology),
        },
    )


def _job(charm: ops.CharmBase, serving: Serving) -> dict[str, Any]:
    path = {"metrics_path": f"{serving.prefix}metrics"}
    if serving.scheme == "http":
        return {**path, "static_configs": [{"targets": [f"*:{PORT}"]}]}  # for each unit that has said its address
    # A certificate is for names, not for addresses, and Prometheus labels such targets with the application alone.
    domain = fqdn(charm).partition(".")[2]
    planned = goal_state.planned_units()
    number_of_units = charm.app.planned_units() if planned is None else planned
    names = [f"{charm.app.name}/{number}" for number in range(number_of_units)]
    return {
        **path,
        "scheme": serving.scheme,
        "static_configs": [
            {"targets": [f"{name.replace('/', '-')}.{domain}:{PORT}"], "labels": {"juju_unit": name}} for name in names
        ],
    }
