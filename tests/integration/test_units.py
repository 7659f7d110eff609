"""What happens to pods: more of them, one deleted, one process killed, one container killed, a refresh."""

from __future__ import annotations

import jubilant
import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Deployment, until

ENDS_WITH_KARMA = "services: {karma: {override: merge, on-failure: shutdown}}"


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
    started, containers = shown.started(), shown.restarts()
    shown.pebble("signal KILL karma")
    until(lambda: shown.started() != started and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()
    assert shown.restarts() == containers


def test_a_service_that_was_stopped_by_hand_is_started_once_the_check_of_its_health_fails(shown: Deployment):
    started = shown.started()
    shown.pebble("stop karma")
    until(lambda: shown.started() != started and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    shown.settle()


def test_a_killed_container_is_filled_again(shown: Deployment):
    before, layer = shown.restarts(), "/tmp/ends-with-karma.yaml"
    # Pebble is the container's first process, which nothing in a pod can kill: it is told to end itself with Karma.
    shown.juju.exec(f"echo '{ENDS_WITH_KARMA}' >{layer}", unit=f"{KARMA}/0")
    shown.pebble(f"add ends-with-karma {layer}")
    shown.pebble("replan")
    shown.pebble("signal KILL karma")
    until(lambda: shown.restarts() > before)
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


def test_a_refresh_from_the_previous_revision_keeps_page_and_options(deployment: Deployment):
    if not (previous := deployment.given.previous):
        pytest.skip("no earlier revision was given: --previous-charm ./karma-k8s-before.charm")
    with jubilant.temp_model() as juju:
        shown = Deployment(juju, deployment.given, deployment.kubernetes)
        shown.deploy(previous)
        shown.show_alertmanager()
        juju.config(KARMA, {"ui-theme": "dark"})
        until(lambda: shown.theme() == "dark")
        before = shown.pod_uid()
        juju.refresh(KARMA, path=shown.given.charm, resources={"karma-image": shown.given.karma_image})
        until(lambda: shown.pod_uid() not in ("", before))
        until(lambda: shown.theme() == "dark" and shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
        shown.settle()
