"""Certificates, trust, an ingress and the start page, with the real charms on the other side."""

from __future__ import annotations

import json

import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Deployment, until


@pytest.fixture
def authority(shown: Deployment) -> str:
    return shown.deploy_partner("certificates", "ca")


def is_https(shown: Deployment) -> bool:
    return shown.dashboard(scheme="https").is_up()


def test_a_certificate_turns_the_page_to_https_and_its_loss_back(shown: Deployment, authority: str):
    shown.relate("certificates", f"{authority}:certificates")
    until(lambda: is_https(shown))
    shown.settle()
    assert shown.juju.run(f"{KARMA}/0", "get-url").results["url"].startswith("https://")

    # A new authority takes back what it has signed, and signs anew some seconds later.
    shown.juju.config(authority, {"ca-common-name": "another authority"})
    shown.juju.config(KARMA, {"ui-theme": "light"})
    until(lambda: shown.dashboard(scheme="https").settings()["Theme"] == "light")
    shown.settle()
    assert is_https(shown)

    shown.unrelate("certificates", f"{authority}:certificates")
    until(lambda: shown.dashboard().is_up())
    shown.settle()


def test_an_alertmanager_over_https_is_trusted_once_its_authority_is(shown: Deployment, authority: str):
    shown.juju.integrate(f"{ALERTMANAGER}:certificates", f"{authority}:certificates")
    until(lambda: "certificate" in shown.upstreams().get(f"{ALERTMANAGER}-0", ""))
    shown.relate("receive-ca-cert", f"{authority}:send-ca-cert")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.unrelate("receive-ca-cert", f"{authority}:send-ca-cert")
    shown.juju.remove_relation(f"{ALERTMANAGER}:certificates", f"{authority}:certificates")
    until(lambda: "certificates" not in shown.juju.status().apps[ALERTMANAGER].relations)
    # alertmanager-k8s tells of plain HTTP with its next hook only, which may take longer than is waited for.
    shown.juju.exec("JUJU_DISPATCH_PATH=hooks/update-status ./dispatch", unit=f"{ALERTMANAGER}/0")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_an_ingress_serves_the_page_below_a_path(shown: Deployment):
    traefik = shown.deploy_partner("ingress", "traefik")
    shown.relate("ingress", f"{traefik}:ingress")
    prefix = f"/{shown.model}-{KARMA}/"
    until(lambda: shown.dashboard(prefix=prefix).is_up())
    shown.settle()
    assert shown.juju.run(f"{KARMA}/0", "get-url").results["url"].endswith(prefix)
    shown.unrelate("ingress", f"{traefik}:ingress")
    until(lambda: shown.dashboard().is_up())
    shown.settle()


def test_the_start_page_links_to_the_page_that_is_served(shown: Deployment):
    catalogue = shown.deploy_partner("catalogue")
    shown.relate("catalogue", f"{catalogue}:catalogue")

    def entry() -> str:
        # Juju shows what an application has written with its own unit.
        told = json.loads(shown.juju.cli("show-unit", f"{KARMA}/0", "--format=json"))[f"{KARMA}/0"]
        [said] = [one for one in told["relation-info"] if one["endpoint"] == "catalogue"]
        return said["application-data"].get("url", "")

    url = shown.juju.run(f"{KARMA}/0", "get-url").results["url"]
    until(lambda: entry() == url)
    shown.unrelate("catalogue", f"{catalogue}:catalogue")
