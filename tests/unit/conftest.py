"""The factory of units, and two that most tests begin with."""

from __future__ import annotations

from collections.abc import Iterator

import playground  # noqa: F401 # pyright: ignore[reportUnusedImport] -- before ops: see there

# isort: split
import hypothesis
import ops
import pytest

from tests.support.unit import NewUnit, Unit, published, units

# A machine that is busy must not fail a test, and a run must be repeatable.
hypothesis.settings.register_profile(
    "unit", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unit")


@pytest.fixture(scope="session")
def new_unit() -> Iterator[NewUnit]:
    """Makes units that know nothing of each other, e.g. `new_unit({"ui-theme": "dark"})`."""
    with units() as make:
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
