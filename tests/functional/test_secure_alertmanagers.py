"""Alertmanagers over https: whom Karma believes, and to whom it says who it is."""

from __future__ import annotations

import json
from collections.abc import Generator

import ops
import pytest

from playground.around.authority import Authority
from playground.around.secure_alertmanager import SecureAlertmanager
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP

PORT = 19293


@pytest.fixture(scope="module")
def clients() -> Authority:
    """Signs the certificates of clients."""
    return Authority("clients")


@pytest.fixture(scope="module")
def over_https(authority: Authority) -> Generator[SecureAlertmanager]:
    with SecureAlertmanager(authority, PORT) as one:
        yield one


@pytest.fixture(scope="module")
def closed(authority: Authority, clients: Authority) -> Generator[SecureAlertmanager]:
    """An Alertmanager that wants to know who asks."""
    with SecureAlertmanager(authority, PORT + 100, clients) as one:
        yield one


@pytest.fixture
def unit(container: WorkloadContainer) -> Unit:
    unit = Unit(lambda: container.client)
    unit.deploy()
    return unit


def error() -> str:
    return HTTP.errors()["secure-0"]


def up() -> bool:
    return not error()


def sent(*certificates: str) -> dict[str, str]:
    return {"certificates": json.dumps(certificates), "version": "1"}


def test_an_alertmanager_is_believed_once_its_authority_is_trusted_and_only_so_long(
    unit: Unit, over_https: SecureAlertmanager, authority: Authority, container: WorkloadContainer
):
    unit.relate("secure", {0: over_https.databag})
    assert eventually(HTTP.is_up, wanted=True)
    assert "certificate" in error()
    before = container.starts
    relation = unit.integrate("receive-ca-cert", "ssc", sent(authority.certificate))
    assert unit.status == ops.ActiveStatus()
    assert eventually(up, wanted=True)
    unit.integrate("receive-ca-cert", "other", sent(authority.certificate))
    unit.fire(unit.on.update_status())
    assert container.starts == before + 1
    unit.unrelate(relation)
    assert container.starts == before + 1
    assert up()
    unit.unrelate(relation + 1)
    assert container.starts == before + 2
    assert eventually(HTTP.is_up, wanted=True)
    assert "certificate" in error()


def test_the_authority_of_the_own_certificate_is_trusted(
    unit: Unit, over_https: SecureAlertmanager, authority: Authority
):
    unit.relate("secure", {0: over_https.databag})
    unit.certify(unit.integrate("certificates", "ssc"), authority)
    assert unit.status == ops.ActiveStatus()
    listed = eventually(lambda: "up: true" in unit.run_action("list-alertmanagers", {})["alertmanagers"], wanted=True)
    assert listed


def test_without_verification_it_works_and_the_status_says_so(unit: Unit, over_https: SecureAlertmanager):
    unit.relate("secure", {0: over_https.databag})
    unit.config(alertmanager_insecure_skip_verify=True)
    told = "alertmanager-insecure-skip-verify: certificates of Alertmanagers are not verified"
    assert unit.status == ops.ActiveStatus(told)
    assert eventually(up, wanted=True)
    unit.config(alertmanager_insecure_skip_verify=False)
    assert unit.status == ops.ActiveStatus()


def test_karma_says_who_it_is_to_an_alertmanager_that_wants_to_know(
    unit: Unit, closed: SecureAlertmanager, authority: Authority, clients: Authority, container: WorkloadContainer
):
    unit.relate("secure", {0: closed.databag})
    unit.integrate("receive-ca-cert", "ssc", sent(authority.certificate))
    assert eventually(HTTP.is_up, wanted=True)
    assert error()
    pair, other = clients.issue("karma"), clients.issue("somebody else")
    content = {"certificate": pair.certificate, "private-key": pair.key}
    secret = unit.add_secret("karma", content, granted=True)
    unit.config(alertmanager_client_certificate=secret)
    assert unit.status == ops.ActiveStatus()
    assert eventually(up, wanted=True)
    before = container.starts
    unit.update_secret("karma", {**content, "private-key": other.key})
    why = "holds a private key that does not belong to the certificate"
    assert unit.status == ops.BlockedStatus(f"alertmanager-client-certificate: {why}")
    assert up()
    assert container.starts == before
    files = {path.name: path.stat().st_mode & 0o777 for path in (container.root / "tmp/karma").rglob("client.*")}
    assert files == {"client.crt": 0o600, "client.key": 0o600}
    unit.update_secret("karma", {"certificate": other.certificate, "private-key": other.key})
    assert unit.status == ops.ActiveStatus()
    assert container.starts == before + 1
    assert eventually(up, wanted=True)
    assert pair.key.splitlines()[1] not in "\n".join(unit.log)
