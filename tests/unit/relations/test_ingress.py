"""`ingress`: what the charm publishes, and what it makes of the URL that comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops import testing

from karma import urls
from tests.support.refusal import each_of
from tests.support.unit import ADDRESS, FQDN, NewUnit, Unit, recorded

URL = "https://apps.example.com/prod-karma"
OF_UNIT = {"host": f'"{FQDN}"', "ip": f'"{ADDRESS}"'}
OF_APPLICATION = {"model": '"prod"', "name": '"karma"', "port": "8080", "is_port_open": "true"}


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


def test_what_is_said_has_the_keys_that_a_public_charm_publishes(new_unit: NewUnit):
    unit = new_unit()
    unit.emit("install")
    unit.join("ingress", 1)
    assert unit.state.opened_ports == {testing.TCPPort(json.loads(unit.application_said(1)["port"]))}
    recording = recorded("ingress")
    assert set(unit.application_said(1)) == set(recording["own"]) - {"strip-prefix"}
    assert set(unit.said(1)) == set(recording["own-unit"]) - {"egress-subnets", "ingress-address"}


def test_a_unit_that_moves_says_so(unit: Unit):
    unit.address = ""
    unit.join("ingress", 1)
    assert unit.said(1) == {"host": f'"{FQDN}"'}
    unit.address = "192.0.2.9"
    unit.emit("config_changed")
    assert unit.said(1) == {**OF_UNIT, "ip": '"192.0.2.9"'}


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
    each_of(
        {
            "": ["", "null"],
            "is not JSON": ["{", "[" * 100_000],
            "is missing": ["5", "{}", '{"url": null}'],
            "is not an http or https URL": ['{"url": "javascript:alert(1)"}'],
            "holds a user or password": ['{"url": "https://user:word@h/"}'],
            "has a path that is not plain": [
                *('{"url": "https://h/a/../b"}', '{"url": "https://h/{a}"}', '{"url": "https://h/a%20b"}'),
            ],
            "has a query or fragment": ['{"url": "https://h/?a"}'],
        }
    ),
)
def test_nonsense_is_told_and_taken_for_nothing(unit: Unit, published: str, why: str):
    unit.join("ingress", 1, "traefik")
    found = unit.answer(1, {"ingress": published})
    assert found.ingress_url == ""
    assert (found.ingress_from, found.ingress_fault) == ("traefik", why)


@pytest.mark.parametrize("routing", ["path", "path-tls", "subdomain"])
def test_what_public_traefik_published_is_a_good_url(unit: Unit, routing: str):
    published = recorded("ingress")[routing]
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
