"""What the playground's commands do that no document shows: those are typed in test_documents."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP, INSTANCES
from tests.functional.playground_commands import Playground, row, starts


def test_alertmanagers_that_are_started_are_on_the_page_and_leave_it(deployed: Playground):
    deployed.well("config", "alertmanager-interval=1s")
    out = deployed.well("relate", "--units", "2")
    both = {"alertmanager-0": "", "alertmanager-1": ""}
    assert eventually(HTTP.errors, both) == both
    assert eventually(HTTP.alerts, INSTANCES) == INSTANCES
    deployed.well("kill", "alertmanager/1")
    assert re.search(r"alertmanager/1 .*ended", deployed.well("status"))
    assert eventually(lambda: bool(HTTP.errors()["alertmanager-1"]), wanted=True)
    deployed.well("start", "alertmanager/1")
    assert eventually(HTTP.errors, both) == both

    addresses = re.findall(r"alertmanager/\d +(\S+) ", out)
    assert len(addresses) == 2
    deployed.well("unrelate")
    assert not HTTP.is_up()
    for address in addresses:
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(address, timeout=5)


def test_data_published_by_hand_is_that_of_its_unit(shows_alerts: Playground):
    alertmanager = re.findall(r"alertmanager/0 +(\S+) ", shows_alerts.well("status"))[0]
    assert re.search(r"mine/0 +gopher://h +by hand", shows_alerts.well("relate", "mine", "--url", "gopher://h"))
    shows_alerts.well("relate", "mine", "--unit", "1", "--url", alertmanager, "--cluster", "other", "--proxy", "false")
    wanted = {"alertmanager-0": "", "mine-1": ""}
    assert eventually(HTTP.errors, wanted) == wanted
    assert "proxy" in row(shows_alerts.well("relate", "mine", "--unit", "1", "--data", "proxy=maybe"))[1]
    assert row(shows_alerts.well("unrelate", "mine")) == ("active", "")


def test_a_secret_that_is_taken_away_is_told_and_never_was_in_a_log(shows_alerts: Playground):
    identifier = shows_alerts.well("secret", "add", "login", "headers=Authorization: Bearer s3").strip()
    shows_alerts.well("secret", "grant", "login")
    assert row(shows_alerts.well("config", "alertmanager-headers=login")) == ("active", "")
    before = starts(shows_alerts.well("secret", "update", "login", "headers=X-Tenant: s4"))
    shows_alerts.well("secret", "revoke", identifier)
    grant = f"alertmanager-headers: run `juju grant-secret {identifier} karma-k8s`"
    out = shows_alerts.well("fire", "update-status")
    assert (row(out), starts(out), HTTP.is_up()) == (("blocked", grant), before, True)
    shows_alerts.well("secret", "remove", "login")
    status, message = row(shows_alerts.well("fire", "update-status"))
    assert status == "blocked"
    assert message.startswith(f"alertmanager-headers: there is no {identifier}")
    assert row(shows_alerts.well("config", "alertmanager-headers=")) == ("active", "")
    logs = shows_alerts.well("logs", "--lines", "1000")
    assert "secret-changed" in logs
    assert not {word for word in ("s3", "s4") if f" {word}" in logs}


def test_a_secret_that_the_unit_never_asked_for_fires_nothing(deployed: Playground):
    deployed.well("secret", "add", "unused", "headers=a")
    assert "Juju tells nobody" in deployed.well("secret", "update", "unused", "headers=b")
    assert "unused" not in deployed.well("logs")
    deployed.well("secret", "remove", "unused")
    assert deployed.well("secret", "list") == "There is no secret.\n"


def test_an_action_fails_in_a_sentence(deployed: Playground):
    said = deployed("action", "show-config")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Action show-config failed: Karma does not run: ")


def test_logs_are_those_of_karma_and_of_the_charm_and_may_be_followed(shows_alerts: Playground):
    logs = shows_alerts.well("logs")
    assert "INFO ran alerting-relation-changed" in logs
    assert "[karma]" in logs
    with subprocess.Popen(
        shows_alerts.command("logs", "--follow"), env=shows_alerts.environment, stdout=subprocess.PIPE, text=True
    ) as follow:
        assert follow.stdout is not None
        lines = iter(follow.stdout.readline, "")
        assert next(line for line in lines if "[karma]" in line)
        shows_alerts.well("fire", "upgrade-charm")
        assert next(line for line in lines if "ran upgrade-charm" in line)
        follow.send_signal(signal.SIGTERM)
        follow.stdout.read()
    assert follow.returncode == 0


def test_two_commands_at_once_wait_for_each_other(shows_alerts: Playground):
    words = [("config", "ui-theme=dark"), ("config", "karma-name=ours"), ("config", "ui-refresh=40s")]
    together = [
        subprocess.Popen(
            shows_alerts.command(*some),
            env=shows_alerts.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for some in words
    ]
    assert [one.wait(120) for one in together] == [0, 0, 0]
    assert {"ui-theme: dark", "karma-name: ours", "ui-refresh: 40s"} <= set(shows_alerts.well("config").splitlines())
    assert shows_alerts.well("config", "ui-theme") == "dark\n"
