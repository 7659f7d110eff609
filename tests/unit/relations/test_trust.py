"""`receive-ca-cert`: which certificates are trusted, and what is said of the rest."""

from __future__ import annotations

import json
import re
from unittest import mock

import pytest
from charmlibs.interfaces.certificate_transfer._certificate_transfer import (
    ProviderApplicationData,
    RequirerApplicationData,
)
from ops import testing

from inputs import Inputs
from playground.around.authority import Authority
from problems import Problem, Severity
from tests.support.unit import Unit, recorded

ENDPOINT = "receive-ca-cert"
NONSENSE = ["rubbish", "5", "null", '{"a": 1}', "[5]", "[" * 100_000]
JUJU = {"egress-subnets": "192.0.2.3/32", "ingress-address": "192.0.2.3"}


@pytest.fixture(scope="module")
def authorities() -> list[str]:
    return sorted(Authority(name).certificate for name in ("a", "b"))


@pytest.fixture
def unit(unit: Unit, is_leader: bool) -> Unit:
    unit.is_leader = is_leader
    return unit


def sent(*certificates: str) -> dict[str, str]:
    return {"certificates": json.dumps(certificates), "version": "1"}


def sent_in_version_0(ca: str, *chain: str) -> dict[str, str]:
    """What a unit of a provider publishes with charms.certificate_transfer_interface.v0.certificate_transfer."""
    return {"certificate": "not looked at", "ca": ca, "chain": json.dumps(chain), "version": "0"}


def said(message: str) -> tuple[Problem, ...]:
    return (Problem(Severity.ACTIVE, f"receive-ca-cert: {message}"),)


def test_nobody_is_warned_of_what_is_well(related: Unit, authorities: list[str]):
    related.join(ENDPOINT, 2)
    logs = [related.log]
    assert related.answer(2, sent(*authorities)).trusted == tuple(authorities)
    logs.append(related.log)
    with mock.patch("relations.trust._read") as library:
        assert related.read("update_status").trusted == tuple(authorities)
    library.assert_not_called()  # its import costs half as much as all else
    assert not re.search("^(WARNING|ERROR)", "\n".join([*logs, related.log]), re.MULTILINE)


def test_what_is_said_and_what_is_read_is_of_the_published_interface(unit: Unit, authorities: list[str]):
    unit.is_leader = True
    unit.join(ENDPOINT, 1)
    assert unit.application_said(1) == RequirerApplicationData().dump({})
    assert unit.said(1) == {}
    published: dict[str, str] = {}
    ProviderApplicationData(certificates=set(authorities)).dump(published)
    assert published == sent(*authorities)
    assert unit.answer(1, published).trusted == tuple(authorities)


@pytest.mark.parametrize("recording", ["first", "after-ca-change"])
def test_what_public_charms_published_is_trusted(unit: Unit, recording: str):
    published = recorded("certificate_transfer")[recording]
    unit.join(ENDPOINT, 1)
    found = unit.answer(1, published)
    assert {text.strip() for text in found.trusted} == {text.strip() for text in json.loads(published["certificates"])}
    assert found.trusted
    assert found.problems == ()


def test_several_providers_are_trusted_once_each_and_in_one_order(unit: Unit, authorities: list[str]):
    first, second = authorities
    unit.join(ENDPOINT, 1)
    unit.join(ENDPOINT, 2)
    unit.answer(2, sent(first))
    assert unit.answer(1, sent(second + first)).trusted == (first, second)
    assert unit.answer(1, sent(second)).trusted == (first, second)
    assert unit.unrelate(2).trusted == (second,)
    assert unit.unrelate(1).trusted == ()


def test_rubbish_is_counted_and_the_rest_holds(unit: Unit, authorities: list[str]):
    unit.join(ENDPOINT, 1, "ssc")
    found = unit.answer(1, sent("rubbish", authorities[0], "", "-----BEGIN CERTIFICATE-----\n"))
    assert found.trusted == (authorities[0],)
    assert found.problems == said("3 of 4 certificates from ssc left out: not PEM")


@pytest.mark.parametrize("published", NONSENSE)
def test_nonsense_is_told_and_harms_nobody_else(unit: Unit, authorities: list[str], published: str):
    unit.join(ENDPOINT, 1, "good")
    unit.join(ENDPOINT, 2, "bad")
    unit.answer(1, sent(authorities[0]))
    for _ in range(2):
        found = unit.answer(2, {"certificates": published})
        assert found.trusted == (authorities[0],)
        assert found.problems == said("what bad has sent cannot be read")
    assert unit.answer(2, {}).problems == ()


def units_send(unit: Unit, *databags: dict[str, str]) -> Inputs:
    """Let units 0, 1, … of a provider of version 0 publish this; its application publishes nothing."""
    relation = testing.Relation(
        ENDPOINT, id=1, remote_app_name="old", remote_units_data={n: {**JUJU, **one} for n, one in enumerate(databags)}
    )
    unit.relations[1] = relation
    return unit.read("relation_changed", 1, remote_unit=0)


def test_what_units_of_an_old_provider_publish_is_trusted(unit: Unit, authorities: list[str]):
    first, second = authorities
    assert units_send(unit, sent_in_version_0(first)).trusted == (first,)
    assert units_send(unit, sent_in_version_0(first, first, second)).trusted == (first, second)
    assert units_send(unit, sent_in_version_0(first), sent_in_version_0(second, second)).trusted == (first, second)
    assert units_send(unit, {"ca": second}).trusted == (second,)
    assert units_send(unit, {"chain": json.dumps([second])}).trusted == (second,)
    for nothing in ({}, {"certificate": first}, {"ca": "", "chain": ""}):
        found = units_send(unit, {}, nothing)
        assert (found.trusted, found.problems) == ((), ())


def test_of_a_provider_of_both_versions_the_newer_is_read(unit: Unit, authorities: list[str]):
    first, second = authorities
    relation = testing.Relation(
        ENDPOINT, id=1, remote_app_data=sent(first), remote_units_data={0: sent_in_version_0(second, second)}
    )
    unit.relations[1] = relation
    assert unit.read("relation_changed", 1, remote_unit=0).trusted == (first,)


def test_rubbish_of_an_old_provider_is_told_and_the_rest_holds(unit: Unit, authorities: list[str]):
    found = units_send(unit, sent_in_version_0("rubbish", authorities[0]))
    assert (found.trusted, found.problems) == (
        (authorities[0],),
        said("1 of 2 certificates from old left out: not PEM"),
    )


@pytest.mark.parametrize("chain", NONSENSE)
def test_a_chain_that_is_none_is_told(unit: Unit, authorities: list[str], chain: str):
    found = units_send(unit, {**sent_in_version_0(authorities[0]), "chain": chain})
    assert (found.trusted, found.problems) == ((), said("what old has sent cannot be read"))
