"""The story of the charm, told on the real parts; every line that it claims is checked over HTTP first."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from types import FrameType

from playground.around.alertmanagers import SAMPLE_ALERTS, AlertmanagerUnit, add_alerts
from playground.around.dashboard import Dashboard, eventually
from playground.demo import secure_act
from playground.demo.story import DemoError, Story
from playground.juju.unit import Unit
from playground.machine import binaries
from playground.machine.container import ContainerError, WorkloadContainer
from playground.machine.ports import PortTakenError, bypass_proxy, insist_on
from playground.machine.processes import StartError

KARMA_PORT = 8080
URL = f"http://127.0.0.1:{KARMA_PORT}"
"""Where the dashboard is at the end of either act."""
ALERTMANAGER_PORTS = (19093, 19095)


@dataclass(frozen=True)
class Parts:
    """What is real in the demo."""

    container: WorkloadContainer
    alertmanagers: tuple[AlertmanagerUnit, ...]


def tell(parts: Parts) -> None:
    """Tell the story from a fresh deployment to a dashboard that is up.

    Raises:
        DemoError: when something did not happen as told.
    """
    unit, dashboard, alertmanagers = Unit(lambda: parts.container.client), Dashboard(URL), parts.alertmanagers
    story = Story(unit)
    instances = {alert["instance"] for alert in SAMPLE_ALERTS}
    databags = {number: one.databag for number, one in enumerate(alertmanagers)}
    names = [one.name.replace("/", "-") for one in alertmanagers]

    story.step("$ juju deploy karma-k8s && juju config karma-k8s alertmanager-interval=1s")
    unit.deploy()
    unit.config(alertmanager_interval="1s")
    story.status("blocked", "juju integrate karma-k8s:alerting")
    story.claim("Karma does not run: there is nothing to show yet", dashboard.is_up(), False)

    story.step("$ juju integrate karma-k8s:alerting alertmanager")
    relation = unit.relate("alertmanager", databags)
    story.status("active")
    story.claim("Karma serves", eventually(dashboard.is_up, True), True)
    story.claim(
        f"the alerts of {', '.join(sorted(instances))} are on the page",
        eventually(dashboard.alerts, instances),
        instances,
    )
    story.claim(f"{' and '.join(names)} are up", eventually(dashboard.upstreams, up := dict.fromkeys(names, "")), up)

    story.step("$ juju config karma-k8s ui-theme=dark")
    unit.config(ui_theme="dark")
    story.status("active")
    eventually(dashboard.is_up, True)
    story.claim("the page is dark", dashboard.settings()["Theme"], "dark")

    story.step("$ juju config karma-k8s ui-theme=neon")
    unit.config(ui_theme="neon")
    story.status("blocked", "ui-theme: invalid ui.theme value 'neon'")
    story.claim("Karma still serves the dark page", (dashboard.is_up(), dashboard.settings()["Theme"]), (True, "dark"))

    story.step("$ juju config karma-k8s ui-theme=light")
    unit.config(ui_theme="light")
    story.status("active")
    eventually(dashboard.is_up, True)
    story.claim("the page is light", dashboard.settings()["Theme"], "light")

    story.step(f"{alertmanagers[-1].name} dies")
    alertmanagers[-1].stop()
    unit.fire(unit.on.update_status())
    story.status("active")
    failed = eventually(lambda: bool(dashboard.upstreams()[names[-1]]), wanted=True)
    story.claim(f"Karma says that {names[-1]} does not answer", failed, True)
    story.claim("the alerts are still on the page", eventually(dashboard.alerts, instances), instances)

    story.step(f"{alertmanagers[-1].name} comes back")
    alertmanagers[-1].start()
    story.claim(f"Karma says that {names[-1]} is up", eventually(dashboard.upstreams, up), up)

    story.step("$ juju remove-relation karma-k8s alertmanager")
    unit.unrelate(relation)
    story.status("blocked", "juju integrate karma-k8s:alerting")
    story.claim("Karma is stopped", dashboard.is_up(), False)

    story.step("$ juju integrate karma-k8s:alerting alertmanager")
    unit.relate("alertmanager", databags)
    story.status("active")
    story.claim("Karma serves again", eventually(dashboard.is_up, True), True)
    story.claim("the alerts are back on the page", eventually(dashboard.alerts, instances), instances)


@contextlib.contextmanager
def started(*further_ports: int) -> Generator[Parts]:
    """Start a workload container and a cluster of two Alertmanagers with alerts; remove them at the end.

    Args:
        further_ports: have to be free as well, since the act uses them.
    """
    for port in (KARMA_PORT, *(one + offset for one in ALERTMANAGER_PORTS for offset in (0, 1)), *further_ports):
        insist_on(port)
    karma = binaries.karma()
    print(
        f"Karma is {karma.path} ({karma.version})"
        if not karma.is_stand_in
        else "No Karma is at hand, so a stand-in takes its place: set KARMA_BIN to see the real page."
    )
    first, second = ALERTMANAGER_PORTS
    with contextlib.ExitStack() as stack:
        container = WorkloadContainer(binaries.pebble(), {"/karma": karma.path})
        stack.callback(container.remove)
        container.start()
        alertmanagers = (
            AlertmanagerUnit(binaries.alertmanager(), "alertmanager", 0, first),
            AlertmanagerUnit(binaries.alertmanager(), "alertmanager", 1, second, peers=(first,)),
        )
        for one in alertmanagers:
            stack.callback(one.remove)
            one.start()
            add_alerts(binaries.amtool(), one)
        yield Parts(container, alertmanagers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; on a terminal the dashboard stays until Ctrl-C."""
    parser = argparse.ArgumentParser("make demo", description=__doc__)
    parser.add_argument("--secure", action="store_true", help="tell of TLS, trust, an ingress and logins instead")
    args = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    bypass_proxy()
    try:
        with started(*(secure_act.PORTS if args.secure else ())) as parts:
            if args.secure:
                secure_act.tell(parts.container, parts.alertmanagers)
            else:
                tell(parts)
            print(f"\nThe dashboard is at {URL}", flush=True)
            if sys.stdin.isatty() and sys.stdout.isatty():
                print("Ctrl-C ends it.", flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    signal.pause()
                print(flush=True)
    except KeyboardInterrupt:
        return 130
    except (DemoError, PortTakenError, ContainerError, StartError, binaries.Unavailable, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
