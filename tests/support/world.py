"""A Juju model that changes at random around one unit, and what Karma should read after every hook.

What options and databags mean is said here by hand, and not worked out by the charm.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st
from ops import testing

from settings.options import SETTINGS
from tests.option_values import VALUES
from tests.support.fake_pebble import NO_THEME
from tests.support.unit import SECRET, Unit, published

BAD = object()
"""What a value means that the charm refuses, or that Karma does."""
REFUSED_BY_KARMA = "purple"
ADDRESSES = ["192.0.2.7", "192.0.2.8"]
_SPECIAL: tuple[tuple[str, Any, object], ...] = (
    ("ui-theme", "light", "light"),
    ("ui-theme", REFUSED_BY_KARMA, BAD),
    ("ui-refresh", "30s", "30s"),
    ("ui-refresh", "0s", BAD),
    ("ui-alerts-per-group", 0, BAD),
    ("default-filters", "a=b, c=d", ("a=b", "c=d")),
    ("default-filters", "- a=b\n- c=d", ("a=b", "c=d")),
    ("alertmanager-timeout", "10s", None),
    ("alertmanager-access", "proxy", None),
    ("karma-name", "", None),
)
_KNOWN = {(option, value) for option, value, _ in _SPECIAL}
OPTIONS: tuple[tuple[str, Any, object], ...] = (
    *_SPECIAL,
    *((option, value, value) for option, value in VALUES.items() if (option, value) not in _KNOWN),
)
"""Option, value, and what the value means to Karma: the same for two that say the same, None for Karma's default."""
_ALONE = tuple(one for one in OPTIONS if one[0] not in ("history-headers", "silence-form-default-alertmanagers"))
"""Those that mean the same whatever else is there."""
NEED_A_PROXY = {"alertmanager-headers", "silence-acl"}
"""Options beside which an Alertmanager is left out that browsers ask themselves."""
DATABAGS: tuple[tuple[dict[str, str], object], ...] = (
    ({}, ("", True)),
    ({}, ("", True)),
    ({"proxy": "True"}, ("", True)),
    ({"proxy": ""}, ("", True)),
    ({"proxy": "false"}, ("", False)),
    ({"ingress-address": "10.1.0.3"}, ("", True)),
    ({"uri": "http://am:9094"}, ("http://am:9094", True)),
    ({"uri": "am:9093"}, BAD),
    ({"uri": "http://a\n"}, BAD),
    ({"name": ""}, BAD),
    ({"proxy": "maybe"}, BAD),
    (dict.fromkeys(("name", "uri", "cluster", "proxy"), ""), BAD),
)
"""What differs from `published`, and what that means: a URI where it is not the unit's own, and whether proxied."""


def drawn(data: st.DataObject) -> Callable[[Sequence[Any]], Any]:
    """Have Hypothesis choose."""
    return lambda values: data.draw(st.sampled_from(values))


class Hook(NamedTuple):
    """A hook that was run."""

    event: str
    changes: int
    """1 if Karma should read something else than before, or read again what it has read before; else 0."""
    starts: int
    """How often Karma was started in it."""


