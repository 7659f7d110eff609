"""`ingress`: what the charm publishes, and what it makes of the URL that comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ops import testing

from karma import urls
from playground.around.authority import Authority, requests_in
from tests.support.unit import ADDRESS, DATABAGS, FQDN, NewUnit, Unit, published

URL = "https://apps.example.com/prod-karma"
OF_UNIT = {"host": f'"{FQDN}"', "ip": f'"{ADDRESS}"'}
OF_APPLICATION = {"model": '"prod"', "name": '"karma"', "port": "8080", "is_port_open": "true"}
# The types that the interface's v2 asks for, by canonical/charm-relation-interfaces.
TYPES_OF_UNIT = {"host": str}
TYPES_OF_APPLICATION = {"model": str, "name": str, "port": int}


@pytest.fixture
def unit(unit: Unit, is_leader: bool) -> Unit:
    unit.is_leader = is_leader
    return unit


def answer(url: Any) -> dict[str, str]:
    return {"ingress": json.dumps({"url": url})}


def test_every_unit_says_where_it_is_and_the_leader_what_it_serves(unit: Unit, is_leader: bool):
    unit.join("ingress", 1)
    assert unit.said(1) == OF_UNIT
    assert unit.application_said(1) == (OF_APPLICATION if is_leader else {})


def test_what_is_said_is_of_the_published_interface_and_has_the_keys_that_a_public_charm_publishes(
    new_unit: NewUnit,
):
    unit = new_unit()
    unit.emit("install")
    unit.join("ingress", 1)
    for said, types in ((unit.said(1), TYPES_OF_UNIT), (unit.application_said(1), TYPES_OF_APPLICATION)):
        assert {key: type(json.loads(said[key])) for key in types} == types
    assert unit.state.opened_ports == {testing.TCPPort(json.loads(unit.application_said(1)["port"]))}
    units = yaml.safe_load((DATABAGS / "ingress--traefik-path--our.yaml").read_text())
    [own], [provider] = (units[name]["relation-info"] for name in ("our/0", "traefik/0"))
    assert set(unit.application_said(1)) == set(own["application-data"]) - {"strip-prefix"}
    recorded = set(provider["related-units"]["our/0"]["data"])
    assert set(unit.said(1)) == recorded - {"egress-subnets", "ingress-address"}


def test_hooks_without_news_leave_the_data_as_they_are(unit: Unit):
    unit.join("ingress", 1)
    before = unit.relations[1]
    unit.emit("update_status")
    unit.emit("config_changed")
    assert unit.relations[1] == before


def test_a_new_leader_says_what_the_old_one_has_not(new_unit: NewUnit):
    unit = new_unit(is_leader=False)
    unit.join("ingress", 1)
    unit.is_leader = True
    unit.emit("leader_elected")
    assert unit.application_said(1) == OF_APPLICATION


def test_a_unit_that_moves_says_so(unit: Unit):
    unit.address = ""
    unit.join("ingress", 1)
    assert unit.said(1) == {"host": f'"{FQDN}"'}
    unit.address = "192.0.2.9"
    unit.emit("config_changed")
    assert unit.said(1) == {**OF_UNIT, "ip": '"192.0.2.9"'}


def test_the_scheme_follows_the_certificate_and_stays_while_one_is_on_its_way(new_unit: NewUnit):
    unit = new_unit()
    unit.relate(9, published(0))
    unit.join("ingress", 1)
    unit.join("certificates", 2)
    assert unit.application_said(1) == OF_APPLICATION
    unit.answer(2, Authority().answer(*requests_in(unit.said(2))))
    over_tls = {**OF_APPLICATION, "scheme": '"https"'}
    assert unit.application_said(1) == over_tls
    unit.answer(2, {"certificates": "[]"})
    assert unit.application_said(1) == over_tls
    unit.unrelate(2)
    assert unit.application_said(1) == OF_APPLICATION


def test_a_url_comes_changes_and_goes_twice(unit: Unit):
    for relation in (1, 2):
        assert unit.join("ingress", relation).ingress_url == ""
        assert unit.answer(relation, answer(URL)).ingress_url == URL
        assert unit.answer(relation, answer("http://other.example.com/")).ingress_url == "http://other.example.com/"
        assert unit.answer(relation, {}).ingress_url == ""
        assert unit.answer(relation, answer(URL)).ingress_url == URL
        assert unit.depart(relation).ingress_url == URL
        assert unit.unrelate(relation).ingress_url == ""


@pytest.mark.parametrize(
    ("published", "why"),
    [
        ("", ""),
        ("null", ""),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("5", "is missing"),
        ("{}", "is missing"),
        ('{"url": null}', "is missing"),
        ('{"url": "javascript:alert(1)"}', "is not an http or https URL"),
        ('{"url": "https://user:word@h/"}', "holds a user or password"),
        ('{"url": "https://h/a/../b"}', "has a path that is not plain"),
        ('{"url": "https://h/{a}"}', "has a path that is not plain"),
        ('{"url": "https://h/a%20b"}', "has a path that is not plain"),
        ('{"url": "https://h/?a"}', "has a query or fragment"),
    ],
)
def test_nonsense_is_told_and_taken_for_nothing(unit: Unit, published: str, why: str):
    unit.join("ingress", 1, "traefik")
    found = unit.answer(1, {"ingress": published})
    assert found.ingress_url == ""
    assert (found.ingress_from, found.ingress_fault) == ("traefik", why)


RECORDINGS = sorted(DATABAGS.glob("ingress--*.yaml"))


def test_there_are_recordings():
    assert len(RECORDINGS) == 3


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_what_public_traefik_published_is_a_good_url(unit: Unit, recording: Path):
    units = yaml.safe_load(recording.read_text())
    [relation] = units["traefik/0"]["relation-info"]
    published = relation["application-data"]
    unit.join("ingress", 1, "traefik")
    found = unit.answer(1, published)
    assert found.ingress_url == json.loads(published["ingress"])["url"]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("", "/"),
        ("http://h", "/"),
        ("http://h/", "/"),
        ("http://h/a-b", "/a-b/"),
        ("https://h:1/a/b/", "/a/b/"),
    ],
)
def test_karma_serves_below_the_path_of_the_url(url: str, prefix: str):
    assert urls.prefix(url) == prefix
    assert urls.why_no_prefix(url) == ""


@given(st.text(alphabet="/.ab{}*%", max_size=12))
def test_a_path_is_plain_or_refused(path: str):
    if not urls.why_no_prefix(f"http://h/{path}"):
        assert not {"{", "}", "*", "%"} & {*path}
        assert not {".", ".."} & {*path.split("/")}
