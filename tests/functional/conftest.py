"""A unit of the charm on a real Pebble, a real Alertmanager with alerts, and each Karma at hand."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from playground import binaries
from playground.alertmanagers import AlertmanagerUnit, add_alerts
from playground.dashboard import Dashboard
from playground.unit import Unit
from playground.workload_container import WorkloadContainer

KARMAS = binaries.karmas()
ALERTMANAGER_PORT = 19193

MakeContainer = Callable[..., WorkloadContainer]


def pytest_report_header() -> str:
    return "karma: " + ", ".join(f"{one.version}{' (not Karma itself)' * one.is_stand_in}" for one in KARMAS)


@pytest.fixture(params=KARMAS, ids=lambda karma: karma.version)
def karma(request: pytest.FixtureRequest) -> binaries.Karma:
    return request.param


@pytest.fixture(scope="session")
def alertmanager() -> Generator[AlertmanagerUnit]:
    one = AlertmanagerUnit(binaries.alertmanager(), "alertmanager", 0, ALERTMANAGER_PORT)
    try:
        one.start()
        add_alerts(binaries.amtool(), one)
        yield one
    finally:
        one.remove()


@pytest.fixture
def make_container() -> Generator[MakeContainer]:
    made: list[WorkloadContainer] = []

    def make(karma: binaries.Karma | None, **environment: str) -> WorkloadContainer:
        container = WorkloadContainer(binaries.pebble(), {"/karma": karma.path} if karma else {}, environment)
        made.append(container)
        container.start()
        return container

    yield make
    for container in made:
        container.remove()


@pytest.fixture
def container(make_container: MakeContainer, karma: binaries.Karma) -> WorkloadContainer:
    return make_container(karma)


@pytest.fixture
def unit(container: WorkloadContainer) -> Unit:
    return Unit(lambda: container.client)


@pytest.fixture
def dashboard() -> Dashboard:
    return Dashboard()
