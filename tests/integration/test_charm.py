"""The charm on a real Juju with a real Alertmanager charm; the tests build on each other, in this order."""

from __future__ import annotations

import jubilant
import lightkube
from lightkube.resources.core_v1 import Pod

from playground.around.browser import Browser
from playground.machine.waiting import eventually
from tests.integration.conftest import Given

KARMA = "karma"
ALERTMANAGER = "am"
SECONDS = 180.0


def dashboard(juju: jubilant.Juju) -> Browser:
    """The page of the one unit, asked at the address of its pod."""
    return Browser(f"http://{juju.status().apps[KARMA].units[f'{KARMA}/0'].address}:8080/")


def upstreams(juju: jubilant.Juju) -> dict[str, str]:
    """Every Alertmanager on the page and what is wrong with it; the address is looked up anew each time."""
    return dashboard(juju).errors()


def wait_until_blocked(juju: jubilant.Juju) -> str:
    status = juju.wait(
        lambda status: jubilant.all_blocked(status, KARMA), error=lambda status: jubilant.any_error(status, KARMA)
    )
    return status.apps[KARMA].units[f"{KARMA}/0"].workload_status.message


def settle(juju: jubilant.Juju) -> None:
    juju.wait(
        lambda status: jubilant.all_active(status, KARMA, ALERTMANAGER) and jubilant.all_agents_idle(status, KARMA),
        error=lambda status: jubilant.any_error(status, KARMA),
    )


def test_a_fresh_unit_is_blocked_and_says_what_to_integrate(juju: jubilant.Juju, given: Given):
    juju.deploy(given.charm, KARMA, resources={"karma-image": given.karma_image})
    juju.deploy(given.alertmanager_charm, ALERTMANAGER, resources=given.alertmanager_resources, trust=True)
    juju.wait(lambda status: jubilant.all_active(status, ALERTMANAGER))
    assert wait_until_blocked(juju) == f"alerting: run `juju integrate {KARMA}:alerting <alertmanager>`"


def test_an_integrated_alertmanager_is_on_the_page(juju: jubilant.Juju):
    juju.integrate(f"{KARMA}:alerting", f"{ALERTMANAGER}:karma-dashboard")
    settle(juju)
    up = {f"{ALERTMANAGER}-0": ""}
    assert eventually(lambda: upstreams(juju), up, SECONDS) == up
    assert juju.status().apps[KARMA].version.startswith("0.")


def test_an_option_reaches_the_page(juju: jubilant.Juju):
    juju.config(KARMA, {"ui-theme": "dark"})
    settle(juju)
    assert eventually(lambda: dashboard(juju).settings()["Theme"], "dark", SECONDS) == "dark"


def test_a_bad_option_is_named_and_the_page_stays(juju: jubilant.Juju):
    juju.config(KARMA, {"ui-theme": "neon"})
    assert wait_until_blocked(juju).startswith("ui-theme: invalid ui.theme value")
    assert dashboard(juju).settings()["Theme"] == "dark"
    juju.config(KARMA, {"ui-theme": "dark"})
    settle(juju)


def test_a_deleted_pod_comes_back_with_the_same_page(juju: jubilant.Juju):
    model = juju.show_model().short_name
    kubernetes = lightkube.Client()
    before = kubernetes.get(Pod, f"{KARMA}-0", namespace=model).metadata
    kubernetes.delete(Pod, f"{KARMA}-0", namespace=model)

    def is_new() -> bool:
        try:
            now = kubernetes.get(Pod, f"{KARMA}-0", namespace=model).metadata
        except lightkube.ApiError:
            return False
        return bool(before and now and now.uid != before.uid)

    assert eventually(is_new, wanted=True, seconds=SECONDS)
    settle(juju)
    assert eventually(lambda: dashboard(juju).settings()["Theme"], "dark", SECONDS) == "dark"
    assert list(upstreams(juju)) == [f"{ALERTMANAGER}-0"]


def test_without_an_alertmanager_the_page_goes_away(juju: jubilant.Juju):
    juju.remove_relation(f"{KARMA}:alerting", f"{ALERTMANAGER}:karma-dashboard")
    wait_until_blocked(juju)
    assert eventually(dashboard(juju).is_up, wanted=False, seconds=SECONDS) is False
