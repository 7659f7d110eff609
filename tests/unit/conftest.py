"""The factory of units, and two that most tests begin with."""

from __future__ import annotations

import json
import logging
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import ops
import pytest
import scenario._runtime
import yaml
from ops import testing

from charm import KarmaCharm
from tests.support.unit import ROOT, Unit, published

# A machine that is busy must not fail a test, and a run must be repeatable.
hypothesis.settings.register_profile(
    "unit", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unit")

# For every hook ops.testing writes the charm's metadata and options in YAML, which took half the time of these tests.
_runtime: Any = scenario._runtime
_runtime.yaml = types.SimpleNamespace(safe_dump=json.dumps)  # JSON is YAML

NewUnit = Callable[..., Unit]


def declared(file: str) -> dict[str, Any]:
    """Read what Juju reads, less the texts for people: ops.testing writes it anew for every hook."""
    found = yaml.safe_load((ROOT / file).read_text())
    return {key: value for key, value in found.items() if key not in ("description", "links")}


@pytest.fixture(scope="session")
def new_unit() -> Iterator[NewUnit]:
    """Makes units that know nothing of each other, e.g. `new_unit({"ui-theme": "dark"})`."""
    options = {name: {"type": option["type"]} for name, option in declared("config.yaml")["options"].items()}
    context = testing.Context(
        KarmaCharm,
        meta=declared("metadata.yaml"),
        config={"options": options},
        actions=declared("actions.yaml"),
        app_name="karma",
    )
    # It says in every hook that the container's root is made anew; what lasts is mounted into it.
    logging.getLogger("ops-scenario.mocking").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as directory:

        def make(options: Mapping[str, Any] | None = None) -> Unit:
            return Unit(context, Path(tempfile.mkdtemp(dir=directory)), options or {})

        yield make


@pytest.fixture
def unit(new_unit: NewUnit) -> Unit:
    """A unit that was just deployed."""
    return new_unit()


@pytest.fixture
def related(unit: Unit) -> Unit:
    """A unit on which Karma shows one Alertmanager."""
    unit.relate(1, published(0))
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert unit.is_running
    return unit
