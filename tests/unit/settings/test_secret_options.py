"""Options that name a secret of the operator's, which may be in any state."""

from __future__ import annotations

import ops
import pytest

from settings.guards import GUARDS
from tests.option_values import PAIR
from tests.support.secret_faults import ANOTHER, FAULTS, OPTIONS, Cure, Fault, Named, deny, name_secret
from tests.support.unit import EVENTS, Unit


@pytest.fixture(params=OPTIONS)
def named(request: pytest.FixtureRequest, unit: Unit) -> Named:
    """A secret that can be read, and that Karma runs with."""
    named = name_secret(unit, request.param)
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert named.is_in_use
    assert unit.pebble.starts == 1
    return named


@pytest.mark.parametrize(("option", "fault", "cure"), FAULTS)
def test_what_is_wrong_with_the_secret_is_told_until_it_is_mended_and_the_good_karma_serves(
    unit: Unit, option: str, fault: Fault, cure: Cure
):
    named = name_secret(unit, option)
    assert unit.emit("config_changed") == ops.ActiveStatus()
    before = unit.outcome
    expected = ops.BlockedStatus(f"{option}: {fault(named)}")
    for event in EVENTS:
        assert unit.emit(event) == expected
        assert unit.pebble.writes == []
    assert {**unit.outcome, "status": None} == {**before, "status": None}
    cure(named)
    assert unit.emit("update_status") == ops.ActiveStatus()
    assert unit.outcome == before
    assert unit.pebble.writes == []


@pytest.mark.parametrize(("option", "fault", "cure"), FAULTS)
@pytest.mark.parametrize("event", ["update_status", "config_changed", "leader_elected"])
def test_a_secret_that_is_wrong_from_the_start_is_tried_again_at_every_event(
    unit: Unit, option: str, fault: Fault, cure: Cure, event: str
):
    named = name_secret(unit, option)
    expected = ops.BlockedStatus(f"{option}: {fault(named)}")
    assert unit.emit("config_changed") == expected
    assert unit.is_running != (option in GUARDS)
    cure(named)
    assert unit.emit(event) == ops.ActiveStatus()
    assert named.is_in_use


def test_of_two_secrets_that_cannot_be_read_both_are_named(unit: Unit):
    first = name_secret(unit, "alertmanager-client-certificate")
    second = name_secret(unit, "basic-auth-users")
    told = {named.option: ops.BlockedStatus(f"{named.option}: {deny(named)}") for named in (first, second)}
    assert unit.emit("config_changed").message == f"{told[first.option].message}; also: {second.option}"
    unit.denied.discard(first.id)
    assert unit.emit("update_status") == told[second.option]
    unit.denied.clear()
    assert unit.emit("update_status") == ops.ActiveStatus()


# What an operator may replace the first revision by.
NEW = {
    "alertmanager-headers": ("Authorization: Bearer new",),
    "history-headers": ("Authorization: Bearer new",),
    "basic-auth-users": ("alice: another",),
    "alertmanager-client-certificate": (ANOTHER.certificate, ANOTHER.key),
}


def tell(named: Named) -> ops.StatusBase:
    """Let Juju tell of a new revision."""
    return named.unit.emit("secret_changed", secret=named.unit.secrets[named.id])


def test_a_new_revision_is_taken_up_by_one_restart(named: Named):
    unit = named.unit
    old = unit.outcome["running"]
    named.update(**dict(zip(named.good, NEW[named.option], strict=True)))
    assert tell(named) == ops.ActiveStatus()
    assert unit.pebble.starts == 2
    assert unit.outcome["running"] != old
    for event in EVENTS:
        unit.emit(event)
    tell(named)
    assert unit.pebble.starts == 2


def test_a_new_revision_that_says_the_same_restarts_nothing(named: Named):
    named.update(**named.good, other="x")
    assert tell(named) == ops.ActiveStatus()
    assert named.unit.pebble.starts == 1
    assert named.unit.pebble.writes == []


def test_unset_nothing_of_it_is_left_after_one_restart(named: Named):
    unit = named.unit
    del unit.options[named.option]
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert unit.pebble.starts == 2
    assert not named.is_in_use
    secrets = ("Bearer abc", "s3cr3t", *PAIR.key.splitlines()[1:-1])
    assert not any(secret in text for secret in secrets for text in unit.files.values())
