"""`alertmanager-headers`: to whom they go; what its secret may look like is told in test_secret_options.py."""

from __future__ import annotations

import ops
import pytest

from tests.option_values import HEADERS
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit


@pytest.fixture
def headed(related: Unit) -> Unit:
    """A unit that sends headers to one Alertmanager."""
    related.set(**{"alertmanager-headers": (HEADERS,)})
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 2
    return related


def test_the_headers_go_to_every_alertmanager_and_into_a_file_for_karma_alone(headed: Unit):
    headed.relate(2, published(0, "b"), application="b")
    assert headed.emit() == ops.ActiveStatus()
    expected = {"Authorization": "Bearer abc", "X-Scope-OrgID": "17"}
    assert [server["headers"] for server in headed.servers] == [expected, expected]
    assert {mode for path, mode in headed.modes.items() if path in headed.files} == {"0o600"}


@pytest.mark.parametrize("access", ["direct", "readonly", "published", ""])
def test_headers_are_for_alertmanagers_behind_karma_only(new_unit: NewUnit, access: str):
    unit = new_unit({"alertmanager-access": access})
    unit.set(**{"alertmanager-headers": (HEADERS,)})
    unit.relate(1, published(0, proxy="false"), published(1, proxy="false"))
    assert unit.emit() == ops.BlockedStatus(
        "alertmanager-headers: browsers would see them, since am-0, am-1 is not proxied; set alertmanager-access=proxy"
    )
    assert not unit.is_running
    assert unit.files == {}
    unit.options["alertmanager-access"] = "proxy"
    assert unit.emit() == ops.ActiveStatus()
    assert all(server["headers"] for server in unit.servers)


def test_one_that_is_not_proxied_keeps_the_headers_from_all_and_is_named(headed: Unit):
    before = headed.config
    headed.relate(2, published(0, "b", proxy="false"), application="b")
    status = headed.emit("relation_changed", relation_id=2, remote_unit=0)
    assert status.message.startswith("alertmanager-headers: browsers would see them, since b-0 is not proxied; ")
    assert headed.config == before
