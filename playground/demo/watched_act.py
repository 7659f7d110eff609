"""The act of the demo that tells who watches the dashboard: `make demo ARGS=--watched`."""

from __future__ import annotations

from playground.around import loki, prometheus
from playground.around.browser import Browser
from playground.demo.stage import INSTANCES, URL, Stage

PORTS = (prometheus.PORT, loki.PORT)
"""On loopback, beside those of the plain act."""
_ALERT = "KarmaAlertmanagerUnreachable"


def tell(stage: Stage) -> None:
    """Tell the act from a fresh deployment to an alert about what Karma itself shows.

    Raises:
        PlaygroundError: when something did not happen as told.
    """
    page = Browser(URL)
    stage.step("$ juju deploy karma-k8s && juju config karma-k8s alertmanager-interval=1s")
    stage.unit.deploy()
    stage.unit.config(alertmanager_interval="1s")
    stage.step("$ juju integrate karma-k8s:alerting alertmanager")
    stage.unit.relate("alertmanager", stage.databags)
    stage.status("active")
    stage.comes_true("the alerts are on the page", page.alerts, INSTANCES)
    with loki.Loki() as store:
        _log(stage, store)
    if why := prometheus.missing():
        print(f"\nThe rest is left out: {why}.")
        return
    stage.step("$ juju integrate karma-k8s:metrics-endpoint prometheus-k8s")
    relation = stage.unit.integrate("metrics-endpoint", "prometheus-k8s")
    stage.status("active")
    addresses = [one.uri.partition("://")[2] for one in stage.alertmanagers]
    told = stage.unit.application_said(relation), stage.unit.said(relation)
    with prometheus.Prometheus(*told, addresses, patience="2s") as server:
        _metrics(stage, page, server)


def _log(stage: Stage, store: loki.Loki) -> None:
    stage.step("$ juju integrate karma-k8s:logging loki-k8s")
    starts = stage.container.starts
    relation = stage.unit.integrate("logging", "loki-k8s")
    stage.unit.publish(relation, 0, store.databag)
    stage.status("active")
    name = stage.unit.name
    stage.comes_true(
        f"Karma's log arrives at Loki as that of {name}",
        lambda: {one.labels["juju_unit"] for one in store.lines},
        {name},
    )
    stage.claim("Karma was not restarted", stage.container.starts - starts, 0)
    stage.step("$ juju remove-relation karma-k8s loki-k8s")
    stage.unit.unrelate(relation)


def _metrics(stage: Stage, page: Browser, server: prometheus.Prometheus) -> None:
    def up() -> set[str]:
        return {one["alertmanager"] for one in server.ask("karma_alertmanager_up == 1")}

    def about() -> list[str]:
        return [one["alertmanager"] for one in page.labels() if one["alertname"] == _ALERT]

    stage.comes_true("Prometheus sees in Karma's metrics that its Alertmanagers are up", up, {*stage.up})
    stage.claim("no alert is about any of them", about(), [])
    who, name = stage.alertmanagers[-1], list(stage.up)[-1]
    stage.step(f"{who.name} dies")
    who.stop()
    stage.comes_true(
        f"{_ALERT} fires: the page shows it, about {name}, from {stage.alertmanagers[0].name}", about, [name]
    )
    stage.step(f"{who.name} comes back")
    who.start()
    stage.comes_true("the alert is gone from the page", about, [])
