"""How far the environment reaches into Karma's configuration, and how the charm keeps it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.machine import binaries
from playground.machine.binaries import Karma
from tests.functional.karma_process import check

pytestmark = pytest.mark.parametrize("karma", [pytest.param(one, id=one.version) for one in binaries.karmas()])

ONE_SERVER = "alertmanager:\n  servers:\n    - {name: a, uri: 'http://127.0.0.1:9'}\n"


@pytest.mark.parametrize("service", ["alertmanager-proxy", "alertmanager-uri", "alertmanager-readonly", "debug"])
def test_a_service_named_like_a_setting_does_no_harm_with_the_flags(karma: Karma, tmp_path: Path, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    assert check(karma, tmp_path, ONE_SERVER, env=injected).code == 0
    without = check(karma, tmp_path, ONE_SERVER, flags=(), env=injected)
    assert without.code == 1
    assert f"'{service.replace('-', '.')}'" in without.lines[-1].lower()


@pytest.mark.parametrize("service", ["alertmanager-name", "karma-name", "listen-address", "ui-theme"])
def test_other_names_of_services_stay_deadly(karma: Karma, tmp_path: Path, service: str):
    injected = {f"{service.upper().replace('-', '_')}_PORT": "tcp://10.0.0.1:9093"}
    checked = check(karma, tmp_path, ONE_SERVER, env=injected)
    assert checked.code == 1
    assert f"'{service.replace('-', '.')}' expected type 'string'" in checked.lines[-1].replace("UI", "ui").lower()


@pytest.mark.parametrize(
    "name", ["ALERTMANAGER_PORT", "KARMA_PORT", "KARMA_SERVICE_HOST", "UI_PORT", "KUBERNETES_PORT"]
)
def test_usual_names_of_services_do_no_harm(karma: Karma, tmp_path: Path, name: str):
    assert check(karma, tmp_path, ONE_SERVER, env={name: "tcp://10.0.0.1:9093"}).code == 0


def test_the_file_beats_the_environment(karma: Karma, tmp_path: Path):
    assert check(karma, tmp_path, ONE_SERVER, env={"UI_THEME": "bad"}).code == 1
    assert check(karma, tmp_path, ONE_SERVER + "ui: {theme: dark}\n", env={"UI_THEME": "bad"}).code == 0
    assert (
        check(karma, tmp_path, ONE_SERVER + "listen: {port: 8080}\n", env={"LISTEN_PORT": "tcp://10.0.0.1:80"}).code
        == 0
    )
