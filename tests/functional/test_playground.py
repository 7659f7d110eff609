"""The playground's commands, typed as a person would: what is printed, and what is on the page."""

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


def test_what_is_deployed_waits_for_alertmanagers_and_says_what_to_type(deployed: Playground):
    assert row(deployed.well("status")) == (
        "blocked",
        "alerting: run `juju integrate karma-k8s:alerting <alertmanager>`",
    )
    assert "Karma does not run" in deployed.well("status")
    assert not HTTP.is_up()


def test_alertmanagers_that_are_started_are_on_the_page_and_leave_it(deployed: Playground):
    deployed.well("config", "alertmanager-interval=1s")
    out = deployed.well("relate", "--units", "2")
    assert row(out) == ("active", "")
    assert "serves http://127.0.0.1:8080/" in out
    both = {"alertmanager-0": "", "alertmanager-1": ""}
    assert eventually(HTTP.errors, both) == both
    assert eventually(HTTP.alerts, INSTANCES) == INSTANCES

    assert "has ended" in deployed.well("kill", "alertmanager/1")
    assert re.search(r"alertmanager/1 .*ended", deployed.well("status"))
    assert eventually(lambda: bool(HTTP.errors()["alertmanager-1"]), wanted=True)
    assert "answers" in deployed.well("start", "alertmanager/1")
    assert eventually(HTTP.errors, both) == both

    addresses = re.findall(r"alertmanager/\d +(\S+) ", deployed.well("status"))
    assert len(addresses) == 2
    assert row(deployed.well("unrelate"))[0] == "blocked"
    assert not HTTP.is_up()
    for address in addresses:
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(address, timeout=5)


def test_an_option_is_on_the_page_and_a_bad_one_leaves_it_alone(shows_alerts: Playground):
    before = starts(shows_alerts.well("status"))
    assert row(shows_alerts.well("config", "ui-theme=dark", "ui-animations=false")) == ("active", "")
    assert HTTP.settings()["Theme"] == "dark"
    assert HTTP.settings()["Animations"] is False
    assert starts(shows_alerts.well("status")) == before + 1

    status, message = row(shows_alerts.well("config", "ui-theme=neon"))
    assert status == "blocked"
    assert message.startswith("ui-theme: invalid ui.theme value 'neon'")
    assert HTTP.settings()["Theme"] == "dark"
    assert shows_alerts.well("config").splitlines() == [
        "alertmanager-interval: 1s",
        "ui-animations: false",
        "ui-theme: neon",
    ]
    assert shows_alerts.well("config", "ui-theme") == "neon\n"

    assert "no event" in shows_alerts.well("config", "--reset", "ui-theme,ui-animations")
    assert row(shows_alerts.well("status")) == ("blocked", message)
    assert row(shows_alerts.well("fire", "update-status")) == ("active", "")
    assert HTTP.settings()["Theme"] == "auto"
    assert starts(shows_alerts.well("status")) == before + 2


def test_an_option_may_come_from_a_file(shows_alerts: Playground):
    (shows_alerts.temporary / "look.css").write_text("body { color: red }\n")
    assert row(shows_alerts.well("config", "custom-css=@look.css")) == ("active", "")
    with urllib.request.urlopen("http://127.0.0.1:8080/custom.css", timeout=5) as answer:
        assert answer.read() == b"body { color: red }\n"


def test_data_published_by_hand_is_judged_unit_by_unit(shows_alerts: Playground):
    out = shows_alerts.well("relate", "mine", "--url", "gopher://h")
    assert row(out) == ("active", "alerting: 1 of 2 units left out: mine/0 (uri is not an http or https URL)")
    assert re.search(r"mine/0 +gopher://h +by hand", out)
    alertmanager = re.findall(r"alertmanager/0 +(\S+) ", out)[0]
    shows_alerts.well("relate", "mine", "--unit", "1", "--url", alertmanager, "--cluster", "other", "--proxy", "false")
    wanted = {"alertmanager-0": "", "mine-1": ""}
    assert eventually(HTTP.errors, wanted) == wanted
    assert "proxy" in row(shows_alerts.well("relate", "mine", "--unit", "1", "--data", "proxy=maybe"))[1]
    assert row(shows_alerts.well("unrelate", "mine")) == ("active", "")
    assert eventually(HTTP.errors, {"alertmanager-0": ""}) == {"alertmanager-0": ""}


def test_a_secret_is_read_only_while_it_is_granted(shows_alerts: Playground):
    identifier = shows_alerts.well("secret", "add", "login", "headers=Authorization: Bearer s3").strip()
    assert re.fullmatch("secret:[0-9a-z]{20}", identifier)
    before = starts(shows_alerts.well("status"))
    grant = f"alertmanager-headers: run `juju grant-secret {identifier} karma-k8s`"
    assert row(shows_alerts.well("config", "alertmanager-headers=login")) == ("blocked", grant)

    assert "no event" in shows_alerts.well("secret", "grant", "login")
    assert row(shows_alerts.well("status")) == ("blocked", grant)
    assert row(shows_alerts.well("fire", "update-status")) == ("active", "")
    assert starts(shows_alerts.well("status")) == before + 1
    assert "Authorization: '***'" in shows_alerts.well("action", "show-config")

    (shows_alerts.temporary / "headers").write_text("X-Tenant: s4\n")
    assert row(shows_alerts.well("secret", "update", "login", "headers#file=headers")) == ("active", "")
    assert starts(shows_alerts.well("status")) == before + 2
    assert "X-Tenant: '***'" in shows_alerts.well("action", "show-config")
    assert re.search(rf"{identifier} +login +karma-k8s +2$", shows_alerts.well("secret", "list"), re.MULTILINE)

    shows_alerts.well("secret", "revoke", identifier)
    assert row(shows_alerts.well("fire", "update-status")) == ("blocked", grant)
    assert HTTP.is_up()
    shows_alerts.well("secret", "remove", "login")
    status, message = row(shows_alerts.well("fire", "update-status"))
    assert status == "blocked"
    assert message.startswith(f"alertmanager-headers: there is no {identifier}")
    logs = shows_alerts.well("logs", "--lines", "1000")
    assert "secret-changed" in logs
    assert not {word for word in ("s3", "s4") if f" {word}" in logs}


def test_a_secret_that_the_unit_never_asked_for_fires_nothing(deployed: Playground):
    deployed.well("secret", "add", "unused", "headers=a")
    assert "Juju tells nobody" in deployed.well("secret", "update", "unused", "headers=b")
    assert "unused" not in deployed.well("logs")
    deployed.well("secret", "remove", "unused")
    assert deployed.well("secret", "list") == "There is no secret.\n"


def test_actions_print_yaml_or_fail_in_a_sentence(shows_alerts: Playground):
    assert shows_alerts.well("action", "get-url") == "url: http://127.0.0.1:8080/\n"
    listed = shows_alerts.well("action", "list-alertmanagers")
    assert "name: alertmanager-0" in listed
    assert "up: true" in listed
    check = ("action", "--string-args", "check-config")
    assert shows_alerts.well(*check, "config=ui: {theme: dark}") == "valid: 'true'\n"
    said = shows_alerts(*check, "config=ui: {theme: neon}")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Action check-config failed: karma-config: invalid ui.theme value 'neon'")
    shows_alerts.well("unrelate")
    said = shows_alerts("action", "show-config")
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
