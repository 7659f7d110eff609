"""`grafana_dashboard` v0: a dashboard of Karma's metrics.

Provider, application (leader): `dashboards`, JSON of `templates` and of a `uuid` that changes with them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ops

from relations import cos
from relations.databag import led
from relations.kept import digest

if TYPE_CHECKING:
    from cosl import JujuTopology

ENDPOINT = "grafana-dashboard"


def publish(charm: ops.CharmBase) -> None:
    """Keep the dashboards that come with the charm up to date at the other side."""
    if not led(charm, ENDPOINT):
        return
    files = cos.sources("grafana_dashboards", ".json")

    def make(topology: JujuTopology) -> dict[str, str]:
        from cosl import DashboardPath40UID, LZMABase64  # noqa: PLC0415 -- hooks with nothing to write do not pay for it

        templates: dict[str, dict[str, Any]] = {
            f"file:{name}": {
                "charm": topology.charm_name,
                "content": LZMABase64.compress(text),
                # The dashboard has variables of its own, by which it shows all applications of the charm.
                "inject_dropdowns": False,
                "juju_topology": {},
                "dashboard_alt_uid": DashboardPath40UID.generate(charm.meta.name, f"{name}.json"),
            }
            for name, text in files.items()
        }
        return {"dashboards": json.dumps({"templates": templates, "uuid": digest([templates])})}

    cos.publish(charm, ENDPOINT, files, make)
