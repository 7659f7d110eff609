"""All endpoints beside `alerting` at once: any events in any order, a change of leader, and what they cost nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.around.authority import Authority
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

AUTHORITY = Authority().certificate
NONSENSE = ["", "x", "null", "5", "[5]", "{}", '{"url": 5}', '{"url": "javascript:x"}', "[" * 5000, "\u202e\x00"]
ENDPOINTS = {
    "ingress": 2,
    "auth-proxy": 3,
    "catalogue": 4,
    "receive-ca-cert": 5,
    "certificates": 6,
    "metrics-endpoint": 7,
    "grafana-dashboard": 8,
    "logging": 9,
    "service-mesh": 10,
    "require-cmr-mesh": 11,
    "provide-cmr-mesh": 12,
    "tracing": 13,
}
GOOD: dict[str, list[dict[str, str]]] = {
    "ingress": [{"ingress": '{"url": "https://apps.example.com/prod-karma"}'}, {"ingress": '{"url": "http://h.io/"}'}],
    "receive-ca-cert": [{"certificates": json.dumps([AUTHORITY]), "version": "1"}],
    "provide-cmr-mesh": [{"cmr_data": '{"app_name": "prometheus", "juju_model_name": "cos"}'}],
}
SILENT = ("certificates", "provide-cmr-mesh")
"""Those to whose applications nothing is said, or not without a certificate."""
KEYS = ["ingress", "certificates", "version", "ca", "chain", "certificate", "request_errors", "url", "cmr_data"]

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**4000, AUTHORITY]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "certificate", "ca", "csr", "x"]), inner)
    ),
    max_leaves=8,
)
values = st.sampled_from(NONSENSE) | st.text(max_size=30) | json_values.map(json.dumps)
databags = st.dictionaries(st.sampled_from(KEYS), values, max_size=3)
NOTHING: dict[str, str] = {}
steps: st.SearchStrategy[tuple[str, str, dict[str, str]]] = st.one_of(
    st.sampled_from(sorted(ENDPOINTS)).flatmap(
        lambda endpoint: st.tuples(
            st.just("change"),
            st.just(endpoint),
            st.one_of(databags, st.sampled_from([*GOOD.get(endpoint, ()), NOTHING])),
        )
    ),
    st.tuples(st.sampled_from(["create", "depart", "break"]), st.sampled_from(sorted(ENDPOINTS)), st.just(NOTHING)),
    st.tuples(st.sampled_from(["lead", "follow"]), st.just(""), st.just(NOTHING)),
)


def play(unit: Unit, do: str, endpoint: str, data: dict[str, str]) -> None:
    """Change the model by one step, and send the event that tells of it."""
    if do in ("lead", "follow"):
        unit.is_leader = do == "lead"
        unit.emit("leader_elected" if do == "lead" else "update_status")
        return
    relation_id = ENDPOINTS[endpoint]
    if do in ("create", "change"):
        is_new = relation_id not in unit.relations
        unit.integrate(relation_id, endpoint, **data)
        unit.emit("relation_created" if is_new else "relation_changed", relation_id=relation_id)
    elif relation_id in unit.relations:
        gone: dict[str, Any] = {"remote_unit": 0, "departing_unit": 0} if do == "depart" else {}
        unit.emit("relation_departed" if do == "depart" else "relation_broken", relation_id=relation_id, **gone)
        if do == "break":
            del unit.relations[relation_id]


def application_data(unit: Unit) -> dict[int, dict[str, str]]:
    return {number: dict(relation.local_app_data) for number, relation in unit.relations.items()}


@settings(max_examples=25)
@given(st.lists(steps, min_size=3, max_size=12))
def test_relations_in_any_order_lead_to_what_the_model_says_now(new_unit: NewUnit, sequence: list[tuple[Any, ...]]):
    unit = new_unit()
    unit.relate(1, published(0))
    unit.emit("pebble_ready")
    for step in sequence:
        before = application_data(unit)
        play(unit, *step)
        assert unit.is_running
        after = application_data(unit)
        if not unit.state.leader:
            assert after == {number: before.get(number, {}) for number in after}
    again = unit.outcome, unit.relations
    unit.emit()
    assert unit.pebble.writes == []
    assert (unit.outcome, unit.relations) == again
    if ENDPOINTS["certificates"] in unit.relations:
        return  # what comes of it depends on a key that is made by chance
    unit.is_leader = True
    unit.emit("leader_elected")
    fresh = new_unit()
    for number, relation in unit.relations.items():
        if number == 1:
            fresh.relate(1, published(0))
        else:
            fresh.integrate(number, relation.endpoint, **relation.remote_app_data)
    fresh.emit()
    assert fresh.status == unit.status
    assert fresh.pebble.running == unit.pebble.running
    assert application_data(fresh) == application_data(unit)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_relation_comes_and_goes_twice_and_what_is_said_follows_the_leader_alone(new_unit: NewUnit, endpoint: str):
    unit = new_unit(is_leader=False)
    unit.relate(1, published(0))
    for relation_id in (2, 3):
        unit.is_leader = False
        unit.join(endpoint, relation_id)
        said = unit.said(relation_id)
        assert unit.application_said(relation_id) == {}
        unit.is_leader = True
        unit.emit("leader_elected")
        assert bool(unit.application_said(relation_id)) == (endpoint not in SILENT)
        assert unit.said(relation_id) == said
        unit.answer(relation_id, {"nonsense": "[" * 100})
        before = unit.relations
        for event in ("update_status", "config_changed"):
            unit.emit(event)
            assert unit.relations == before
        unit.unrelate(relation_id)
