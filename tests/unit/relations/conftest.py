"""What the tests of all relations share."""

from __future__ import annotations

import pytest

from playground.around.authority import Authority


@pytest.fixture(params=[True, False], ids=["leader", "not leader"])
def is_leader(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()
