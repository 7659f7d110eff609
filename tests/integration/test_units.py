"""What happens to pods: more of them, one deleted, one process killed, one container killed, a refresh."""

from __future__ import annotations

import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Deployment, until

PEBBLE = "/charm/bin/pebble"


def test_three_units_show_the_same_and_go_again(shown: Deployment):
    shown.juju.add_unit(KARMA, num_units=2)
    until(lambda: len(shown.juju.status().apps[KARMA].units) == 3)
    shown.settle()
    for unit in range(3):
        until(lambda unit=unit: shown.upstreams(unit) == {f"{ALERTMANAGER}-0": ""} and shown.is_ready(unit))
    shown.juju.remove_unit(KARMA, num_units=2)
    until(lambda: len(shown.juju.status().apps[KARMA].units) == 1)
    assert shown.upstreams() == {f"{ALERTMANAGER}-0": ""}


def test_a_deleted_pod_comes_back_with_the_same_page(shown: Deployment):
    shown.juju.config(KARMA, {"ui-theme": "dark"})
    until(lambda: shown.theme() == "dark")
    before = shown.pod_uid()
    shown.kubernetes.delete(type(shown.pod()), f"{KARMA}-0", namespace=shown.model)
    until(lambda: shown.pod_uid() not in ("", before))
    until(lambda: shown.theme() == "dark" and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_a_killed_process_is_started_again_by_pebble(shown: Deployment):
    shown.in_container(f"{PEBBLE} signal KILL karma")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_a_service_that_was_stopped_by_hand_is_started_by_the_next_hook(shown: Deployment):
    shown.in_container(f"{PEBBLE} stop karma")
    until(lambda: not shown.dashboard().is_up())
    shown.hook()
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_a_killed_container_is_filled_again(shown: Deployment):
    before = shown.restarts()
    # Pebble is the container's first process: without it Kubernetes starts the container anew, empty.
    shown.in_container("/charm/bin/pebble exec --context karma /charm/bin/pebble version")
    shown.juju.exec("kill -TERM $(pgrep -f 'pebble run --create-dirs --hold' | head -1) || true", unit=f"{KARMA}/0")
    if shown.restarts() == before:
        pytest.skip("nothing here may kill a container: its processes are not seen from the charm's")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_a_refresh_to_another_image_keeps_page_and_options(shown: Deployment):
    shown.juju.config(KARMA, {"ui-theme": "dark"})
    until(lambda: shown.theme() == "dark")
    version = shown.juju.status().apps[KARMA].version
    for image in (shown.given.other_image, shown.given.karma_image):
        shown.juju.cli("attach-resource", KARMA, f"karma-image={image}")
        until(lambda before=version: shown.juju.status().apps[KARMA].version != before)
        shown.settle()
        until(lambda: shown.theme() == "dark" and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
        version = shown.juju.status().apps[KARMA].version


def test_a_refresh_from_the_previous_revision_keeps_page_and_options(shown: Deployment):
    if not (previous := shown.given.previous):
        pytest.skip("no earlier revision was given: --previous-charm ./karma-k8s-before.charm")
    resources = {"karma-image": shown.given.karma_image}
    shown.juju.remove_application(KARMA)
    until(lambda: KARMA not in shown.juju.status().apps)
    shown.deploy(previous)
    shown.show_alertmanager()
    shown.juju.config(KARMA, {"ui-theme": "dark"})
    until(lambda: shown.theme() == "dark")
    shown.juju.refresh(KARMA, path=shown.given.charm, resources=resources)
    before = shown.pod_uid()
    until(lambda: shown.pod_uid() not in ("", before))
    until(lambda: shown.theme() == "dark" and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()
