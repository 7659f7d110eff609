"""Options and fixtures of the integration tests: a real Juju, a packed charm."""

import shutil
import subprocess
from collections.abc import Iterator

import jubilant
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the packed charms from the command line."""
    parser.addoption("--charm", help="the packed charm, as charmcraft pack leaves it")
    parser.addoption("--previous-charm", help="an earlier revision of it, packed, to refresh from; else the same again")
    parser.addoption("--mailer", help="the packed example consumer, for the tests that integrate the two")
    parser.addoption("--relay-address", help="an address of this machine that pods reach, for a relay to listen on")


@pytest.fixture(scope="session")
def charm(request: pytest.FixtureRequest) -> str:
    """The packed charm."""
    path: str | None = request.config.getoption("--charm")
    if path is None:
        pytest.skip("no charm given: --charm=./smtp-integrator_*.charm")
    return path


@pytest.fixture(scope="session")
def mailer(request: pytest.FixtureRequest) -> str:
    """The packed example consumer."""
    path: str | None = request.config.getoption("--mailer")
    if path is None:
        pytest.skip("no example consumer given: --mailer=./mailer_*.charm")
    return path


@pytest.fixture(scope="session")
def previous_charm(request: pytest.FixtureRequest, charm: str) -> str:
    """The charm that is refreshed from."""
    return request.config.getoption("--previous-charm") or charm


@pytest.fixture(scope="session")
def relay_address(request: pytest.FixtureRequest) -> str:
    """Where a relay is reached from pods."""
    address: str | None = request.config.getoption("--relay-address")
    if address is None:
        pytest.skip("no address for a relay given: --relay-address=<one of this machine's that pods reach>")
    return address


@pytest.fixture(scope="session")
def model(charm: str) -> Iterator[jubilant.Juju]:
    """A model of its own on the controller at hand."""
    del charm  # without a charm no model is made
    juju = shutil.which("juju")
    if juju is None:
        pytest.skip("no Juju here: the juju command is not installed")
    if subprocess.run([juju, "show-controller"], check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("no Juju here: juju show-controller knows no controller")
    with jubilant.temp_model() as model:
        yield model
