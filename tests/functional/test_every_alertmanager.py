"""What is said of single Alertmanagers, on real parts: clusters, tenants, direct access, proxies, links, checks."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ops
import pytest

from playground.around.alertmanagers import AlertmanagerUnit, add_alerts
from playground.juju.unit import Unit
from playground.machine import binaries
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP
from tests.functional.fake_alertmanager import FakeAlertmanager, fake_alertmanager
from tests.functional.karma_process import SILENCE, ask

CHROMIUM = shutil.which("chromium")
# Clicks the button that acknowledges a group, as soon as there is one, and tells in the page what came of it.
CLICK = """
const timer = setInterval(() => {
  const button = document.querySelector("span.components-label-with-hover.bg-secondary svg.fa-check");
  if (!button) return;
  clearInterval(timer);
  button.parentElement.click();
}, 200);
"""
ACKNOWLEDGE: dict[str, Any] = {"alert_acknowledgement_enabled": True, "ui_animations": False, "custom_js": CLICK}


@pytest.fixture
def deployed(unit: Unit) -> Unit:
    """A unit that asks every second, of an Alertmanager that answers within one."""
    unit.deploy()
    unit.config(alertmanager_interval="1s", alertmanager_timeout="2s")
    return unit


@pytest.fixture
def owners() -> Generator[tuple[FakeAlertmanager, FakeAlertmanager]]:
    with fake_alertmanager() as one, fake_alertmanager() as other:
        yield one, other


def databag(uri: str, application: str) -> dict[str, str]:
    return {"name": f"{application}/0", "uri": uri}


def silences(uri: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{uri}/api/v2/silences", timeout=5) as answer:
        return json.load(answer)


def acknowledge_in_a_browser(karma: binaries.Karma, profile: Path) -> str:
    """Have a real browser open the page and click the first button that acknowledges alerts; returns the page."""
    if karma.is_stand_in:
        pytest.skip("the stand-in has no page that makes silences")
    if not CHROMIUM:
        pytest.skip("there is no chromium on the PATH")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--timeout=30000"]
    command = [CHROMIUM, *options, f"--user-data-dir={profile}", "--dump-dom", HTTP.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


def test_two_members_of_a_cluster_behind_two_relations_get_one_silence(
    deployed: Unit, karma: binaries.Karma, tmp_path: Path
):
    with ExitStack() as stack:
        pair = [
            stack.enter_context(AlertmanagerUnit("ha", number, 19600 + 2 * number, peers))
            for number, peers in ((0, ()), (1, (19600,)))
        ]
        for one in pair:
            add_alerts(one)
        for application, one in zip(("east", "west"), pair, strict=True):
            deployed.relate(application, {0: databag(one.uri, application)})
        deployed.config(alertmanager_settings="east: {cluster: ha}\nwest: {cluster: ha}", **ACKNOWLEDGE)
        assert deployed.status == ops.ActiveStatus()
        assert eventually(HTTP.is_up, wanted=True)
        assert HTTP.state()["upstreams"]["clusters"] == {"ha": ["east-0", "west-0"]}
        assert HTTP.state()["totalAlerts"] == 4
        acknowledge_in_a_browser(karma, tmp_path)
        assert eventually(lambda: [len(silences(one.uri)) for one in pair], [1, 1]) == [1, 1]
        [first], [second] = (silences(one.uri) for one in pair)
        assert first["id"] == second["id"]


def test_a_token_reaches_the_alertmanager_that_it_is_for_and_no_other(
    deployed: Unit, container: WorkloadContainer, owners: tuple[FakeAlertmanager, FakeAlertmanager]
):
    for application, fake in zip(("one", "two"), owners, strict=True):
        deployed.relate(application, {0: databag(fake.url, application)})
    assert eventually(HTTP.is_up, wanted=True)
    for fake in owners:
        fake.requests.clear()
    before = container.starts
    common = "X-Scope-OrgID: 2026-01-01\nX-N: '1e3'\n"
    text = f"{common}one: {{Authorization: Bearer token-1}}\ntwo-0: {{Authorization: Bearer token-2}}\n"
    secret = deployed.add_secret("login", {"headers": text}, granted=True)
    deployed.config(alertmanager_headers=secret)
    assert deployed.status == ops.ActiveStatus()
    assert container.starts == before + 1
    for fake, name, token in zip(owners, ("one-0", "two-0"), ("Bearer token-1", "Bearer token-2"), strict=True):
        assert eventually(lambda fake=fake: any("Authorization" in sent for sent in fake.headers), wanted=True)
        fake.requests.clear()
        assert ask(f"/proxy/alertmanager/{name}/api/v2/silences", "POST", SILENCE).status == 200
        names = ("Authorization", "X-Scope-OrgID", "X-N")
        assert {tuple(map(sent.get, names)) for sent in fake.headers} == {(token, "2026-01-01", "1e3")}
    assert [one["headers"] for one in HTTP.state()["upstreams"]["instances"]] == [{}, {}]
    logs = container.log + container.services_log
    assert "token-" not in f"{HTTP.state()} {HTTP.get()} {deployed.run_action('show-config', {})} {logs}"


def test_the_models_proxy_is_used_for_what_is_outside_by_one_restart(
    deployed: Unit,
    container: WorkloadContainer,
    owners: tuple[FakeAlertmanager, FakeAlertmanager],
    monkeypatch: pytest.MonkeyPatch,
):
    proxy, inside = owners
    deployed.config(external_alertmanagers="[{name: far, uri: 'http://am.example:9093'}]")
    deployed.relate("inside", {0: databag(inside.url, "inside")})
    assert eventually(HTTP.is_up, wanted=True)
    before = container.starts
    monkeypatch.setenv("JUJU_CHARM_HTTP_PROXY", proxy.url)
    monkeypatch.setenv("JUJU_CHARM_NO_PROXY", "127.0.0.1,localhost,::1")
    for _ in range(2):
        deployed.fire(deployed.on.update_status())
    assert deployed.status == ops.ActiveStatus()
    assert container.starts == before + 1
    assert eventually(
        lambda: any(path.startswith("http://am.example:9093/") for path in proxy.paths("GET")), wanted=True
    )
    assert not any(inside.url in path for path in proxy.paths("GET"))
    monkeypatch.delenv("JUJU_CHARM_HTTP_PROXY")
    deployed.fire(deployed.on.update_status())
    assert container.starts == before + 2


def test_browsers_reach_an_alertmanager_directly(deployed: Unit, karma: binaries.Karma, tmp_path: Path):
    with AlertmanagerUnit("stock", 0, 19620) as stock:
        add_alerts(stock)
        deployed.relate("stock", {0: databag(stock.uri, "stock")})
        deployed.config(alertmanager_access="direct", **ACKNOWLEDGE)
        assert deployed.status == ops.ActiveStatus()
        assert eventually(HTTP.is_up, wanted=True)
        assert HTTP.state()["upstreams"]["instances"][0]["uri"] == stock.uri
        assert "web-3" in acknowledge_in_a_browser(karma, tmp_path)
        assert eventually(lambda: len(silences(stock.uri)), 1) == 1
        assert silences(stock.uri)[0]["comment"].startswith("ACK!")
