"""`service-mesh`: who may reach Karma, who it is in other models, and labels on pods by Kubernetes' API."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from typing import Any

import httpx2
import lightkube
import pytest
from lightkube.config.models import Cluster, User

from tests.support.unit import Unit, published, recorded

OWN, SENT = recorded("service_mesh").values()
LABELS = json.loads(SENT["labels"])
LATER = "the pods' labels are not changed yet:"


class Kubernetes:
    """Its API, as far as it is asked: the labels of objects, and what is in the config map."""

    def __init__(self):
        self.objects: dict[str, dict[str, str]] = {"statefulsets/karma": {}, "services/karma": {}}
        self.asked: list[str] = []
        self.fault: int | Exception = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.method)
        if isinstance(self.fault, Exception):
            raise self.fault
        body, name = json.loads(request.content or "{}"), request.url.path.partition("/namespaces/prod/")[2]
        if request.method == "POST":
            name += "/" + body["metadata"]["name"]
            self.objects[name] = {}
        if code := self.fault or (name not in self.objects and 404):
            return httpx2.Response(code, json={"message": "not now", "code": code})
        labelled = body.get("spec", {}).get("template", body).get("metadata", {})
        both = self.objects[name] | labelled.get("labels", {}) | body.get("data", {})
        self.objects[name] = {key: value for key, value in both.items() if value is not None}
        answer: dict[str, Any] = {"spec": {"selector": {}, "template": {}}, "data": self.objects[name]}
        if request.method == "DELETE":
            del self.objects[name]
        return httpx2.Response(200, json=answer)

    @property
    def labels(self) -> list[dict[str, str]]:
        """Those of the pods, and of the service."""
        return list(self.objects.values())[:2]


@pytest.fixture
def kubernetes(monkeypatch: pytest.MonkeyPatch) -> Kubernetes:
    api = Kubernetes()
    server, user = Cluster(server="http://kubernetes"), User(token="t")  # noqa: S106
    account = lightkube.KubeConfig.from_one(cluster=server, user=user, namespace="prod")
    monkeypatch.setattr("lightkube.KubeConfig.from_service_account", lambda: account)
    client = functools.partial(lightkube.Client, transport=httpx2.MockTransport(api))
    monkeypatch.setattr("lightkube.Client", client)
    return api


@pytest.fixture
def unit(unit: Unit, kubernetes: Kubernetes) -> Unit:
    unit.relate(9, published(0))
    unit.join("ingress", 1, "istio-ingress-k8s")
    unit.join("metrics-endpoint", 2, "prometheus-k8s")
    unit.join("service-mesh", 3)
    unit.answer(3, SENT)
    assert unit.status.name == "active"
    assert kubernetes.labels == [LABELS, LABELS]
    return unit


def policies(unit: Unit) -> Any:
    return json.loads(unit.application_said(3)["policies"])


def test_the_policies_are_those_that_the_library_writes_itself(unit: Unit):
    ours = json.loads(OWN["policies"].replace("karma-k8s", "karma").replace("monitoring", "prod"))
    assert policies(unit) == ours
    unit.join("provide-cmr-mesh", 4, "prometheus-k8s")
    assert policies(unit) == ours
    unit.answer(4, {"cmr_data": '{"app_name": "prometheus", "juju_model_name": "cos"}'})
    of_ingress, of_prometheus = ours[:2], ours[2:]
    there = {"source_namespace": "cos", "source_app_name": "prometheus"}
    assert policies(unit) == [*of_ingress, *({**one, **there} for one in of_prometheus)]
    unit.answer(4, {"cmr_data": '{"app_name": "*", "juju_model_name": "cos"}'})  # a wildcard would let in everybody
    assert policies(unit) == ours
    assert unit.status.message == "provide-cmr-mesh: what prometheus-k8s has sent cannot be read"
    unit.join("require-cmr-mesh", 5)
    assert unit.application_said(5) == {"cmr_data": '{"app_name": "karma", "juju_model_name": "prod"}'}
    unit.reachable = False
    unit.answer(1, {"ingress": '{"url": "http://apps.example.com/prod-karma"}'})
    assert policies(unit) == ours  # as long as it is not known how Karma is reached
    unit.reachable = True
    unit.emit("pebble_ready")
    assert policies(unit)[2]["endpoints"][0]["paths"] == ["/prod-karma/metrics"]


def test_the_labels_are_put_on_once_and_taken_off_in_the_end(unit: Unit, kubernetes: Kubernetes):
    before = unit.relations, kubernetes.asked.copy()
    with pytest.MonkeyPatch.context() as patched:
        for module in ("charmlibs.interfaces.service_mesh", "canonical_service_mesh", "lightkube"):
            patched.setitem(sys.modules, module, None)  # a hook that changes nothing needs none of them
        for _ in range(3):
            unit.emit()
    assert (unit.relations, kubernetes.asked) == before
    unit.answer(3, {**SENT, "labels": '{"other": "x"}'})
    assert kubernetes.labels == [{"other": "x"}] * 2
    kubernetes.objects["services/karma"] = {}  # somebody took them off, and the pod is a new one
    unit.state = dataclasses.replace(unit.state, stored_states=frozenset())
    unit.is_leader = False
    unit.emit("upgrade_charm")
    assert kubernetes.labels == [{"other": "x"}, {}]
    unit.is_leader = True
    unit.emit("leader_elected")
    assert kubernetes.labels == [{"other": "x"}] * 2
    unit.unrelate(3)
    assert kubernetes.labels == [{}, {}]
    assert list(kubernetes.objects) == ["statefulsets/karma", "services/karma"]


@pytest.mark.parametrize(("planned", "asked"), [(1, []), (0, ["DELETE"])])
def test_a_unit_that_goes_takes_off_only_what_nobody_needs(
    unit: Unit, kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch, planned: int, asked: list[str]
):
    monkeypatch.setattr(unit._context, "unit_id", 1)  # pyright: ignore[reportPrivateUsage]
    unit.state = dataclasses.replace(unit.state, planned_units=planned)
    kubernetes.asked.clear()
    unit.unrelate(3)
    assert kubernetes.asked == asked


@pytest.mark.parametrize("labels", ['{"other": "x"}', ""])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (403, "run `juju trust karma --scope=cluster`"),
        (500, f"{LATER} not now"),
        (httpx2.ConnectTimeout("timed out"), f"{LATER} timed out"),
    ],
)
def test_what_kubernetes_does_not_do_is_named_and_tried_again(
    unit: Unit, kubernetes: Kubernetes, fault: int | Exception, message: str, labels: str
):
    kubernetes.fault = fault
    unit.answer(3, {"labels": labels}) if labels else unit.unrelate(3)
    for _ in range(2):
        kubernetes.asked.clear()
        assert unit.emit().message == f"service-mesh: {message}"
        assert kubernetes.asked == ["GET"]
    kubernetes.fault = 0
    assert unit.emit().name == "active"
    assert kubernetes.labels == [json.loads(labels or "{}")] * 2
