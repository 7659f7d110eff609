"""`catalogue`: the entry that the leader keeps up to date."""

from __future__ import annotations

import json

import pytest

from playground.around.authority import Authority, requests_in
from tests.support.unit import ADDRESS, Unit, published, recorded


@pytest.fixture
def unit(unit: Unit) -> Unit:
    unit.relate(9, published(0))
    return unit


def test_the_entry_has_the_keys_that_a_public_charm_publishes(unit: Unit):
    unit.join("catalogue", 1)
    said = unit.application_said(1)
    assert set(said) == set(recorded("catalogue")["own"]) | {"api_docs"}
    assert all(said.values())
    assert {type(address) for address in json.loads(said["api_endpoints"]).values()} == {str}
    assert (said["name"], said["icon"], said["url"]) == ("Karma", "bell-alert", f"http://{ADDRESS}:8080/")
    assert json.loads(said["api_endpoints"])["Metrics"] == f"http://{ADDRESS}:8080/metrics"


def test_the_url_follows_the_ingress_and_the_certificate(unit: Unit):
    def url() -> str:
        return unit.application_said(1)["url"]

    unit.join("catalogue", 1)
    unit.join("certificates", 2)
    assert url() == f"http://{ADDRESS}:8080/"
    unit.answer(2, Authority().answer(*requests_in(unit.said(2))))
    assert url() == f"https://{ADDRESS}:8080/"
    unit.answer(2, {})
    assert url() == f"https://{ADDRESS}:8080/"
    unit.join("ingress", 3)
    unit.answer(3, {"ingress": '{"url": "http://apps.example.com/prod-karma"}'})
    assert url() == "http://apps.example.com/prod-karma/"
    unit.unrelate(3)
    assert url() == f"https://{ADDRESS}:8080/"
    unit.unrelate(2)
    assert url() == f"http://{ADDRESS}:8080/"


def test_without_an_address_there_is_no_entry_and_an_entry_stays(unit: Unit):
    unit.address = ""
    unit.join("catalogue", 1)
    assert unit.application_said(1) == {}
    unit.address = "fd00::7"
    unit.emit("config_changed")
    assert unit.application_said(1)["url"] == "http://[fd00::7]:8080/"
    unit.address = ""
    unit.emit("config_changed")
    assert unit.application_said(1)["url"] == "http://[fd00::7]:8080/"
