"""One module per interface: `read(charm)` makes frozen data, `publish(charm, …)` writes; nothing is written on reading.

Libraries that serve a relation are imported only where that relation exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag, auto

from relations import (
    auth_proxy,
    catalogue,
    certificates,
    grafana_dashboard,
    ingress,
    log_forwarding,
    metrics_endpoint,
    service_mesh,
    tracing,
    trust,
)


class Side(Flag):
    """Whose databags of a relation are read."""

    OUR_UNIT = auto()
    OUR_APPLICATION = auto()
    THEIR_UNITS = auto()
    THEIR_APPLICATION = auto()


ENDPOINTS: Mapping[str, Side] = {
    certificates.ENDPOINT: Side.OUR_UNIT | Side.THEIR_APPLICATION,
    trust.ENDPOINT: Side.OUR_APPLICATION | Side.THEIR_APPLICATION,
    ingress.ENDPOINT: Side.OUR_UNIT | Side.OUR_APPLICATION | Side.THEIR_APPLICATION,
    auth_proxy.ENDPOINT: Side.OUR_APPLICATION,
    catalogue.ENDPOINT: Side.OUR_APPLICATION,
    metrics_endpoint.ENDPOINT: Side.OUR_UNIT | Side.OUR_APPLICATION,
    grafana_dashboard.ENDPOINT: Side.OUR_APPLICATION,
    log_forwarding.ENDPOINT: Side.OUR_APPLICATION | Side.THEIR_UNITS,
    tracing.ENDPOINT: Side.OUR_APPLICATION | Side.THEIR_APPLICATION,
    service_mesh.ENDPOINT: Side.OUR_APPLICATION | Side.THEIR_APPLICATION,
    service_mesh.REQUIRE_CMR: Side.OUR_APPLICATION,
    service_mesh.PROVIDE_CMR: Side(0),  # read where there is a mesh
}
"""Endpoints, and what every hook reads of them where they are related."""
