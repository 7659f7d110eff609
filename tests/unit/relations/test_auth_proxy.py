"""`auth-proxy`: what is to be protected, and how Karma learns who somebody is."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import ops
import pytest
from charmlibs.interfaces.auth_proxy._auth_proxy import AUTH_PROXY_REQUIRER_JSON_SCHEMA

from tests.support.refusal import each_of
from tests.support.unit import Unit, published, recorded

URL = "https://apps.example.com/prod-karma"


@pytest.fixture
def unit(unit: Unit) -> Unit:
    unit.join("ingress", 1)
    unit.answer(1, {"ingress": json.dumps({"url": URL})})
    return unit


def decoded(unit: Unit, relation_id: int) -> dict[str, Any]:
    said = unit.application_said(relation_id)
    return {key: value if key == "app_name" else json.loads(value) for key, value in said.items()}


def test_the_leader_publishes_what_the_schema_asks_for(unit: Unit):
    assert unit.join("auth-proxy", 2).auth_proxy
    said = decoded(unit, 2)
    jsonschema.validate(said, AUTH_PROXY_REQUIRER_JSON_SCHEMA)
    assert set(said) == set(recorded("auth_proxy")["own"])
    assert said == {
        "protected_urls": [URL],
        "headers": [
            "X-Auth-Request-User",
            "X-Auth-Request-Email",
            "X-Auth-Request-Preferred-Username",
            "X-Auth-Request-Groups",
        ],
        "allowed_endpoints": [],
        "authenticated_emails": [],
        "authenticated_email_domains": [],
        "app_name": "karma",
    }


def test_the_url_follows_the_ingress_and_the_login_the_relation(unit: Unit):
    assert unit.join("auth-proxy", 2).auth_proxy
    unit.answer(1, {"ingress": '{"url": "https://new.example.com/"}'})
    assert decoded(unit, 2)["protected_urls"] == ["https://new.example.com/"]
    assert unit.unrelate(1).auth_proxy
    assert decoded(unit, 2)["protected_urls"] == []
    assert not unit.unrelate(2).auth_proxy


@pytest.mark.parametrize(
    ("url", "is_protected"),
    each_of(
        {
            True: [
                *("https://apps.example.com", "https://apps.example.com/", "https://apps.example.com:8443/prod-karma"),
                *("https://Apps.EXAMPLE.com/prod-karma", "https://192.0.2.1/prod-karma", "https://192.0.2.1:8443"),
                *("https://karma.lan/a_b", "http://apps.example.com/prod-karma", "http://localhost/prod-karma"),
                *("http://192.0.2.1:8080/prod-karma", "http://[2001:db8::1]/prod-karma"),
                "http://my_apps.example.com/prod-karma",
            ],
            False: [
                *("https://localhost/prod-karma", "https://intranet:8443/prod-karma"),
                *("https://[2001:db8::1]/prod-karma", "https://my_apps.example.com/prod-karma"),
                "https://apps.x/prod-karma",
            ],
        }
    ),
)
def test_a_url_is_protected_or_told_of_just_as_the_interface_takes_it(unit: Unit, url: str, is_protected: bool):
    unit.relate(9, published(0))
    assert unit.answer(1, {"ingress": json.dumps({"url": url})}).ingress_url == url
    unit.join("auth-proxy", 2)
    assert decoded(unit, 2)["protected_urls"] == [url] * is_protected
    told = f"auth-proxy: give the ingress a name like a.example.com; the proxy cannot protect {url}"
    assert unit.status == (ops.ActiveStatus() if is_protected else ops.BlockedStatus(told))


def test_where_a_url_that_cannot_be_protected_is_too_long_for_a_status_what_to_do_is_not(unit: Unit):
    unit.answer(1, {"ingress": json.dumps({"url": f"https://intranet/{'k' * 99}"})})
    unit.relate(9)
    unit.join("auth-proxy", 2)
    assert unit.status.message.startswith("auth-proxy: give the ingress a name like a.example.com; ")
