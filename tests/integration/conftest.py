"""A model on a real Juju; the charm, its partners and all images are given by option, so nothing has to be pulled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import jubilant
import lightkube
import pytest

from tests.integration.deployment import PARTNERS, Deployment, Given


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    parser.addoption("--charm", help="the packed charm, e.g. ./karma-k8s.charm")
    parser.addoption("--previous-charm", help="an earlier revision of it, packed, to refresh from")
    parser.addoption("--karma-image", default="ghcr.io/prymitive/karma:v0.133", help="for the resource karma-image")
    parser.addoption("--other-karma-image", default="ghcr.io/prymitive/karma:v0.114", help="to refresh from and to")
    if not pluginmanager.hasplugin("pytest-operator"):  # which has an option of this name and meaning
        parser.addoption("--model", help="an existing model to use and to keep, instead of a temporary one")
    for name, partner in PARTNERS.items():
        parser.addoption(f"--{name}-charm", default=partner.charm, help=f"{partner.charm}, or a packed charm")
        if images := partner.resources:
            told = "for its resources, needed with a packed charm"
            parser.addoption(f"--{name}-image", nargs=len(images), metavar=images, default=(), help=told)


@pytest.fixture(scope="session")
def given(request: pytest.FixtureRequest) -> Given:
    if not (charm := request.config.getoption("--charm")):
        pytest.skip("no packed charm was given: --charm ./karma-k8s.charm")
    previous = request.config.getoption("--previous-charm")
    return Given(
        charm=Path(charm).resolve(strict=True),
        previous=Path(previous).resolve(strict=True) if previous else None,
        karma_image=str(request.config.getoption("--karma-image")),
        other_image=str(request.config.getoption("--other-karma-image")),
        charms={name: str(request.config.getoption(f"--{name}-charm")) for name in PARTNERS},
        resources={
            name: dict(zip(partner.resources, request.config.getoption(f"--{name}-image", ()) or (), strict=False))
            for name, partner in PARTNERS.items()
        },
    )


@pytest.fixture(scope="session")
def juju(request: pytest.FixtureRequest, given: Given) -> Generator[jubilant.Juju]:
    del given  # without a charm no model is made
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


@pytest.fixture(scope="session")
def kubernetes(juju: jubilant.Juju) -> Generator[lightkube.Client]:
    """Looks at pods; closed at the end, since a connection left open turns a green run red."""
    del juju  # without a controller there is no cluster to look at
    with lightkube.Client() as client:
        yield client


@pytest.fixture(scope="session")
def deployment(juju: jubilant.Juju, given: Given, kubernetes: lightkube.Client) -> Deployment:
    """The model, with nothing in it that it does not hold already."""
    return Deployment(juju, given, kubernetes)


@pytest.fixture
def shown(deployment: Deployment) -> Deployment:
    """Karma with an Alertmanager on its page; deployed by the first test that asks for it."""
    deployment.show_alertmanager()
    return deployment
