"""The charm on real parts: what an operator would see, over HTTP and in `juju status`."""

from __future__ import annotations

import os
import signal
import socket
from unittest import mock

import ops

from playground.around.alertmanagers import AlertmanagerUnit
from playground.juju.unit import Unit
from playground.machine.binaries import Karma
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HANGS, HTTP, INSTANCES, MakeContainer, is_ready, pid_of_karma


def writes(container: WorkloadContainer) -> int:
    return container.log.count("[pebble] POST /v1/")


def is_running(container: WorkloadContainer) -> bool:
    return container.client.get_services()[0].is_running()


def test_hooks_that_change_nothing_write_nothing(
    shown: Unit, container: WorkloadContainer, alertmanager: AlertmanagerUnit
):
    before = container.starts, writes(container)
    shown.fire(shown.on.update_status())
    shown.fire(shown.on.config_changed())
    shown.fire(shown.on.leader_elected())
    [relation] = shown.state.get_relations("alerting")
    shown.publish(relation.id, 0, alertmanager.databag)
    assert (container.starts, writes(container)) == before
    assert shown.status == ops.ActiveStatus()


# One that Karma names, one that it does not, one that the charm refuses; all others are in test_blame and unit tests.
BAD_OPTIONS = {
    "ui-theme": ("neon", "invalid ui.theme value 'neon', allowed options: light, dark, auto"),
    "log-format": ("xml", "unknown log format 'xml'"),
    "ui-minimal-group-width": (-5, "must be at least 100, is -5"),
}


def test_a_bad_option_is_named_and_karma_goes_on_untouched(shown: Unit, container: WorkloadContainer):
    before = container.starts
    for option, (value, words) in BAD_OPTIONS.items():
        shown.config(**{option: value})
        told = shown.status
        assert (told.name, told.message.partition(": ")[0]) == ("blocked", option)
        assert words in told.message
        shown.fire(shown.on.update_status())
        assert shown.status == told
        assert HTTP.is_up()
        shown.config(**{option: None})
        shown.fire(shown.on.update_status())
        assert shown.status == ops.ActiveStatus(), option
    assert container.starts == before


def test_a_refused_option_costs_only_itself_and_a_new_pod_does_without_it(
    shown: Unit, container: WorkloadContainer, alertmanager: AlertmanagerUnit
):
    shown.config(ui_theme="dark")
    shown.config(ui_theme="neon")
    shown.relate("other", {0: alertmanager.databag})
    both = {"alertmanager-0": "", "other-0": ""}
    for theme in ("dark", "auto"):
        assert shown.status == ops.BlockedStatus(f"ui-theme: {BAD_OPTIONS['ui-theme'][1]}")
        assert eventually(HTTP.errors, both) == both
        assert HTTP.settings()["Theme"] == theme
        container.stop()
        container.start()
        shown.pebble_ready()


def test_a_login_that_is_broken_goes_on_as_it_was_and_no_new_pod_starts_without_it(
    shown: Unit, container: WorkloadContainer
):
    shown.config(auth_header="X-User", auth_header_re="(.+)")
    shown.config(auth_header_re="(")
    assert (shown.status.name, shown.status.message.partition(": ")[0]) == ("blocked", "auth-header-re")
    assert eventually(HTTP.is_up, wanted=True)
    assert HTTP.status() == 401
    container.stop()
    container.start()
    shown.pebble_ready()
    assert (shown.status.name, shown.status.message.partition(": ")[0]) == ("blocked", "auth-header-re")
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


def test_a_configuration_that_passes_and_does_not_start_gives_way_to_the_previous_one(
    shown: Unit, container: WorkloadContainer
):
    shown.config(ui_theme="dark")
    real_replan = ops.Container.replan

    def lose_the_file_and_replan(self: ops.Container) -> None:
        losing.stop()
        (container.root / self.get_plan().services["karma"].environment["CONFIG_FILE"].lstrip("/")).unlink()
        real_replan(self)

    losing = mock.patch.object(ops.Container, "replan", lose_the_file_and_replan)
    losing.start()
    shown.config(ui_theme="light")
    assert shown.status.name == "blocked"
    assert shown.status.message.startswith("karma does not start: ")
    assert shown.status.message.endswith("no such file or directory")
    assert eventually(HTTP.is_up, wanted=True)
    assert HTTP.settings()["Theme"] == "dark"
    before = container.starts
    shown.fire(shown.on.update_status())
    assert shown.status.message.startswith("karma does not start: ")
    assert container.starts == before


def test_a_karma_that_is_killed_again_and_again_is_told_and_comes_back(shown: Unit, container: WorkloadContainer):
    def killed() -> str:
        if is_running(container):
            os.kill(pid_of_karma(container), signal.SIGKILL)
        shown.fire(shown.on.update_status())
        return f"{shown.status.name}: {shown.status.message[:12]}"

    assert eventually(killed, "blocked: karma died: ") == "blocked: karma died: "
    assert eventually(HTTP.is_up, wanted=True)
    assert eventually(lambda: is_ready(container), wanted=True)
    shown.fire(shown.on.update_status())
    assert shown.status == ops.ActiveStatus()


def test_a_karma_that_hangs_is_told_and_gets_no_traffic(shown: Unit, container: WorkloadContainer):
    os.kill(pid_of_karma(container), signal.SIGSTOP)
    assert eventually(lambda: is_ready(container), wanted=False, seconds=60) is False
    shown.fire(shown.on.update_status())
    assert shown.status == HANGS
    os.kill(pid_of_karma(container), signal.SIGCONT)
    assert eventually(lambda: is_ready(container), wanted=True)
    shown.fire(shown.on.update_status())
    assert shown.status == ops.ActiveStatus()


def test_services_of_the_namespace_do_not_confuse_karma(
    make_container: MakeContainer, karma: Karma, alertmanager: AlertmanagerUnit
):
    usual = ("ALERTMANAGER", "KARMA", "KARMA_K8S", "KUBERNETES", "UI")
    services = (*usual, "ALERTMANAGER_PROXY", "ALERTMANAGER_READONLY", "ALERTMANAGER_URI", "DEBUG")
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
