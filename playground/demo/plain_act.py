"""The act of the demo that tells of Alertmanagers, options, and what goes wrong: `make demo`."""

from __future__ import annotations

from playground.around.browser import Browser
from playground.demo.stage import INSTANCES, URL, Stage

PORTS = ()
"""Besides those of the stage."""


def tell(stage: Stage) -> None:
    """Tell the act from a fresh deployment to a dashboard that is up.

    Raises:
        PlaygroundError: when something did not happen as told.
    """
    page = Browser(URL)
    stage.step("$ juju deploy karma-k8s && juju config karma-k8s alertmanager-interval=1s")
    stage.unit.deploy()
    stage.unit.config(alertmanager_interval="1s")
    stage.status("blocked", "juju integrate karma-k8s:alerting")
    stage.claim("Karma does not run: there is nothing to show yet", page.is_up(), False)

    stage.step("$ juju integrate karma-k8s:alerting alertmanager")
    relation = stage.unit.relate("alertmanager", stage.databags)
    stage.status("active")
    stage.comes_true("Karma serves", page.is_up, True)
    stage.comes_true(f"the alerts of {', '.join(sorted(INSTANCES))} are on the page", page.alerts, INSTANCES)
    stage.comes_true(f"{' and '.join(stage.up)} are up", page.errors, stage.up)

    _options(stage, page)
    _a_death(stage, page)

    stage.step("$ juju remove-relation karma-k8s alertmanager")
    stage.unit.unrelate(relation)
    stage.status("blocked", "juju integrate karma-k8s:alerting")
    stage.claim("Karma is stopped", page.is_up(), False)

    stage.step("$ juju integrate karma-k8s:alerting alertmanager")
    stage.unit.relate("alertmanager", stage.databags)
    stage.status("active")
    stage.comes_true("Karma serves again", page.is_up, True)
    stage.comes_true("the alerts are back on the page", page.alerts, INSTANCES)


def _options(stage: Stage, page: Browser) -> None:
    _theme(stage, "dark")
    stage.status("active")
    stage.comes_true("the page is dark", lambda: page.settings()["Theme"], "dark")

    _theme(stage, "neon")
    stage.status("blocked", "ui-theme: invalid ui.theme value 'neon'")
    stage.claim("Karma still serves the dark page", (page.is_up(), page.settings()["Theme"]), (True, "dark"))

    stage.step("$ juju integrate karma-k8s:alerting staging")
    staging = stage.unit.relate("staging", {0: stage.databags[0]})
    stage.status("blocked", "ui-theme: invalid ui.theme value 'neon'")
    stage.comes_true("staging-0 is shown all the same", page.errors, {**stage.up, "staging-0": ""})
    stage.claim("the page is still dark", page.settings()["Theme"], "dark")

    stage.step("$ juju remove-relation karma-k8s staging")
    stage.unit.unrelate(staging)
    stage.comes_true("staging-0 is gone", page.errors, stage.up)

    _theme(stage, "light")
    stage.status("active")
    stage.comes_true("the page is light", lambda: page.settings()["Theme"], "light")


def _theme(stage: Stage, theme: str) -> None:
    stage.step(f"$ juju config karma-k8s ui-theme={theme}")
    stage.unit.config(ui_theme=theme)


def _a_death(stage: Stage, page: Browser) -> None:
    who, name = stage.alertmanagers[-1], list(stage.up)[-1]
    stage.step(f"{who.name} dies")
    who.stop()
    stage.unit.fire(stage.unit.on.update_status())
    stage.status("active")
    stage.comes_true(f"Karma says that {name} does not answer", lambda: bool(page.errors()[name]), True)
    stage.comes_true("the alerts are still on the page", page.alerts, INSTANCES)

    stage.step(f"{who.name} comes back")
    who.start()
    stage.comes_true(f"Karma says that {name} is up", page.errors, stage.up)
