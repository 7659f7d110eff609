"""The story of the charm, told on the real parts; every line that it claims is checked over HTTP first."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Generator, Sequence

from playground import PlaygroundError
from playground.around.alertmanagers import AlertmanagerUnit, add_alerts
from playground.demo import plain_act, secure_act, watched_act
from playground.demo.stage import KARMA_PORT, URL, Stage
from playground.machine import binaries
from playground.machine.container import WorkloadContainer
from playground.machine.ports import bypass_proxy, insist_on
from playground.machine.processes import interrupt_on_sigterm

_ALERTMANAGER_PORTS = (19093, 19095)
_ACTS = {
    "secure": ("TLS, trust, an ingress and logins", secure_act),
    "watched": ("Prometheus and Loki, which watch it", watched_act),
}


@contextlib.contextmanager
def _set(*further_ports: int) -> Generator[Stage]:
    """Start a workload container and a cluster of two Alertmanagers with alerts; remove them at the end.

    Args:
        further_ports: have to be free as well, since the act uses them.
    """
    for port in (KARMA_PORT, *(one + offset for one in _ALERTMANAGER_PORTS for offset in (0, 1)), *further_ports):
        insist_on(port)
    karma = binaries.karma()
    print(
        f"Karma is {karma.path} ({karma.version})"
        if not karma.is_stand_in
        else "No Karma is at hand, so a stand-in takes its place: set KARMA_BIN to see the real page."
    )
    first, second = _ALERTMANAGER_PORTS
    with (
        WorkloadContainer(binaries.pebble(), {"/karma": karma.path}) as container,
        AlertmanagerUnit("alertmanager", 0, first) as one,
        AlertmanagerUnit("alertmanager", 1, second, peers=(first,)) as other,
    ):
        for unit in (one, other):
            add_alerts(unit)
        yield Stage(container, (one, other))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; on a terminal the dashboard stays until Ctrl-C."""
    parser = argparse.ArgumentParser("make demo", description=__doc__)
    acts = parser.add_mutually_exclusive_group()
    for name, (what, module) in _ACTS.items():
        acts.add_argument(f"--{name}", dest="act", action="store_const", const=module, help=f"tell of {what} instead")
    act = parser.parse_args(arguments).act or plain_act
    interrupt_on_sigterm()
    bypass_proxy()
    try:
        with _set(*act.PORTS) as stage:
            act.tell(stage)
            print(f"\nThe dashboard is at {URL}", flush=True)
            if sys.stdin.isatty() and sys.stdout.isatty():
                print("Ctrl-C ends it.", flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    signal.pause()
                print(flush=True)
    except KeyboardInterrupt:
        return 130
    except (PlaygroundError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
