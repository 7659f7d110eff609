"""`logging` on a real Pebble: what arrives at Loki, and what does not."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator

import ops
import pytest

from playground.around.alertmanagers import AlertmanagerUnit
from playground.around.browser import Browser
from playground.around.loki import Loki
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP, KARMAS, MakeContainer
from tests.functional.karma_process import NOBODY

MARKER = "s3cr3t-marker"
AT_INGRESS = {"ingress": '{"url": "https://apps.example.com/"}'}


@pytest.fixture
def loki() -> Generator[Loki]:
    with Loki() as one:
        yield one


def test_lines_arrive_with_labels_and_without_secrets_until_the_relation_goes(
    shown: Unit, container: WorkloadContainer, loki: Loki
):
    shown.integrate("ingress", "traefik-k8s", AT_INGRESS)
    secrets = {"users": f"alice: {MARKER}"}, {"headers": f"Authorization: Bearer {MARKER}"}
    users, headers = (shown.add_secret(f"s{n}", content, granted=True) for n, content in enumerate(secrets))
    shown.config(basic_auth_users=users, alertmanager_headers=headers, alertmanager_interval="1s")
    shown.config(log_level="debug", log_requests=True, log_config=True)
    assert shown.status == ops.ActiveStatus()
    assert eventually(HTTP.is_up, wanted=True)
    assert Browser(HTTP.url, None, ("alice", MARKER)).status() == 200
    starts = container.starts
    relation = shown.integrate("logging", "loki-k8s")
    shown.publish(relation, 0, loki.databag)
    assert eventually(lambda: bool(loki.lines), wanted=True)
    model = shown.state.model
    for labels, _ in loki.lines:
        assert labels == {
            "product": "Juju",
            "charm": "karma-k8s",
            "juju_model": model.name,
            "juju_model_uuid": model.uuid,
            "juju_application": "karma-k8s",
            "juju_unit": "karma-k8s/0",
            "pebble_service": "karma",
        }
    told = [text for _, text in loki.lines]
    plan = container.client.get_plan()
    assert container.starts == starts
    shown.depart(relation, 0)
    assert not [line for line in (*told, plan.to_yaml(), *shown.log, container.log) if MARKER in line]
    sent = len(loki.lines)
    shown.config(log_level="info")
    assert eventually(HTTP.is_up, wanted=True)
    assert (container.starts, container.services_log.count("\n") > sent) == (starts + 1, True)
    assert len(loki.lines) == sent


def test_a_loki_that_is_dead_or_hangs_harms_nothing(
    make_container: MakeContainer, alertmanager: AlertmanagerUnit, loki: Loki
):
    container = make_container(KARMAS[-1])
    unit = Unit(lambda: container.client)
    unit.deploy()
    unit.relate("alertmanager", {0: alertmanager.databag})
    relation = unit.integrate("logging", "loki-k8s")
    with socket.create_server(("127.0.0.1", 18311)):  # takes connections, and never answers
        unit.publish(relation, 3, loki.databag)
        for number, url in ((2, NOBODY), (1, "http://nowhere.invalid:3100"), (0, "http://127.0.0.1:18311")):
            unit.publish(relation, number, {"endpoint": json.dumps({"url": f"{url}/loki/api/v1/push"})})
        assert eventually(lambda: "127.0.0.1:18311" in container.log, wanted=True)  # the time is over
        before = len(loki.lines)
        unit.config(ui_theme="dark")
        assert unit.status == ops.ActiveStatus()
        assert eventually(lambda: HTTP.settings()["Theme"], "dark") == "dark"
        assert container.starts == 2
        assert eventually(lambda: len(loki.lines) > before > 0, wanted=True)
        unit.unrelate(relation)
    assert {name for target in container.client.get_plan().log_targets.values() for name in target.services} == {"-all"}
