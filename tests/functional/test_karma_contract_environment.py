"""How far the environment reaches into Karma's configuration, and how the charm keeps it out."""

from __future__ import annotations

import pytest

from tests.functional.karma_process import ONE_SERVER, Check


@pytest.mark.parametrize("service", ["alertmanager-proxy", "alertmanager-uri", "alertmanager-readonly", "debug"])
def test_a_service_named_like_a_setting_does_no_harm_with_the_flags(check: Check, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    assert check(ONE_SERVER, env=injected).code == 0
    without = check(ONE_SERVER, flags=(), env=injected)
    assert without.code == 1
    assert f"'{service.replace('-', '.')}'" in without.lines[-1].lower()


@pytest.mark.parametrize("service", ["alertmanager-name", "karma-name", "listen-address", "ui-theme"])
def test_other_names_of_services_stay_deadly(check: Check, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    checked = check(ONE_SERVER, env=injected)
    assert checked.code == 1
    assert f"'{service.replace('-', '.')}' expected type 'string'" in checked.lines[-1].replace("UI", "ui").lower()


@pytest.mark.parametrize(
    "name", ["ALERTMANAGER_PORT", "KARMA_PORT", "KARMA_SERVICE_HOST", "UI_PORT", "KUBERNETES_PORT"]
)
def test_usual_names_of_services_do_no_harm(check: Check, name: str):
    assert check(ONE_SERVER, env={name: "tcp://10.0.0.1:9093"}).code == 0


def test_the_file_beats_the_environment(check: Check):
    assert check(ONE_SERVER, env={"UI_THEME": "bad"}).code == 1
    assert check(ONE_SERVER + "ui: {theme: dark}\n", env={"UI_THEME": "bad"}).code == 0
    assert check(ONE_SERVER + "listen: {port: 8080}\n", env={"LISTEN_PORT": "tcp://10.0.0.1:80"}).code == 0
