"""Options that are set, refused and mended, and secrets from their first mention to their end."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Deployment, until

MARKER = "marker-of-a-token"


def test_an_option_reaches_the_page(shown: Deployment):
    shown.juju.config(KARMA, {"ui-theme": "dark"})
    until(lambda: shown.theme() == "dark")
    shown.settle()


def test_a_refused_option_is_named_and_costs_only_itself(shown: Deployment):
    shown.juju.config(KARMA, {"ui-theme": "dark"})
    until(lambda: shown.theme() == "dark")
    shown.juju.config(KARMA, {"ui-theme": "neon"})
    assert shown.blocked("ui-theme").startswith("ui-theme: invalid ui.theme value")
    shown.deploy_partner("alertmanager", "other")
    shown.relate("alerting", "other:karma-dashboard")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": "", "other-0": ""})
    assert shown.theme() == "dark"
    assert shown.message().startswith("ui-theme: invalid ui.theme value")
    shown.juju.config(KARMA, {"ui-theme": "light"})
    until(lambda: shown.theme() == "light")
    shown.remove("other")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


@pytest.fixture
def secret(shown: Deployment) -> Generator[str]:
    """The id of a user secret with a header that nobody but Alertmanagers may see."""
    uri = shown.juju.add_secret("headers", {"headers": f"X-Scope-OrgID: {MARKER}-1"})
    yield str(uri)
    shown.juju.config(KARMA, {"alertmanager-headers": ""})
    shown.settle()
    shown.juju.remove_secret("headers")


def test_a_secret_is_asked_for_taken_up_renewed_and_given_up_and_is_seen_nowhere(shown: Deployment, secret: str):
    shown.juju.config(KARMA, {"alertmanager-headers": secret})
    assert "juju grant-secret" in shown.blocked("alertmanager-headers")
    assert shown.upstreams() == {f"{ALERTMANAGER}-0": ""}
    shown.juju.grant_secret("headers", KARMA)
    shown.hook()  # granting fires none
    shown.settle()
    before = shown.juju.run(f"{KARMA}/0", "show-config").results
    assert "X-Scope-OrgID" in before["config"]
    plan = shown.pebble("plan")
    shown.juju.update_secret("headers", {"headers": f"X-Scope-OrgID: {MARKER}-2"})
    until(lambda: shown.pebble("plan") != plan)
    shown.settle()
    shown.juju.cli("revoke-secret", "headers", KARMA)
    shown.hook()
    assert "juju grant-secret" in shown.blocked("alertmanager-headers")
    assert shown.upstreams() == {f"{ALERTMANAGER}-0": ""}
    seen = (
        json.dumps(before),
        shown.juju.debug_log(limit=0),
        shown.juju.cli("status", "--format=json"),
        shown.juju.cli("show-unit", f"{KARMA}/0"),
        shown.pebble("plan"),
        shown.pebble("logs -n all"),
    )
    assert [text for text in seen if MARKER in text] == []
