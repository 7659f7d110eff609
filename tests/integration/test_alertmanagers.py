"""From a fresh unit to several Alertmanager applications, in this model and in another."""

from __future__ import annotations

import jubilant
import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Deployment, until


def test_a_fresh_unit_is_blocked_and_says_what_to_integrate(deployment: Deployment):
    deployment.deploy()
    if deployment.juju.status().apps[KARMA].relations.get("alerting"):
        pytest.skip("Karma in the model that was given has an Alertmanager already")
    message = deployment.blocked("juju integrate")
    assert message == f"alerting: run `juju integrate {KARMA}:alerting <alertmanager>`"
    until(lambda: not deployment.is_ready())  # until the check first fails Kubernetes takes a pod for ready


def test_an_integrated_alertmanager_is_on_the_page(shown: Deployment):
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
    assert shown.juju.status().apps[KARMA].version.startswith("0.")
    until(shown.is_ready)


def test_all_units_of_a_second_application_are_shown_and_renamed_by_nothing(shown: Deployment):
    second = shown.deploy_partner("alertmanager", "other")
    shown.relate("alerting", f"{second}:karma-dashboard")
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": "", "other-0": ""})
    shown.juju.add_unit(second)
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": "", "other-0": "", "other-1": ""})
    shown.unrelate("alerting", f"{ALERTMANAGER}:karma-dashboard")
    until(lambda: shown.upstreams() == {"other-0": "", "other-1": ""})
    shown.relate("alerting", f"{ALERTMANAGER}:karma-dashboard")
    until(lambda: len(shown.upstreams()) == 3)
    shown.remove(second)
    until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})


def test_an_alertmanager_of_another_model_is_shown_by_the_name_of_its_offer(shown: Deployment):
    with jubilant.temp_model() as far:
        far.wait_timeout = 600
        shown.deploy_partner("alertmanager", "far", far)
        far.offer("far", endpoint="karma-dashboard", name="production")
        shown.juju.consume(f"{far.model}.production", "production")
        shown.relate("alerting", "production")
        until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": "", "production-0": ""})
        shown.unrelate("alerting", "production")
        until(lambda: shown.upstreams() == {f"{ALERTMANAGER}-0": ""})
        shown.juju.cli("remove-saas", "production")


def test_without_an_alertmanager_the_page_goes_away_and_no_file_stays(shown: Deployment):
    shown.unrelate("alerting", f"{ALERTMANAGER}:karma-dashboard")
    shown.blocked("juju integrate")
    until(lambda: not shown.dashboard().is_up())
    with pytest.raises(jubilant.TaskError, match="no such file or directory"):
        shown.pebble("ls /tmp/karma")


def test_once_removed_it_leaves_nothing_that_runs(shown: Deployment):
    # Without certificates: Juju 4.0.15 never ends the removal of a unit that owns secrets, whatever the charm.
    shown.remove(KARMA)
    until(lambda: not shown.pod_uid())
