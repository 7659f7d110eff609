"""Three units of the application behind one ingress: each answers for itself, and none needs another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import ops
import pytest

from playground.around.alertmanagers import AlertmanagerUnit
from playground.around.authority import Authority, requests_in
from playground.around.browser import Browser
from playground.around.reverse_proxy import PORT, Settings, plain_python
from playground.juju.unit import Unit
from playground.machine.binaries import Karma
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import MakeContainer, is_ready
from tests.functional.reverse_proxies import Proxy, nginx

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
PATH = "/playground-karma-k8s"
INGRESS = {"ingress": json.dumps({"url": f"https://127.0.0.1:{PORT}{PATH}"})}
USERS = {"users": "alice: correct horse"}
ROUNDS = 4
"""How often each unit is asked."""


@dataclass(frozen=True)
class Scaled:
    """The units of one application, which number 0 leads at first, and the ids of what is related to it."""

    units: Sequence[Unit]
    containers: Sequence[WorkloadContainer]
    ingress: int
    certificates: int

    @property
    def behind(self) -> Settings:
        """How an ingress finds the units, by what they and their leader have published alone."""
        asked = {key: json.loads(value) for key, value in self.units[0].application_said(self.ingress).items()}
        return Settings(PATH, asked["scheme"], [f"{address}:{asked['port']}" for address in self.ready])

    @property
    def ready(self) -> list[str]:
        """The addresses, as published, of the units that would get traffic."""
        ready = [unit for unit, container in zip(self.units, self.containers, strict=True) if is_ready(container)]
        return [json.loads(unit.said(self.ingress)["ip"]) for unit in ready]

    @property
    def starts(self) -> list[int]:
        return [one.starts for one in self.containers]

    def certify(self, authority: Authority) -> None:
        """Answer the requests of all units at once, as a provider does."""
        asked = [request for unit in self.units for request in requests_in(unit.said(self.certificates))]
        answer = authority.answer(*asked)
        for unit in self.units:
            unit.answer(self.certificates, answer)


@pytest.fixture
def containers(make_container: MakeContainer, karma: Karma) -> list[WorkloadContainer]:
    return [make_container(karma, address) for address in ADDRESSES]


@pytest.fixture
def scaled(containers: list[WorkloadContainer], alertmanager: AlertmanagerUnit, authority: Authority) -> Scaled:
    """Three units that serve https below the path of one ingress."""
    clients = [lambda one=one: one.client for one in containers]
    units = [Unit(client, number=number, address=ADDRESSES[number]) for number, client in enumerate(clients)]
    for unit in units:
        unit.deploy()
        unit.config(certificate_extra_sans=", ".join(ADDRESSES))  # by which browsers ask
    certificates = [unit.integrate("certificates", "ssc") for unit in units]
    ingresses = [unit.integrate("ingress", "traefik-k8s", INGRESS) for unit in units]
    scaled = Scaled(units, containers, ingresses[0], certificates[0])
    scaled.certify(authority)
    for unit in units:
        unit.relate("alertmanager", {0: alertmanager.databag})
    assert [unit.status for unit in units] == [ops.ActiveStatus()] * 3
    for address in ADDRESSES:
        assert eventually(Browser(f"https://{address}:8080{PATH}/", authority).is_up, wanted=True)
    assert eventually(lambda: scaled.ready, wanted=[*ADDRESSES])
    return scaled


@pytest.mark.parametrize("proxy", [nginx, plain_python], ids=["nginx", "python"])
def test_any_unit_answers_any_request_of_a_browser(scaled: Scaled, authority: Authority, proxy: Proxy):
    with proxy(authority, scaled.behind) as url:
        browser = Browser(f"{url}/", authority)
        links = {link.removeprefix(f"{url}/") for _ in range(ROUNDS * len(ADDRESSES)) for link in browser.assets()}
        assert links
        assert {(link, browser.status(link)) for link in links for _ in ADDRESSES} == {(link, 200) for link in links}
        shown = [browser.errors() for _ in range(ROUNDS * len(ADDRESSES))]
        assert shown == [{"alertmanager-0": ""}] * len(shown)
    said = {unit.run_action("get-url", {})["url"] for unit in scaled.units}
    assert said == {f"{url}/"}


def test_each_unit_has_a_key_of_its_own(scaled: Scaled):
    keys = [path.read_text() for one in scaled.containers for path in (one.root / "tmp/karma").rglob("tls.key")]
    assert len(set(keys)) == len(keys) == len(ADDRESSES)


def test_while_one_unit_is_gone_the_others_answer(scaled: Scaled, authority: Authority):
    with plain_python(authority, scaled.behind) as url:
        browser = Browser(f"{url}/", authority)
        scaled.containers[0].stop()
        assert [browser.status() for _ in range(ROUNDS * len(ADDRESSES))] == [200] * ROUNDS * len(ADDRESSES)


def test_a_unit_that_waits_for_its_certificate_gets_no_request(scaled: Scaled, authority: Authority):
    waiting = scaled.units[2]
    waiting.answer(scaled.certificates, {})
    scaled.containers[2].stop()
    scaled.containers[2].start()
    waiting.pebble_ready()
    assert waiting.status == ops.WaitingStatus("certificates: waiting for a certificate from ssc")
    assert not any(Browser(f"{scheme}://{ADDRESSES[2]}:8080{PATH}/").is_up() for scheme in ("http", "https"))
    for ready in (ADDRESSES[:2], ADDRESSES):
        assert eventually(lambda: scaled.ready, wanted=[*ready]) == [*ready]
        there = [Browser(f"https://{address}:8080{PATH}/", authority) for address in ready]
        assert [browser.status() for _ in range(ROUNDS) for browser in there] == [200] * ROUNDS * len(ready)
        waiting.certify(scaled.certificates, authority)


def test_another_leader_changes_nothing(scaled: Scaled):
    before, said = scaled.starts, dict(scaled.units[0].application_said(scaled.ingress))
    _, second, third = scaled.units
    assert not second.application_said(scaled.ingress)
    scaled.containers[0].stop()
    second.lead()
    third.fire(third.on.update_status())
    assert second.application_said(scaled.ingress) == said
    assert not third.application_said(scaled.ingress)
    assert (second.status, third.status) == (ops.ActiveStatus(), ops.ActiveStatus())
    assert scaled.starts == before


def test_a_password_counts_at_every_unit(scaled: Scaled, authority: Authority):
    for unit in scaled.units:
        unit.config(basic_auth_users=unit.add_secret("users", USERS, granted=True))
    with plain_python(authority, scaled.behind) as url:
        stranger, alice = Browser(f"{url}/", authority), Browser(f"{url}/", authority, ("alice", "correct horse"))
        for address in ADDRESSES:
            there = Browser(f"https://{address}:8080{PATH}/", authority)
            assert eventually(there.status, wanted=401) == 401
        seen = {(stranger.status(), alice.status()) for _ in range(ROUNDS * len(ADDRESSES))}
        assert seen == {(401, 200)}


def test_new_certificates_cost_each_unit_one_restart(scaled: Scaled):
    before = scaled.starts
    scaled.certify(another := Authority("another authority"))
    assert [unit.status for unit in scaled.units] == [ops.ActiveStatus()] * 3
    assert scaled.starts == [count + 1 for count in before]
    for address in ADDRESSES:
        assert eventually(Browser(f"https://{address}:8080{PATH}/", another).is_up, wanted=True)
