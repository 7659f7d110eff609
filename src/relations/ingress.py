"""`ingress` v2: a reverse proxy that keeps the path, and the URL at which it serves the dashboard.

Requirer, application (leader): `model`, `name`, `port`, `is_port_open`, `scheme`; a key is left out where its default
holds (`http`, and `strip-prefix` false). Requirer, unit: `host`, `ip`. Provider, application: `ingress`. All values are
JSON.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import ops

from karma import urls
from karma.config import PORT
from relations.databag import active, led, remote_application, url_in, write
from relations.dns import fqdn

ENDPOINT = "ingress"


class Ingress(NamedTuple):
    """What came of asking to be served by an ingress."""

    provider: str = ""
    """The application that is asked; empty where there is no active relation."""
    url: str = ""
    """Where it serves the dashboard; empty as long as it says nothing that can be used."""
    fault: str = ""
    """What is wrong with the URL that it has sent, as the rest of a sentence."""


def read(charm: ops.CharmBase) -> Ingress:
    """Read the URL at which the ingress serves the dashboard."""
    relations = active(charm, ENDPOINT)
    if not relations:
        return Ingress()
    url, why = _parse(remote_application(relations[0]).get("ingress", ""))
    return Ingress(relations[0].app.name, "" if why else url, why)


def _parse(published: str) -> tuple[str, str]:
    if published.strip() == "null":  # as some providers say that they have none yet
        return "", ""
    url, why = url_in(published)
    return url, why or urls.why_no_prefix(url)


def publish(charm: ops.CharmBase, address: str, scheme: str, is_known: bool) -> None:
    """Say where the dashboard is to be found by the ingress.

    Args:
        charm: whose endpoint it is.
        address: the unit's IP address; empty while it cannot be had, to leave what was said before.
        scheme: `http` or `https`.
        is_known: whether it is known that this is how the dashboard is served; if not, what was said before stays.
    """
    for relation in active(charm, ENDPOINT):
        of_unit = {"host": json.dumps(fqdn(charm)), **({"ip": json.dumps(address)} if address else {})}
        write(relation.data[charm.unit], of_unit)
    application = {
        "model": json.dumps(charm.model.name),
        "name": json.dumps(charm.app.name),
        "port": json.dumps(PORT),
        "is_port_open": json.dumps(True),  # from the first hook on; some providers may wait for it
        "scheme": json.dumps(scheme) if scheme != "http" else None,
    }
    for relation in led(charm, ENDPOINT):
        said = relation.data[charm.app]
        if is_known or not said.get("name"):
            write(said, application)
