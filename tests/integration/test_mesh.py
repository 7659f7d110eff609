"""A place in a mesh: the labels of the pods, and what istio-beacon-k8s makes of whom Karma wants to let in."""

from __future__ import annotations

from typing import Any

import lightkube
import pytest
from lightkube.generic_resource import create_namespaced_resource

from tests.integration.deployment import KARMA, Deployment, until

AuthorizationPolicy = create_namespaced_resource(
    "security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies"
)
MODE = "istio.io/dataplane-mode"


@pytest.fixture
def meshed(shown: Deployment) -> Deployment:
    """Karma behind an ingress and scraped, in a cluster that has a mesh."""
    try:
        policies(shown)
    except lightkube.ApiError as error:
        if error.status.code != 404:
            raise
        pytest.skip("Istio is not in this cluster: Kubernetes knows no AuthorizationPolicy")
    for name in ("ingress", "prometheus"):
        shown.deploy_partner(name)
    shown.relate("ingress", "ingress:ingress")
    shown.relate("metrics-endpoint", "prometheus:metrics-endpoint")
    return shown


def policies(shown: Deployment) -> list[dict[str, Any]]:
    """What stands in the cluster about who may reach Karma."""
    found = [one.spec for one in shown.kubernetes.list(AuthorizationPolicy, namespace=shown.model)]
    return [spec for spec in found if spec.get("targetRefs", [SERVICE])[0] == SERVICE and spec.get("selector", PODS) == PODS]


SERVICE = {"group": "", "kind": "Service", "name": KARMA}
PODS = {"matchLabels": {"app.kubernetes.io/name": KARMA}}


def test_the_pods_join_the_mesh_and_it_lets_in_who_is_integrated_until_they_leave_it(meshed: Deployment):
    def admitted(by: dict[str, Any], application: str, **only: list[str]) -> dict[str, Any]:
        source = {"principals": [f"cluster.local/ns/{meshed.model}/sa/{application}"]}
        return {**by, "rules": [{"from": [{"source": source}], "to": [{"operation": {"ports": ["8080"], **only}}]}]}

    def expected(metrics: str) -> list[dict[str, Any]]:
        return [
            admitted({"targetRefs": [SERVICE]}, "prometheus", methods=["GET"], paths=[metrics]),
            admitted({"selector": PODS}, "prometheus"),
        ]

    def is_labelled() -> bool:
        metadata = meshed.pod().metadata
        return ((metadata and metadata.labels) or {}).get(MODE) == "ambient"

    def are(wanted: list[dict[str, Any]]) -> bool:
        return sorted(map(str, policies(meshed))) == sorted(map(str, wanted))

    beacon = meshed.deploy_partner("beacon")
    meshed.relate("service-mesh", f"{beacon}:service-mesh")
    meshed.blocked(f"juju trust {KARMA} --scope=cluster")
    of_ingress = [admitted({"targetRefs": [SERVICE]}, "ingress"), admitted({"selector": PODS}, "ingress")]
    until(lambda: are([*of_ingress, *expected(f"/{meshed.model}-{KARMA}/metrics")]))
    assert not is_labelled()

    meshed.juju.trust(KARMA, scope="cluster")
    meshed.hook()
    until(is_labelled)
    meshed.settle()
    meshed.unrelate("ingress", "ingress:ingress")
    until(lambda: are(expected("/metrics")))

    meshed.unrelate("service-mesh", f"{beacon}:service-mesh")
    until(lambda: are([]) and not is_labelled())
    meshed.unrelate("metrics-endpoint", "prometheus:metrics-endpoint")
    meshed.juju.trust(KARMA, scope="cluster", remove=True)
    meshed.settle()
