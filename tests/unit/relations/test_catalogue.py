"""`catalogue`: the entry that the leader keeps up to date."""

from __future__ import annotations

import json

import pytest

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
