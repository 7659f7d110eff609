"""A model on a real Juju: the charm and its images are given by option."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import jubilant
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--charm", help="the packed charm, e.g. ./karma-k8s.charm")
    parser.addoption("--karma-image", default="ghcr.io/prymitive/karma:v0.133", help="for the resource karma-image")
    parser.addoption("--alertmanager-charm", default="alertmanager-k8s", help="a name on Charmhub, or a packed charm")
    parser.addoption("--alertmanager-image", help="for its resource alertmanager-image, needed with a packed charm")
    parser.addoption("--model", help="an existing model to use and to keep, instead of a temporary one")


@dataclass(frozen=True)
class Given:
    """What was given on the command line."""

    charm: Path
    karma_image: str
    alertmanager_charm: str
    alertmanager_resources: dict[str, str]


@pytest.fixture(scope="session")
def given(request: pytest.FixtureRequest) -> Given:
    charm, image = request.config.getoption("--charm"), request.config.getoption("--alertmanager-image")
    if not charm:
        pytest.skip("no packed charm was given: --charm ./karma-k8s.charm")
    return Given(
        charm=Path(charm).resolve(strict=True),
        karma_image=str(request.config.getoption("--karma-image")),
        alertmanager_charm=str(request.config.getoption("--alertmanager-charm")),
        alertmanager_resources={"alertmanager-image": image} if image else {},
    )


@pytest.fixture(scope="session")
def juju(request: pytest.FixtureRequest) -> Generator[jubilant.Juju]:
    if not shutil.which("juju"):
        pytest.skip("the juju client is not installed")
    if subprocess.run(["juju", "whoami"], capture_output=True, check=False).returncode:
        pytest.skip("no Juju controller is at hand: `juju whoami` fails")
    if model := request.config.getoption("--model"):
        yield jubilant.Juju(model=model, wait_timeout=600)
        return
    with jubilant.temp_model() as juju:
        juju.wait_timeout = 600
        yield juju
        if request.session.testsfailed:
            print(juju.debug_log(limit=500))
