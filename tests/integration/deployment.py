"""Karma in a model: what its operator does, and what is seen of it. Waiting has an end everywhere."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import jubilant
import lightkube
import tenacity
from lightkube.resources.core_v1 import Pod

from playground.around.browser import Browser

KARMA = "karma"
ALERTMANAGER = "am"
SECONDS = 300.0
"""The longest that anything but an agent's own work may take: a pod that is made anew, an idle model's next hook."""


class Partner(NamedTuple):
    """A charm on the other side of a relation."""

    charm: str
    """Its name on Charmhub."""
    resources: tuple[str, ...] = ()
    """The images that it needs, in the order in which the command line gives them."""


PARTNERS = {
    "alertmanager": Partner("alertmanager-k8s", ("alertmanager-image",)),
    "certificates": Partner("self-signed-certificates"),
    "ingress": Partner("traefik-k8s", ("traefik-image",)),
    "catalogue": Partner("catalogue-k8s", ("catalogue-image",)),
    "prometheus": Partner("prometheus-k8s", ("prometheus-image",)),
    "loki": Partner("loki-k8s", ("loki-image", "node-exporter-image")),
    "beacon": Partner("istio-beacon-k8s", ("metrics-proxy-image",)),
}


class Given(NamedTuple):
    """What was given on the command line."""

    charm: Path
    previous: Path | None
    karma_image: str
    other_image: str
    charms: Mapping[str, str]
    resources: Mapping[str, dict[str, str]]
    """Images by resource, for each partner; empty for one from Charmhub."""


class Deployment:
    """A model in which Karma and its partners are deployed as they are needed."""

    def __init__(self, juju: jubilant.Juju, given: Given, kubernetes: lightkube.Client):
        self.juju = juju
        self.given = given
        self.kubernetes = kubernetes

    @property
    def model(self) -> str:
        return self.juju.show_model().short_name

    def deploy(self, charm: Path | None = None) -> None:
        """Deploy Karma, unless it is there."""
        if KARMA not in self.juju.status().apps:
            resources = {"karma-image": self.given.karma_image}
            self.juju.deploy(charm or self.given.charm, KARMA, resources=resources)

    def deploy_partner(self, name: str, application: str = "", juju: jubilant.Juju | None = None) -> str:
        """Deploy a partner, unless it is there, and wait until it is active; tells the application's name."""
        application, juju = application or name, juju or self.juju
        if application not in juju.status().apps:
            juju.deploy(self.given.charms[name], application, resources=self.given.resources[name], trust=True)
        juju.wait(lambda status: jubilant.all_active(status, application))
        return application

    def show_alertmanager(self) -> None:
        """Bring about what most tests start with: one unit, and one Alertmanager on its page."""
        self.deploy()
        self.deploy_partner("alertmanager", ALERTMANAGER)
        if not self.juju.status().apps[KARMA].relations.get("alerting"):
            self.juju.integrate(f"{KARMA}:alerting", f"{ALERTMANAGER}:karma-dashboard")
        self.settle()

    def settle(self) -> None:
        """Wait until Karma is active in all units, and no agent has anything to do."""
        self.juju.wait(
            lambda status: jubilant.all_active(status, KARMA) and jubilant.all_agents_idle(status, KARMA),
            error=lambda status: jubilant.any_error(status, KARMA),
        )

    def message(self, unit: int = 0) -> str:
        return self.juju.status().apps[KARMA].units[f"{KARMA}/{unit}"].workload_status.message

    def blocked(self, words: str) -> str:
        """Wait until every unit is blocked and says these words; tells the first unit's message."""
        self.juju.wait(
            lambda status: all(
                unit.workload_status.current == "blocked" and words in unit.workload_status.message
                for unit in status.apps[KARMA].units.values()
            ),
            error=lambda status: jubilant.any_error(status, KARMA),
        )
        return self.message()

    def hook(self) -> None:
        """Have Juju run a hook now: a grant, for one, fires none."""
        name = self.juju.config(KARMA).get("karma-name", "")
        self.juju.config(KARMA, {"karma-name": "Alerts" if name != "Alerts" else "Karma"})

    def address(self, unit: int = 0) -> str:
        return self.juju.status().apps[KARMA].units[f"{KARMA}/{unit}"].address

    def dashboard(self, unit: int = 0, scheme: str = "http", prefix: str = "/") -> Browser:
        """The page of one unit, at the address that its pod has now."""
        return Browser(f"{scheme}://{self.address(unit)}:8080{prefix}")

    def upstreams(self, unit: int = 0) -> dict[str, str]:
        """Every Alertmanager on a unit's page and what is wrong with it."""
        return self.dashboard(unit).errors()

    def started(self, unit: int = 0) -> str:
        """The line of Karma's metrics that tells when its process started."""
        [line] = re.findall(r"(?m)^process_start_time_seconds .*", self.dashboard(unit).get("metrics"))
        return line

    def theme(self, unit: int = 0) -> str:
        return self.dashboard(unit).settings()["Theme"]

    def relate(self, endpoint: str, other: str) -> None:
        self.juju.integrate(f"{KARMA}:{endpoint}", other)

    def unrelate(self, endpoint: str, other: str) -> None:
        """Remove a relation, and wait until Juju has forgotten it: one that is dying can't be made again."""
        application = other.partition(":")[0]
        self.juju.remove_relation(f"{KARMA}:{endpoint}", other)
        self.juju.wait(
            lambda status: all(
                related.related_app != application for related in status.apps[KARMA].relations.get(endpoint, [])
            )
        )

    def remove(self, application: str) -> None:
        """Remove an application and what it has stored, and wait until it is gone, so that the name is free."""
        self.juju.remove_application(application, destroy_storage=True)
        self.juju.wait(lambda status: application not in status.apps)

    def pebble(self, command: str, unit: int = 0) -> str:
        """Have a unit's agent tell the Pebble of Karma's container something: the image has no shell for `juju ssh`.

        Raises:
            jubilant.TaskError: if Pebble refuses.
        """
        told = f"PEBBLE_SOCKET=/charm/containers/karma/pebble.socket /charm/bin/pebble {command}"
        return self.juju.exec(told, unit=f"{KARMA}/{unit}").stdout

    def pod(self, unit: int = 0) -> Pod:
        return self.kubernetes.get(Pod, f"{KARMA}-{unit}", namespace=self.model)

    def pod_uid(self, unit: int = 0) -> str:
        """The identity of a unit's pod; empty while there is none."""
        with contextlib.suppress(lightkube.ApiError):
            if found := self.pod(unit).metadata:
                return found.uid or ""
        return ""

    def restarts(self, unit: int = 0) -> int:
        """How often Kubernetes has started the container anew in which Karma runs."""
        status = self.pod(unit).status
        found = [one.restartCount for one in (status and status.containerStatuses) or [] if one.name == "karma"]
        return found[0] if found else 0

    def is_ready(self, unit: int = 0) -> bool:
        """Whether Kubernetes sends requests to the pod."""
        status = self.pod(unit).status
        conditions = (status and status.conditions) or []
        return any(one.type == "Ready" and one.status == "True" for one in conditions)


def until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Look once a second until a condition holds.

    Raises:
        tenacity.RetryError: if it does not in that time, or the last look failed.
    """
    looks = tenacity.Retrying(
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_fixed(1),
        retry=tenacity.retry_if_result(lambda holds: not holds)
        | tenacity.retry_if_exception_type((OSError, KeyError, ValueError, jubilant.CLIError, lightkube.ApiError)),
    )
    looks(condition)
