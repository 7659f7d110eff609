"""One module per interface: `read(charm)` makes frozen data, `publish(charm, …)` writes; nothing is written on reading.

Libraries that serve a relation are imported only where that relation exists.
"""

from __future__ import annotations

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

ENDPOINTS = (
    certificates.ENDPOINT,
    trust.ENDPOINT,
    ingress.ENDPOINT,
    auth_proxy.ENDPOINT,
    catalogue.ENDPOINT,
    metrics_endpoint.ENDPOINT,
    grafana_dashboard.ENDPOINT,
    log_forwarding.ENDPOINT,
    tracing.ENDPOINT,
    service_mesh.ENDPOINT,
    service_mesh.REQUIRE_CMR,
    service_mesh.PROVIDE_CMR,
)
