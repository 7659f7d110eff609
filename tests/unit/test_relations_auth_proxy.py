"""`auth-proxy`: what is to be protected, and how Karma learns who somebody is."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from charmlibs.interfaces.auth_proxy._auth_proxy import AUTH_PROXY_REQUIRER_JSON_SCHEMA
from ops import testing

from charm import KarmaCharm
from tests.unit.related_unit import RelatedUnit, context

URL = "https://apps.example.com/prod-karma"


@pytest.fixture(scope="module")
def known() -> testing.Context[KarmaCharm]:
    return context()


@pytest.fixture
def unit(known: testing.Context[KarmaCharm]) -> RelatedUnit:
    unit = RelatedUnit(known)
    unit.relate("ingress", 1)
    unit.answer(1, {"ingress": json.dumps({"url": URL})})
    return unit


def decoded(unit: RelatedUnit, relation_id: int) -> dict[str, Any]:
    said = unit.application_said(relation_id)
    return {key: value if key == "app_name" else json.loads(value) for key, value in said.items()}


def test_the_leader_publishes_what_the_schema_asks_for(unit: RelatedUnit):
    assert unit.relate("auth-proxy", 2).auth_proxy
    said = decoded(unit, 2)
    jsonschema.validate(said, AUTH_PROXY_REQUIRER_JSON_SCHEMA)
    assert said == {
        "protected_urls": [URL],
        "headers": ["X-Auth-Request-User", "X-Auth-Request-Groups"],
        "allowed_endpoints": ["health", "metrics"],
        "authenticated_emails": [],
        "authenticated_email_domains": [],
        "app_name": "karma",
    }


def test_a_unit_that_does_not_lead_reads_the_same_and_writes_nothing(known: testing.Context[KarmaCharm]):
    unit = RelatedUnit(known, is_leader=False)
    assert unit.relate("auth-proxy", 2).auth_proxy
    assert unit.application_said(2) == {}


def test_the_url_follows_the_ingress(unit: RelatedUnit):
    unit.relate("auth-proxy", 2)
    unit.answer(1, {"ingress": '{"url": "https://new.example.com/"}'})
    assert decoded(unit, 2)["protected_urls"] == ["https://new.example.com/"]
    before = unit.relation(2)
    unit.emit(unit.on.update_status())
    assert unit.relation(2) == before
    unit.unrelate(1)
    assert decoded(unit, 2)["protected_urls"] == []


def test_a_url_that_the_proxy_cannot_protect_is_told(unit: RelatedUnit):
    unit.answer(1, {"ingress": '{"url": "https://intranet/karma"}'})
    unit.relate("auth-proxy", 2)
    assert decoded(unit, 2)["protected_urls"] == []
    why = "the proxy cannot protect https://intranet/karma; the ingress needs a full host name"
    published = {"name": "am/0", "uri": "http://am:9093"}
    alerting = testing.Relation("alerting", id=9, remote_units_data={0: published})
    unit.replace(relations={*unit.state.relations, alerting})
    unit.emit(unit.on.update_status())
    assert unit.state.unit_status == testing.BlockedStatus(f"auth-proxy: {why}")


def test_it_goes_twice_whatever_the_other_side_says(unit: RelatedUnit):
    for relation in (2, 3):
        assert unit.relate("auth-proxy", relation).auth_proxy
        assert unit.answer(relation, {"nonsense": "[" * 100}).auth_proxy
        assert not unit.unrelate(relation).auth_proxy
