"""The same first steps by pytest-operator and python-libjuju, as most charms' tests take them: for Juju 3 alone."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.integration.deployment import ALERTMANAGER, KARMA, Given

pytest.importorskip("pytest_operator", reason="pytest-operator is not installed: tox -e integration-3x brings it")


@pytest.fixture(scope="module", autouse=True)
def _a_controller_of_juju_3(given: Given) -> None:  # pyright: ignore[reportUnusedFunction] -- pytest uses it
    del given  # without a charm there is nothing to try
    shown = subprocess.run(["juju", "show-controller", "--format=json"], capture_output=True, check=False)
    if shown.returncode:
        pytest.skip("no Juju controller is at hand: `juju show-controller` fails")
    [controller] = json.loads(shown.stdout).values()
    version: str = controller["details"]["agent-version"]
    if not version.startswith("3."):
        pytest.skip(f"python-libjuju drives controllers of Juju 3 alone; this one is {version}")


# Any: pytest-operator is installed nowhere but where this runs.
async def test_deployed_and_integrated_it_is_active(ops_test: Any, given: Given):
    await ops_test.model.deploy(given.charm, application_name=KARMA, resources={"karma-image": given.karma_image})
    await ops_test.model.deploy(
        given.charms["alertmanager"],
        application_name=ALERTMANAGER,
        resources=given.resources["alertmanager"] or None,
        trust=True,
    )
    await ops_test.model.integrate(f"{KARMA}:alerting", f"{ALERTMANAGER}:karma-dashboard")
    await ops_test.model.wait_for_idle([KARMA, ALERTMANAGER], status="active", timeout=900)
