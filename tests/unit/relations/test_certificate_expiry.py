"""A certificate that expires: what is served, what is told, and when another one is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from datetime import datetime, timedelta, timezone
from unittest import mock

import ops
import pytest
from ops import testing

from playground.around.authority import Authority
from tests.support.unit import EVENTS, Unit
from tests.unit.relations.test_certificates import certify, request_of

WAITING = ops.WaitingStatus("certificates: waiting for a certificate from ssc")
EXPIRED = ops.WaitingStatus(f"{WAITING.message}, which has sent one that has expired")
HOUR = timedelta(hours=1)


@pytest.fixture
def asking(related: Unit) -> Unit:
    """A unit over plain HTTP that has asked for a certificate."""
    related.join("certificates", 6, "ssc")
    assert related.status == WAITING
    return related


def answer(unit: Unit, authority: Authority, ago: timedelta | None = None) -> ops.StatusBase:
    """Let the provider answer with a certificate that has expired so long ago; with one for a day if not given."""
    not_after = datetime.now(timezone.utc) - ago if ago else None
    certify(unit, 6, authority, not_after=not_after)
    return unit.status


def secret_with(unit: Unit, key: str) -> testing.Secret:
    """The secret in which the unit keeps this."""
    [secret] = [one for one in unit.owned if key in one.tracked_content]
    return secret


def expire(unit: Unit, key: str = "certificate") -> ops.StatusBase:
    """Let Juju tell that a secret has expired."""
    return unit.emit("secret_expired", secret=secret_with(unit, key), revision=1)


def served(unit: Unit) -> str:
    """The chain that Karma serves."""
    assert unit.is_running
    [text] = [text for path, text in unit.files.items() if path.endswith("/tls.crt")]
    return text


@contextlib.contextmanager
def hours_later(hours: int) -> Generator[None]:
    """Let the charm and its library see another time."""
    clock = mock.Mock(**{"now.return_value": datetime.now(timezone.utc) + hours * HOUR})
    library = "charmlibs.interfaces.tls_certificates._tls_certificates.datetime"
    with mock.patch("relations.certificates.datetime", clock), mock.patch(library, clock):
        yield


@pytest.mark.parametrize("ago", [HOUR, timedelta(seconds=1)])
def test_one_that_is_expired_when_it_comes_is_served_and_told(asking: Unit, authority: Authority, ago: timedelta):
    assert answer(asking, authority, ago) == EXPIRED
    assert asking.pebble.starts == 2
    before = served(asking)
    for event in EVENTS:
        assert asking.emit(event) == EXPIRED
        assert asking.pebble.writes == []
    assert served(asking) == before


def test_one_that_expires_while_it_is_served_is_told_and_nothing_restarts(asking: Unit, authority: Authority):
    assert answer(asking, authority) == ops.ActiveStatus()
    before = asking.outcome
    with hours_later(25):
        for event in EVENTS:
            assert asking.emit(event) == EXPIRED
            assert asking.pebble.writes == []
    assert {**asking.outcome, "status": None} == {**before, "status": None}


def test_with_an_expired_one_other_changes_are_taken_up_and_a_new_pod_serves(asking: Unit, authority: Authority):
    answer(asking, authority, HOUR)
    asking.options["ui-theme"] = "dark"
    assert asking.emit("config_changed") == EXPIRED
    assert asking.config["ui"] == {"theme": "dark"}
    asking.empty_container()
    assert asking.emit("pebble_ready") == EXPIRED
    assert served(asking)


@pytest.mark.parametrize("ago", [HOUR, None], ids=["expired", "about to expire"])
def test_when_juju_tells_of_the_expiry_another_is_asked_for_once_and_the_last_one_served_until_it_comes(
    asking: Unit, authority: Authority, ago: timedelta | None
):
    answer(asking, authority, ago)
    asked, before = request_of(asking, 6), served(asking)
    assert expire(asking) == WAITING
    assert asking.pebble.writes == []
    assert request_of(asking, 6) != asked
    asked = request_of(asking, 6)
    for event in EVENTS:
        assert asking.emit(event) == WAITING
        assert asking.pebble.writes == []
    assert (request_of(asking, 6), served(asking)) == (asked, before)
    assert answer(asking, authority) == ops.ActiveStatus()
    assert served(asking) != before
    assert asking.pebble.starts == 3
    expires = secret_with(asking, "certificate").expire
    assert expires
    assert expires > datetime.now(timezone.utc)


def test_an_expiry_that_juju_did_not_tell_of_is_seen_by_any_hook_and_another_asked_for_once(
    asking: Unit, authority: Authority
):
    answer(asking, authority)
    asked, before = request_of(asking, 6), served(asking)
    with hours_later(23):
        asking.emit("update_status")
        assert request_of(asking, 6) != asked
        asked = request_of(asking, 6)
        assert asking.emit("update_status") == WAITING
        assert expire(asking) == WAITING
    assert asking.pebble.writes == []
    assert (request_of(asking, 6), served(asking)) == (asked, before)
    assert answer(asking, authority) == ops.ActiveStatus()
    assert asking.pebble.starts == 3


def test_the_expiry_of_any_other_secret_changes_nothing(asking: Unit, authority: Authority):
    assert answer(asking, authority) == ops.ActiveStatus()
    before, relation = asking.outcome, asking.relations[6]
    assert expire(asking, "private-key") == ops.ActiveStatus()
    assert asking.outcome == before
    assert asking.relations[6] == relation
