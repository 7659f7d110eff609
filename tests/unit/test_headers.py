"""`alertmanager-headers`: a secret of the operator's, in every state that it may be in."""

from __future__ import annotations

from collections.abc import Callable

import ops
import pytest
from ops import testing

from tests.option_values import HEADERS
from tests.unit.conftest import NewUnit
from tests.unit.unit import Unit, published

EVENTS = ["update_status", "config_changed", "pebble_ready", "leader_elected", "start", "upgrade_charm"]


@pytest.fixture
def headed(related: Unit) -> Unit:
    """A unit that sends headers to one Alertmanager."""
    related.set(**{"alertmanager-headers": (HEADERS,)})
    assert related.emit("config_changed") == ops.ActiveStatus()
    assert related.pebble.starts == 2
    return related


def secret_of(unit: Unit) -> str:
    return unit.options["alertmanager-headers"]


def tell(unit: Unit) -> ops.StatusBase:
    """Let Juju tell of a new revision."""
    return unit.emit("secret_changed", secret=unit.secrets[secret_of(unit)])


def test_the_headers_go_to_every_alertmanager_and_into_a_file_for_karma_alone(headed: Unit):
    headed.relate(2, published(0, "b"), application="b")
    assert headed.emit() == ops.ActiveStatus()
    expected = {"Authorization": "Bearer abc", "X-Scope-OrgID": "17"}
    assert [server["headers"] for server in headed.servers] == [expected, expected]
    assert {mode for path, mode in headed.modes.items() if path in headed.files} == {"0o600"}


def deny(unit: Unit) -> str:
    unit.denied.add(secret_of(unit))
    return f"run `juju grant-secret {secret_of(unit)} karma`"


def grant(unit: Unit) -> None:
    unit.denied.clear()


def remove(unit: Unit) -> str:
    del unit.secrets[secret_of(unit)]
    return f"there is no {secret_of(unit)}; add a secret and `juju config` its id"


def bring_back(unit: Unit) -> None:
    unit.secrets[secret_of(unit)] = testing.Secret({"headers": HEADERS}, id=secret_of(unit))


def rewrite(why: str, **content: str) -> Callable[[Unit], str]:
    def change(unit: Unit) -> str:
        unit.update_secret(secret_of(unit), **content)
        return why.format(secret_of(unit).removeprefix("secret:"))

    return change


def mend(unit: Unit) -> None:
    unit.update_secret(secret_of(unit), headers=HEADERS)


UPDATE = "run `juju update-secret {} headers#file=…`"
FAULTS = {
    "not granted": (deny, grant),
    "removed": (remove, bring_back),
    "another key": (rewrite(UPDATE, header="a: b"), mend),
    "empty": (rewrite(UPDATE, headers=""), mend),
    "blank": (rewrite(UPDATE, headers=" \n"), mend),
    "no header": (rewrite("holds no header", headers="{}"), mend),
    "a text": (rewrite("must be a YAML mapping (`key: value`)", headers="Bearer abc"), mend),
    "broken": (rewrite("is not YAML (line 2, column 5)", headers="a: b\nc: d: e"), mend),
    "a number": (
        rewrite("header 1 must have a text, in quotes where it looks like a number", headers="a: 17"),
        mend,
    ),
    "smuggled": (rewrite("header 1 holds control characters", headers='a: "b\\r\\nc: d"'), mend),
}


@pytest.mark.parametrize(("fault", "cure"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_the_secret_is_told_until_it_is_mended_and_the_good_karma_serves(
    headed: Unit, fault: Callable[[Unit], str], cure: Callable[[Unit], None]
):
    before = headed.outcome
    expected = ops.BlockedStatus(f"alertmanager-headers: {fault(headed)}")
    for event in EVENTS:
        assert headed.emit(event) == expected
        assert headed.pebble.writes == []
    assert {**headed.outcome, "status": None} == {**before, "status": None}
    cure(headed)
    assert headed.emit() == ops.ActiveStatus()
    assert headed.outcome == before
    assert headed.pebble.writes == []


@pytest.mark.parametrize(("fault", "cure"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("event", ["update_status", "config_changed", "leader_elected"])
def test_a_secret_that_is_wrong_from_the_start_is_tried_again_at_every_event(
    unit: Unit, fault: Callable[[Unit], str], cure: Callable[[Unit], None], event: str
):
    unit.set(**{"alertmanager-headers": (HEADERS,)})
    unit.relate(1, published(0))
    why = fault(unit)
    assert unit.emit("config_changed") == ops.BlockedStatus(f"alertmanager-headers: {why}")
    assert not unit.is_running
    assert unit.files == {}
    cure(unit)
    assert unit.emit(event) == ops.ActiveStatus()
    assert unit.servers[0]["headers"]["Authorization"] == "Bearer abc"


def test_changes_of_relations_wait_while_the_secret_is_wrong_but_losing_the_last_stops_karma(headed: Unit):
    deny(headed)
    headed.relate(2, published(0, "b"), application="b")
    headed.emit("relation_changed", relation_id=2, remote_unit=0)
    assert [server["name"] for server in headed.servers] == ["am-0"]
    headed.relations.clear()
    assert headed.emit().name == "blocked"
    assert not headed.is_running


def test_a_new_revision_is_taken_up_by_one_restart(headed: Unit):
    headed.update_secret(secret_of(headed), headers="Authorization: Bearer new")
    assert tell(headed) == ops.ActiveStatus()
    assert headed.pebble.starts == 3
    assert headed.servers[0]["headers"] == {"Authorization": "Bearer new"}
    assert not any("Bearer abc" in text for text in headed.files.values())
    for event in EVENTS:
        headed.emit(event)
    tell(headed)
    assert headed.pebble.starts == 3


def test_a_new_revision_that_says_the_same_restarts_nothing(headed: Unit):
    headed.update_secret(secret_of(headed), headers=f"# written anew\n{HEADERS}", other="x")
    assert tell(headed) == ops.ActiveStatus()
    assert headed.pebble.starts == 2
    assert headed.pebble.writes == []


def test_unset_the_headers_are_gone_after_one_restart(headed: Unit):
    del headed.options["alertmanager-headers"]
    assert headed.emit("config_changed") == ops.ActiveStatus()
    assert headed.pebble.starts == 3
    assert "headers" not in headed.servers[0]
    assert not any("Bearer abc" in text for text in headed.files.values())


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
