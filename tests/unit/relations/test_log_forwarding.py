"""`logging`: Pebble sends Karma's log to every Loki that is related, and to no other."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import ops
import pytest

from tests.support.unit import MODEL, Unit

LABELS = {
    "product": "Juju",
    "charm": "karma-k8s",
    "juju_model": "prod",
    "juju_model_uuid": str(MODEL.uuid),
    "juju_application": "karma",
    "juju_unit": "karma/0",
}


def url(number: int, application: str = "loki") -> str:
    return f"http://{application}-{number}.{application}-endpoints.cos.svc.cluster.local:3100/loki/api/v1/push"


def publish(unit: Unit, relation_id: int, *endpoints: str | None, application: str = "loki") -> ops.StatusBase:
    """Let the units 0, 1, … of an application publish their URLs, as they are or as real ones do (None)."""
    if relation_id not in unit.relations:
        unit.join("logging", relation_id, application)
    data = {
        number: {"endpoint": json.dumps({"url": url(number, application)}) if text is None else text}
        for number, text in enumerate(endpoints)
    }
    unit.relations[relation_id] = dataclasses.replace(unit.relations[relation_id], remote_units_data=data)
    return unit.emit("relation_changed", relation_id, remote_unit=0)


def targets(unit: Unit) -> Mapping[str, Mapping[str, object]]:
    """Those that get something, by where they are."""
    return {one.location: {**one.to_dict()} for one in unit.plan.log_targets.values() if one.services != ["-all"]}


def test_every_unit_of_every_loki_gets_the_log_with_labels_and_karma_goes_on(related: Unit):
    starts = related.pebble.starts
    assert publish(related, 2, None, None) == ops.ActiveStatus()
    assert publish(related, 3, None, json.dumps({"url": url(0)}), application="far") == ops.ActiveStatus()
    assert targets(related).keys() == {url(0), url(1), url(0, "far")}
    for where, target in targets(related).items():
        wanted = {"override": "replace", "type": "loki", "location": where, "services": ["karma"], "labels": LABELS}
        assert target == wanted
    assert json.loads(related.application_said(2)["metadata"]) == {
        **{key.removeprefix("juju_"): value for key, value in LABELS.items() if key.startswith("juju_")},
        "charm_name": LABELS["charm"],
    }
    related.emit()
    assert (related.pebble.writes, related.pebble.starts) == ([], starts)
    related.empty_container()
    related.emit("pebble_ready")
    assert len(targets(related)) == 3


def test_who_goes_gets_nothing_any_more_and_who_moves_is_followed(related: Unit):
    publish(related, 2, None, None)
    related.unrelate(2)
    assert targets(related) == {}
    publish(related, 2, None)
    publish(related, 3, None, application="far")
    related.depart(3)
    before = {*related.plan.log_targets}
    assert targets(related).keys() == {url(0)}
    publish(related, 2, '{"url": "https://cos.example.com/cos-loki-0/loki/api/v1/push"}')
    assert targets(related).keys() == {"https://cos.example.com/cos-loki-0/loki/api/v1/push"}
    [new] = {*related.plan.log_targets} - before  # Pebble never moves one that it knows
    related.emit()
    assert (related.plan.log_targets[new].services, related.pebble.writes) == (["karma"], [])


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("http://loki-0:3100", "its URL is not JSON"),
        ("[" * 5000, "its URL is not JSON"),
        ("[]", "its URL is missing"),
        ('{"url": 5}', "its URL is missing"),
        ('{"url": "loki-0:3100/loki/api/v1/push"}', "its URL is not an http or https URL"),
        ('{"url": "http://me:marker@loki-0:3100/"}', "its URL holds a user or password"),
    ],
)
def test_a_loki_whose_url_cannot_be_used_costs_itself(related: Unit, endpoint: str, why: str):
    status = publish(related, 2, endpoint, None, "")
    assert status == ops.ActiveStatus(f"logging: left out: loki/0 ({why})")
    assert targets(related).keys() == {url(1)}
    assert "marker" not in f"{related.plan.to_yaml()} {related.log}"
