"""The charm on real parts: what an operator would see, over HTTP and in `juju status`."""

from __future__ import annotations

import os
import signal
import socket
from unittest import mock

import ops
import pytest

from playground.around.alertmanagers import AlertmanagerUnit
from playground.juju.unit import Unit
from playground.machine.binaries import Karma
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HANGS, HTTP, INSTANCES, MakeContainer, is_ready, pid_of_karma


@pytest.fixture
def related(unit: Unit, alertmanager: AlertmanagerUnit) -> int:
    """A unit that shows the alerts of one Alertmanager; the id of the relation."""
    unit.deploy()
    relation = unit.relate("alertmanager", {0: alertmanager.databag})
    assert unit.status == ops.ActiveStatus()
    assert eventually(HTTP.is_up, wanted=True)
    return relation


def writes(container: WorkloadContainer) -> int:
    return container.log.count("[pebble] POST /v1/")


def is_running(container: WorkloadContainer) -> bool:
    return container.client.get_services()[0].is_running()


def test_hooks_that_change_nothing_write_nothing(
    unit: Unit, container: WorkloadContainer, related: int, alertmanager: AlertmanagerUnit
):
    before = container.starts, writes(container)
    unit.fire(unit.on.update_status())
    unit.fire(unit.on.config_changed())
    unit.fire(unit.on.leader_elected())
    unit.publish(related, 0, alertmanager.databag)
    assert (container.starts, writes(container)) == before
    assert unit.status == ops.ActiveStatus()


# One that Karma names, one that it does not, one that the charm refuses; all others are in test_blame and unit tests.
BAD_OPTIONS = {
    "ui-theme": ("neon", "invalid ui.theme value 'neon', allowed options: light, dark, auto"),
    "log-format": ("xml", "unknown log format 'xml'"),
    "ui-minimal-group-width": (-5, "must be at least 100, is -5"),
}


@pytest.mark.usefixtures("related")
def test_a_bad_option_is_named_and_karma_goes_on_untouched(unit: Unit, container: WorkloadContainer):
    before = container.starts
    for option, (value, words) in BAD_OPTIONS.items():
        unit.config(**{option: value})
        told = unit.status
        assert (told.name, told.message.partition(": ")[0]) == ("blocked", option)
        assert words in told.message
        unit.fire(unit.on.update_status())
        assert unit.status == told
        assert HTTP.is_up()
        unit.config(**{option: None})
        unit.fire(unit.on.update_status())
        assert unit.status == ops.ActiveStatus(), option
    assert container.starts == before


@pytest.mark.usefixtures("related")
def test_a_refused_option_costs_only_itself_and_a_new_pod_does_without_it(
    unit: Unit, container: WorkloadContainer, alertmanager: AlertmanagerUnit
):
    unit.config(ui_theme="dark")
    unit.config(ui_theme="neon")
    unit.relate("other", {0: alertmanager.databag})
    both = {"alertmanager-0": "", "other-0": ""}
    for theme in ("dark", "auto"):
        assert unit.status == ops.BlockedStatus(f"ui-theme: {BAD_OPTIONS['ui-theme'][1]}")
        assert eventually(HTTP.errors, both) == both
        assert HTTP.settings()["Theme"] == theme
        container.stop()
        container.start()
        unit.pebble_ready()


@pytest.mark.usefixtures("related")
def test_a_login_that_is_broken_goes_on_as_it_was_and_no_new_pod_starts_without_it(
    unit: Unit, container: WorkloadContainer
):
    unit.config(auth_header="X-User", auth_header_re="(.+)")
    unit.config(auth_header_re="(")
    assert (unit.status.name, unit.status.message.partition(": ")[0]) == ("blocked", "auth-header-re")
    assert eventually(HTTP.is_up, wanted=True)
    assert HTTP.status() == 401
    container.stop()
    container.start()
    unit.pebble_ready()
    assert (unit.status.name, unit.status.message.partition(": ")[0]) == ("blocked", "auth-header-re")
    assert not HTTP.is_up()


def test_karma_that_cannot_start_is_told_with_its_last_words(
    unit: Unit, alertmanager: AlertmanagerUnit, container: WorkloadContainer
):
    unit.deploy()
    with socket.create_server(("127.0.0.1", 8080)):
        unit.relate("alertmanager", {0: alertmanager.databag})
    words = "listen tcp 127.0.0.1:8080: bind: address already in use"
    assert unit.status == ops.BlockedStatus(f"karma does not start: {words}")
    assert not is_running(container)


