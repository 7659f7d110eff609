"""`certificates`: what a unit asks for, and which answers it takes."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from charmlibs.interfaces.tls_certificates import TLSCertificatesRequiresV4
from charmlibs.interfaces.tls_certificates._tls_certificates import (
    _ProviderApplicationData,  # pyright: ignore[reportPrivateUsage] -- the form of the databag, which has no other name
    _RequirerData,  # pyright: ignore[reportPrivateUsage]
)
from cryptography import x509
from ops import SecretNotFoundError

from playground.around.authority import Authority, requests_in
from tests.support.refusal import each_of
from tests.support.unit import FQDN, NewUnit, Unit, published, recorded


@pytest.fixture
def unit(unit: Unit, is_leader: bool) -> Unit:
    unit.is_leader = is_leader
    return unit


def request_of(unit: Unit, relation_id: int) -> str:
    [request] = requests_in(unit.said(relation_id))
    return request


def asked_for(unit: Unit) -> tuple[str, set[str], list[str]]:
    """The common name, the DNS names and the IP addresses that a unit asks to be certified, of relation 1."""
    request = x509.load_pem_x509_csr(request_of(unit, 1).encode())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    [common_name] = request.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return str(common_name.value), set(names.get_values_for_type(x509.DNSName)), addresses


def certify(unit: Unit, relation_id: int, authority: Authority, **changes: Any) -> Any:
    return unit.answer(relation_id, authority.answer(request_of(unit, relation_id), **changes))


def test_a_unit_asks_in_all_its_names_and_for_itself_alone(unit: Unit):
    found = unit.join("certificates", 1, "ssc")
    assert (found.certificate_from, found.tls) == ("ssc", None)
    common_name, names, addresses = asked_for(unit)
    assert (common_name, addresses, unit.application_said(1)) == (FQDN, [], {})
    assert names == {
        FQDN,
        *("karma", "karma.prod", "karma.prod.svc", "karma.prod.svc.cluster.local"),
        *("karma-endpoints", "karma-endpoints.prod", "karma-endpoints.prod.svc"),
        "karma-endpoints.prod.svc.cluster.local",
    }


def test_what_is_said_and_what_is_read_is_of_the_published_interface(unit: Unit, authority: Authority):
    recording = recorded("tls-certificates")
    unit.join("certificates", 1)
    assert set(unit.said(1)) == set(recording["own-unit"]) - {"egress-subnets", "ingress-address"}
    [asked] = _RequirerData.load(unit.said(1)).certificate_signing_requests
    assert (asked.certificate_signing_request, asked.ca) == (request_of(unit, 1), False)
    answer = authority.answer(request_of(unit, 1))
    [published] = _ProviderApplicationData.load(recording["provider"]).certificates
    [played] = _ProviderApplicationData.load(answer).certificates
    assert played.model_fields_set == published.model_fields_set - {"revoked"}
    assert len(played.chain or ()) == len(published.chain or ()) == 2
    assert unit.answer(1, answer).tls is not None


def test_a_long_name_is_a_name_all_the_same(new_unit: NewUnit):
    unit = new_unit()
    unit.fqdn = f"karma-0.{'k' * 60}.prod.svc.cluster.local"
    unit.join("certificates", 1)
    assert asked_for(unit)[0] == "karma-0"


def test_a_certificate_comes_changes_and_goes_twice(unit: Unit, authority: Authority):
    def trusted() -> list[str]:
        return [text for path, text in unit.files.items() if "/ca/" in path]

    unit.relate(9, published(0))
    for relation in (1, 2):
        unit.join("certificates", relation)
        first = certify(unit, relation, authority)
        assert first.tls.certificate.count("BEGIN CERTIFICATE") == 2
        assert trusted() == [first.tls.ca]
        second = certify(unit, relation, Authority("another"))
        assert second.tls.certificate != first.tls.certificate
        assert trusted() == [second.tls.ca]
        assert unit.depart(relation).tls == second.tls
        gone = unit.unrelate(relation)
        assert (gone.certificate_from, gone.tls, trusted()) == ("", None, [])


def test_hooks_without_news_leave_all_as_it_is_and_need_no_library(unit: Unit, authority: Authority):
    unit.join("certificates", 1)
    found = certify(unit, 1, authority)
    before = unit.relations[1]
    with mock.patch("relations.certificates._library") as library:
        assert unit.read("update_status").tls == found.tls
        assert unit.read("leader_elected").tls == found.tls
    library.assert_not_called()  # its import costs as much as all else
    assert unit.relations[1] == before


def test_the_leaf_is_first_wherever_the_provider_puts_it(unit: Unit, authority: Authority):
    unit.join("certificates", 1)
    found = certify(unit, 1, authority, chain=[authority.certificate])
    assert found.tls.certificate.endswith(authority.certificate)
    assert found.tls.certificate.count("BEGIN CERTIFICATE") == 2


@pytest.mark.parametrize("change", [{"address": "192.0.2.99"}, {"fqdn": "karma-0"}], ids=["moved", "a short name"])
def test_what_changes_with_the_pod_asks_for_nothing_new_and_leaves_the_certificate_in_service(
    unit: Unit, authority: Authority, change: dict[str, str]
):
    unit.join("certificates", 1)
    found, asked = certify(unit, 1, authority), request_of(unit, 1)
    unit.let(**change)
    assert unit.read("config_changed").tls == found.tls
    assert request_of(unit, 1) == asked


def test_further_names_are_asked_for_and_the_certificate_that_is_there_is_served_meanwhile(
    unit: Unit, authority: Authority
):
    unit.join("certificates", 1)
    first, asked = certify(unit, 1, authority), request_of(unit, 1)
    unit.options["certificate-extra-sans"] = "karma.example.com, 192.0.2.10"
    found = unit.read("config_changed")
    assert (found.tls, found.certificate_fault) == (first.tls, "has sent one for other names")
    _, names, addresses = asked_for(unit)
    assert {"karma.example.com"} < names
    assert addresses == ["192.0.2.10"]
    assert request_of(unit, 1) != asked
    asked = request_of(unit, 1)
    unit.options["certificate-extra-sans"] = "not a name, 192.0.2.300, fe80::1%eth0"
    [problem] = unit.read("config_changed").problems
    assert (
        problem.message
        == "certificate-extra-sans: not a name, 192.0.2.300, fe80::1%eth0 is neither a DNS name nor an IP address"
    )
    assert request_of(unit, 1) == asked


def test_a_provider_that_refuses_says_why(unit: Unit):
    unit.join("certificates", 1)
    error = {"code": 102, "name": "DOMAIN_NOT_ALLOWED", "message": "domain not allowed", "reason": "svc.cluster.local"}
    refusal = {"csr": request_of(unit, 1), "error": error}
    found = unit.answer(1, {"certificates": "[]", "request_errors": json.dumps([refusal])})
    assert (found.tls, found.certificate_refused) == (None, "domain not allowed: svc.cluster.local")


def test_a_library_that_looks_for_a_secret_that_it_has_removed_costs_nothing(unit: Unit, authority: Authority):
    unit.join("certificates", 1)
    with mock.patch.object(TLSCertificatesRequiresV4, "_find_available_certificates", side_effect=SecretNotFoundError):
        tls = certify(unit, 1, authority).tls
    assert "left to the next hook" in unit.log
    assert len(unit.owned) == 1
    assert unit.read("update_status").tls == tls
    assert (bool(tls), len(unit.owned)) == (True, 2), "what is left is done in the next hook, whichever that is"


@pytest.mark.parametrize(
    ("changes", "why"),
    each_of(
        {
            "": [{"revoked": True}],
            "has sent what is no certificate": [
                *({"certificate": "rubbish"}, {"certificate": None}, {"ca": ""}),
                {"chain": ["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"]},
            ],
            "has sent one for another key": [{"certificate": Authority().issue().certificate}],
        }
    ),
)
def test_what_cannot_be_used_is_not_taken(unit: Unit, authority: Authority, changes: dict[str, Any], why: str):
    unit.join("certificates", 1)
    found = certify(unit, 1, authority, **changes)
    assert (found.certificate_from, found.tls, found.certificate_fault) == ("other", None, why)
    assert certify(unit, 1, authority).tls is not None


def test_the_certificates_of_other_units_are_theirs(new_unit: NewUnit, unit: Unit, authority: Authority):
    other = new_unit()
    for one in (other, unit):
        one.join("certificates", 1)
    both = authority.answer(request_of(other, 1), request_of(unit, 1))
    assert unit.answer(1, both).tls != other.answer(1, both).tls
