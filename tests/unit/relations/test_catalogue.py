"""`catalogue`: the entry that the leader keeps up to date."""

from __future__ import annotations

import json

from tests.support.unit import ADDRESS, Unit, recorded


def test_the_entry_has_the_keys_that_a_public_charm_publishes(related: Unit):
    related.join("catalogue", 2)
    said = related.application_said(2)
    assert set(said) == set(recorded("catalogue")["own"]) | {"api_docs"}
    assert all(said.values())
    assert {type(address) for address in json.loads(said["api_endpoints"]).values()} == {str}
    assert (said["name"], said["icon"], said["url"]) == ("Karma", "bell-alert", f"http://{ADDRESS}:8080/")
    assert json.loads(said["api_endpoints"])["Metrics"] == f"http://{ADDRESS}:8080/metrics"


def test_without_an_address_there_is_no_entry_and_an_entry_stays(related: Unit):
    related.address = ""
    related.join("catalogue", 2)
    assert related.application_said(2) == {}
    related.address = "fd00::7"
    related.emit("config_changed")
    assert related.application_said(2)["url"] == "http://[fd00::7]:8080/"
    related.address = ""
    related.emit("config_changed")
    assert related.application_said(2)["url"] == "http://[fd00::7]:8080/"