@pytest.mark.usefixtures("related")
def test_a_configuration_that_passes_and_does_not_start_gives_way_to_the_previous_one(
    unit: Unit, container: WorkloadContainer
):
    unit.config(ui_theme="dark")
    real_replan = ops.Container.replan

    def lose_the_file_and_replan(self: ops.Container) -> None:
        losing.stop()
        (container.root / self.get_plan().services["karma"].environment["CONFIG_FILE"].lstrip("/")).unlink()
        real_replan(self)

    losing = mock.patch.object(ops.Container, "replan", lose_the_file_and_replan)
    losing.start()
    unit.config(ui_theme="light")
    assert unit.status.name == "blocked"
    assert unit.status.message.startswith("karma does not start: ")
    assert unit.status.message.endswith("no such file or directory")
    assert eventually(HTTP.is_up, wanted=True)
    assert HTTP.settings()["Theme"] == "dark"
    before = container.starts
    unit.fire(unit.on.update_status())
    assert unit.status.message.startswith("karma does not start: ")
    assert container.starts == before


@pytest.mark.usefixtures("related")
def test_a_karma_that_is_killed_again_and_again_is_told_and_comes_back(unit: Unit, container: WorkloadContainer):
    def killed() -> str:
        if is_running(container):
            os.kill(pid_of_karma(container), signal.SIGKILL)
        unit.fire(unit.on.update_status())
        return f"{unit.status.name}: {unit.status.message[:12]}"

    assert eventually(killed, "blocked: karma died: ") == "blocked: karma died: "
    assert eventually(HTTP.is_up, wanted=True)
    assert eventually(lambda: is_ready(container), wanted=True)
    unit.fire(unit.on.update_status())
    assert unit.status == ops.ActiveStatus()


@pytest.mark.usefixtures("related")
def test_a_karma_that_hangs_is_told_and_gets_no_traffic(unit: Unit, container: WorkloadContainer):
    os.kill(pid_of_karma(container), signal.SIGSTOP)
    assert eventually(lambda: is_ready(container), wanted=False, seconds=60) is False
    unit.fire(unit.on.update_status())
    assert unit.status == HANGS
    os.kill(pid_of_karma(container), signal.SIGCONT)
    assert eventually(lambda: is_ready(container), wanted=True)
    unit.fire(unit.on.update_status())
    assert unit.status == ops.ActiveStatus()


def test_services_of_the_namespace_do_not_confuse_karma(
    make_container: MakeContainer, karma: Karma, alertmanager: AlertmanagerUnit
):
    services = ("ALERTMANAGER", "ALERTMANAGER_PROXY", "ALERTMANAGER_READONLY", "ALERTMANAGER_URI", "DEBUG", "KARMA_K8S")
    variables = {f"{service}_PORT": "tcp://10.152.183.7:80" for service in services}
    variables |= {f"{service}_SERVICE_HOST": "10.152.183.7" for service in services}
    container = make_container(karma, **variables)
    unit = Unit(lambda: container.client)
    unit.deploy()
    unit.relate("alertmanager", {0: alertmanager.databag})
    assert unit.status == ops.ActiveStatus()
    assert eventually(HTTP.alerts, INSTANCES) == INSTANCES
    unit.config(ui_theme="dark")
    assert unit.status == ops.ActiveStatus()


def test_an_image_without_karma_is_named(make_container: MakeContainer, alertmanager: AlertmanagerUnit):
    container = make_container(None)
    unit = Unit(lambda: container.client)
    unit.deploy()
    unit.relate("alertmanager", {0: alertmanager.databag})
    assert unit.status.name == "blocked"
    assert unit.status.message.startswith("karma-image: it holds no /karma")


def test_a_silent_alertmanager_delays_the_page_but_neither_the_hook_nor_the_health_of_the_pod(
    unit: Unit, container: WorkloadContainer, alertmanager: AlertmanagerUnit
):
    unit.deploy()
    unit.config(alertmanager_timeout="1s")
    silent = {**alertmanager.databag, "name": "alertmanager/1", "uri": "http://127.0.0.1:19198"}
    with socket.create_server(("127.0.0.1", 19198), backlog=64):  # which takes connections and never answers
        unit.relate("alertmanager", {0: silent, 1: alertmanager.databag})
        assert not HTTP.is_up()
        assert unit.status == ops.ActiveStatus()
        assert eventually(HTTP.is_up, wanted=True)
        assert HTTP.alerts() == INSTANCES
        assert eventually(lambda: is_ready(container), wanted=True)