class World:
    """One unit, and all that happens around it.

    Args:
        unit: that was just deployed.
        choose: chooses one of several: `random.Random(…).choice`, or with Hypothesis `drawn(data)`.
    """

    def __init__(self, unit: Unit, choose: Callable[[Sequence[Any]], Any]):
        unit.karma.refuses = {REFUSED_BY_KARMA: NO_THEME}
        self.unit = unit
        self.choose = choose
        self.hooks: list[Hook] = []
        """All so far."""
        self.running: tuple[object, dict[str, object]] | None = None
        """What Karma should be running with now, as `wanted` says it; None where it should not run."""
        self._meanings: dict[str, object] = {}
        self._servers: dict[tuple[int, int], object] = {}
        self._made = 0

    def happen(self) -> None:
        """Let one thing happen, with all the hooks that Juju runs for it."""
        self.choose(HAPPENINGS)(self)

    @property
    def wrong(self) -> list[Hook]:
        """The hooks in which Karma was started more or less often than what it reads had changed."""
        return [hook for hook in self.hooks if hook.starts != hook.changes]

    @property
    def is_bad(self) -> bool:
        """Whether an option has a bad value."""
        return BAD in self._meanings.values()

    def wanted(self) -> tuple[object, dict[str, object]] | None:
        """Say what Karma should read now: servers, and the meanings of options; None where it should not run."""
        # Units with one URI are one server, named after the first.
        servers: dict[object, tuple[int, bool]] = {}
        for (relation_id, number), server in sorted(self._servers.items()):
            if server is not BAD:
                uri, is_proxied = cast("tuple[str, bool]", server)
                claim = number, is_proxied or "alertmanager-access" in self._meanings
                servers.setdefault((relation_id, uri or number), claim)
        if NEED_A_PROXY & {*self._meanings}:
            servers = {name: server for name, server in servers.items() if server[1]}
        # An address is needed to begin; one that is missing later stops nothing.
        if not servers or not (self.unit.address or self.running):
            return None
        # In the place of a bad value goes on what runs.
        running = self.running[1] if self.running else {}
        meant = {option: running.get(option) if value is BAD else value for option, value in self._meanings.items()}
        return servers, {option: meaning for option, meaning in meant.items() if meaning is not None}

    def fire(self, event: str, relation_id: int | None = None, **arguments: Any) -> None:
        """Run one hook, and note what should have come of it."""
        wanted, starts, changes = self.wanted(), self.unit.pebble.starts, 0
        if self.unit.reachable:
            changes = int(wanted is not None and wanted != self.running)
            self.running = wanted
        self.unit.emit(event, relation_id, **arguments)
        self.hooks.append(Hook(event, changes, self.unit.pebble.starts - starts))

    def quiet_hook(self) -> None:
        self.fire(self.choose(["update_status", "config_changed", "leader_elected", "upgrade_charm", "pebble_ready"]))

    def secret_changed(self) -> None:
        self.fire("secret_changed", secret=SECRET)

    def restart_container(self) -> None:
        self.unit.empty_container()
        self.running = None
        for self.unit.reachable, event in ((False, "update_status"), (True, "pebble_ready")):
            self.fire(event)

    def move(self) -> None:
        """Give the unit another address, or none."""
        is_lost = bool(self.unit.address) and self.choose([False, False, False, True])
        self.unit.address = "" if is_lost else self.choose(ADDRESSES)
        self.fire("config_changed")

    def configure(self) -> None:
        """Set some options at once."""
        for _ in range(self.choose([1, 1, 2, 5])):
            option, value, self._meanings[option] = self.choose(self.choose([_SPECIAL, _ALONE]))
            if option not in self.unit.options or not SETTINGS[option].keys_of_secret:
                self.unit.set(**{option: value})
        self.fire("config_changed")

    def reset(self) -> None:
        """Unset an option: a bad one, if there is one."""
        bad = sorted(option for option, meaning in self._meanings.items() if meaning is BAD)
        if found := bad or sorted(self._meanings):
            option = self.choose(found)
            del self.unit.options[option], self._meanings[option]
            self.fire("config_changed")

    def relate(self) -> None:
        self._made += 1
        self.unit.relate(self._made, application=f"am{self._made}")
        self.fire("relation_created", self._made)

    def unrelate(self) -> None:
        if relations := sorted(self.unit.relations):
            relation_id = self.choose(relations)
            for number in sorted(self.unit.relations[relation_id].remote_units_data):
                self._remove_unit(relation_id, number)
            broken = dataclasses.replace(self.unit.relations[relation_id], remote_units_data={})
            self.unit.relations[relation_id] = broken
            self.fire("relation_broken", relation_id)
            del self.unit.relations[relation_id]

    def publish(self) -> None:
        """Have a unit publish something, which may be a unit that joins."""
        if not self.unit.relations:
            self.relate()
        relation_id, number = self.choose(sorted(self.unit.relations)), self.choose(range(4))
        relation = self.unit.relations[relation_id]
        changes, self._servers[relation_id, number] = self.choose(DATABAGS)
        databag = {**published(number, relation.remote_app_name), **changes}
        self._put(
            relation, {**relation.remote_units_data, number: {key: text for key, text in databag.items() if text}}
        )
        if number not in relation.remote_units_data:
            self.fire("relation_joined", relation_id, remote_unit=number)
        self.fire("relation_changed", relation_id, remote_unit=number)

    def depart(self) -> None:
        """Have a unit leave."""
        if units := sorted(self._servers):
            self._remove_unit(*self.choose(units))

    def _remove_unit(self, relation_id: int, number: int) -> None:
        relation = self.unit.relations[relation_id]
        rest = {unit: data for unit, data in relation.remote_units_data.items() if unit != number}
        del self._servers[relation_id, number]
        self._put(relation, rest)
        self.fire("relation_departed", relation_id, remote_unit=number, departing_unit=number)

    def _put(self, relation: testing.Relation, units: Mapping[Any, Any]) -> None:
        self.unit.relations[relation.id] = dataclasses.replace(relation, remote_units_data=dict(units))


HAPPENINGS: tuple[Callable[[World], None], ...] = (
    *(World.configure, World.reset) * 4,
    *(World.publish,) * 6,
    *(World.depart, World.move, World.quiet_hook) * 2,
    *(World.relate, World.unrelate, World.restart_container, World.secret_changed),
)
"""What may happen, as often as it is to happen."""
