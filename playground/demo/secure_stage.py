"""What the scenes of the secure act share, and how they look at what they claim."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import urllib.error
from collections.abc import Generator
from dataclasses import dataclass, field

from playground.around.browser import Browser
from playground.around.secure_alertmanager import SecureAlertmanager
from playground.demo.story import Story
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer


@dataclass(frozen=True)
class Stage:
    """All that the scenes share."""

    story: Story
    unit: Unit
    container: WorkloadContainer
    up: dict[str, str]
    """What Karma says of the Alertmanagers when all is well."""
    password: str = field(repr=False)
    """Made for one run, so that its traces can be looked for."""

    def url(self) -> str:
        """Where the charm says that the dashboard is."""
        return self.unit.run_action("get-url", {})["url"]

    def leaks(self) -> list[str]:
        """Where the password is to be seen, or where nothing is, so that looking there proves nothing."""
        places = {
            "statuses": "\n".join(self.story.statuses),
            "plan": self.container.client.get_plan().to_yaml(),
            "log of the charm": "\n".join(self.unit.log),
            "log of Pebble": self.container.log,
            "log of Karma": self.container.services_log,
        }
        return [place for place, text in places.items() if not text.strip() or self.password in text]


def distrusts(browser: Browser) -> bool:
    """Whether a browser turns away because of the certificate."""
    try:
        browser.get("health")
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLCertVerificationError)
    return False


def known_as(browser: Browser) -> tuple[str, list[str]]:
    """Who Karma says that a browser is: the name, and the groups."""
    found = json.loads(browser.get("alerts.json", b"{}"))["authentication"]
    return found["username"], found["groups"]


@contextlib.contextmanager
def watched(browser: Browser) -> Generator[list[bool]]:
    """Ask all the while whether Karma is well; the list holds the answers."""
    answers: list[bool] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            answers.append(browser.is_up())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield answers
    finally:
        over.set()
        asking.join()


@contextlib.contextmanager
def started(alertmanager: SecureAlertmanager) -> Generator[SecureAlertmanager]:
    """Let an Alertmanager run for a while, and leave nothing behind."""
    try:
        alertmanager.start()
        yield alertmanager
    finally:
        alertmanager.remove()
