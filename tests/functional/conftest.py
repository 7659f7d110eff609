"""A unit of the charm on a real Pebble, a real Alertmanager with alerts, and each Karma at hand."""

from __future__ import annotations

import dataclasses
import os
import shlex
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import ops
import pytest

from playground.around.alertmanagers import SAMPLE_ALERTS, AlertmanagerUnit, add_alerts
from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.juju.unit import Unit
from playground.machine import binaries, go_tools
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional import karma_process, own_network
from tests.functional.karma_process import Check, Run
from tests.functional.playground_commands import Playground, related_names, tidy
from tests.functional.warm_commands import listening

KARMAS = binaries.karmas()
ALERTMANAGER_PORT = 19193
HTTP = Browser()
HANGS = ops.WaitingStatus("karma does not answer: it tries Alertmanagers before it serves, or hangs")
INSTANCES = {alert["instance"] for alert in SAMPLE_ALERTS}

MakeContainer = Callable[..., WorkloadContainer]


def pytest_configure(config: pytest.Config) -> None:
    """Run the tests in a network of their own, so that no port of this machine is needed or in the way."""
    if not config.getoption("tx", None) and not hasattr(config, "workerinput"):
        build_all()
        own_network.enter()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Do the same for each of pytest-xdist's workers, which have threads when they come here."""
    build_all()
    for spec in specs:
        spec.python = shlex.join([sys.executable, own_network.__file__])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Have two workers on each core: Pebble takes a second to believe that Karma has started, and they wait for it."""
    return 2 * (os.cpu_count() or 1)


def build_all() -> None:
    """Build what a test may need, while there is a network to fetch it from."""
    for name in go_tools.PROGRAMS:
        go_tools.built(name)


def pytest_report_header() -> str:
    return "karma: " + ", ".join(f"{one.version}{' (not Karma itself)' * one.is_stand_in}" for one in KARMAS)


@pytest.fixture(params=KARMAS, ids=lambda karma: karma.version)
def karma(request: pytest.FixtureRequest) -> binaries.Karma:
    return request.param


@pytest.fixture(scope="session")
def alertmanager() -> Generator[AlertmanagerUnit]:
    with AlertmanagerUnit("alertmanager", 0, ALERTMANAGER_PORT) as one:
        add_alerts(one)
        yield one


@pytest.fixture
def check(karma: binaries.Karma, tmp_path: Path) -> Check:
    """Has a Karma check a configuration."""
    return partial(karma_process.check, karma, tmp_path)


@pytest.fixture
def run(karma: binaries.Karma, tmp_path: Path) -> Run:
    """Runs a Karma with a configuration."""
    return partial(karma_process.running, karma, tmp_path)


@pytest.fixture
def make_container() -> Generator[MakeContainer]:
    with ExitStack() as stack:

        def make(karma: binaries.Karma | None, address: str = "127.0.0.1", **environment: str) -> WorkloadContainer:
            files = {"/karma": karma.path} if karma else {}
            return stack.enter_context(WorkloadContainer(binaries.pebble(), files, environment, address))

        yield make


@pytest.fixture
def container(make_container: MakeContainer, karma: binaries.Karma) -> WorkloadContainer:
    return make_container(karma)


def is_ready(container: WorkloadContainer) -> bool:
    """Whether the pod would get traffic: asks Pebble what Kubernetes' probe asks it, on its socket."""
    with socket.socket(socket.AF_UNIX) as pebble:
        pebble.connect(str(container.root / "charm/container/pebble.socket"))
        pebble.sendall(b"GET /v1/health?level=ready HTTP/1.0\r\n\r\n")
        return b" 200 " in pebble.recv(4096)


def pid_of_karma(container: WorkloadContainer) -> int:
    """The id, on this machine, of the Karma in the container.

    Raises:
        ProcessLookupError: if none runs.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            root, command = (process / "root").readlink(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if root == container.root and command.startswith(b"/karma\0"):
            return int(process.name)
    raise ProcessLookupError("no Karma runs in the container")


@pytest.fixture
def unit(container: WorkloadContainer) -> Unit:
    return Unit(lambda: container.client)


@contextmanager
def place_to_play() -> Generator[Playground]:
    """Make a folder to play in; what runs at the end is ended."""
    # Not pytest's own: the path of Pebble's socket has to be short.
    cold = Playground(Path(tempfile.mkdtemp(prefix="kp-")))
    with listening(cold.environment) as socket:
        play = dataclasses.replace(cold, socket=socket)
        try:
            yield play
        finally:
            play("stop")
            shutil.rmtree(play.temporary)


@pytest.fixture(scope="module")
def play() -> Generator[Playground]:
    with place_to_play() as play:
        yield play


@pytest.fixture
def playing(play: Playground) -> Playground:
    """A playground that runs, begun by this test or one before."""
    said = play("run")
    assert said.code == 0 or "runs already" in said.err, said
    return play


@pytest.fixture
def deployed(playing: Playground) -> Playground:
    """A unit that nothing is set for and nothing related to."""
    tidy(playing)
    return playing


@pytest.fixture
def shows_alerts(playing: Playground) -> Playground:
    """A unit that shows the alerts of one Alertmanager."""
    tidy(playing, keep="alertmanager")
    playing.well("config", "alertmanager-interval=1s")
    if "alertmanager" not in related_names(playing):
        playing.well("relate")
    return playing


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def browser(authority: Authority) -> Browser:
    """Asks over https, and believes `authority` only."""
    return Browser("https://127.0.0.1:8080/", authority)


@pytest.fixture
def shown(container: WorkloadContainer, alertmanager: AlertmanagerUnit) -> Unit:
    """A unit that shows one Alertmanager over plain HTTP."""
    unit = Unit(lambda: container.client)
    unit.deploy()
    unit.config(certificate_extra_sans="127.0.0.1")  # by which `browser` asks
    unit.relate("alertmanager", {0: alertmanager.databag})
    assert eventually(HTTP.is_up, wanted=True)
    return unit


@pytest.fixture
def certified(shown: Unit, authority: Authority, browser: Browser) -> int:
    """The same over https; the id of the relation that the certificate comes from."""
    relation = shown.integrate("certificates", "ssc")
    shown.certify(relation, authority)
    assert shown.status == ops.ActiveStatus()
    assert eventually(browser.is_up, wanted=True)
    return relation
