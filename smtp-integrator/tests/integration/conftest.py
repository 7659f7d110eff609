"""Options and fixtures of the integration tests: a real Juju, a packed charm."""

import shutil
import subprocess
from collections.abc import Iterator

import jubilant
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the packed charms from the command line."""
    parser.addoption("--charm", help="the packed charm, as charmcraft pack leaves it")
    parser.addoption("--mailer", help="the packed example consumer, for the test that integrates the two")


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
def model() -> Iterator[jubilant.Juju]:
    """A model of its own on the controller at hand."""
    juju = shutil.which("juju")
    if juju is None:
        pytest.skip("no Juju here: the juju command is not installed")
    if subprocess.run([juju, "show-controller"], check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("no Juju here: juju show-controller knows no controller")
    with jubilant.temp_model() as model:
        yield model
