"""A place in a mesh: the labels of the pods, and what istio-beacon-k8s makes of whom Karma wants to let in."""

from __future__ import annotations

import json
from typing import Any

import lightkube
import pytest
from lightkube.generic_resource import (
    create_namespaced_resource,  # pyright: ignore[reportUnknownVariableType] -- of lightkube's types
)

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
    shown.relate("ingress", f"{shown.deploy_partner('ingress', 'traefik')}:ingress")
    shown.relate("metrics-endpoint", f"{shown.deploy_partner('prometheus')}:metrics-endpoint")
    return shown


def policies(shown: Deployment) -> list[dict[str, Any]]:
    """What stands in the cluster about who may reach Karma."""
    kubernetes: Any = shown.kubernetes  # lightkube leaves open what a resource of others' holds
    specs = [one.spec for one in kubernetes.list(AuthorizationPolicy, namespace=shown.model)]
    return [spec for spec in specs if SERVICE in spec.get("targetRefs", []) or spec.get("selector") == PODS]


def _text(spec: dict[str, Any]) -> str:
    return json.dumps(spec, sort_keys=True)


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
        pod: Any = meshed.pod()
        return MODE in pod.metadata.labels

    def are(wanted: list[dict[str, Any]]) -> bool:
        return sorted(map(_text, policies(meshed))) == sorted(map(_text, wanted))

    beacon = meshed.deploy_partner("beacon")
    meshed.relate("service-mesh", f"{beacon}:service-mesh")
    meshed.blocked(f"juju trust {KARMA} --scope=cluster")
    of_ingress = [admitted({"targetRefs": [SERVICE]}, "traefik"), admitted({"selector": PODS}, "traefik")]
    until(lambda: are([*of_ingress, *expected(f"/{meshed.model}-{KARMA}/metrics")]))
    assert not is_labelled()

    meshed.juju.trust(KARMA, scope="cluster")
    meshed.hook()
    until(is_labelled)
    meshed.settle()
    meshed.unrelate("ingress", "traefik:ingress")
    until(lambda: are(expected("/metrics")))

    meshed.unrelate("service-mesh", f"{beacon}:service-mesh")
    until(lambda: are([]) and not is_labelled())
    meshed.unrelate("metrics-endpoint", "prometheus:metrics-endpoint")
    meshed.juju.trust(KARMA, scope="cluster", remove=True)
    meshed.settle()
