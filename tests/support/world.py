"""A Juju model that changes at random around one unit, and what Karma should read after every hook."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from unittest import mock

import ops
from hypothesis import strategies as st
from ops import testing

from playground.around.authority import Authority, requests_in
from tests.support.fake_pebble import NO_THEME
from tests.support.meanings import (
    ADDRESSES,
    AWAITED,
    BAD,
    DATABAGS,
    FAULTY,
    GUARDS,
    LOGIN,
    OPTIONS,
    REFUSED_BY_KARMA,
    SPECIAL,
    URLS,
    Model,
    Wanted,
)
from tests.support.unit import SECRET, Unit, published

_ALONE = tuple(
    one for one in OPTIONS if one[0] not in {"history-headers", "silence-form-default-alertmanagers", *GUARDS}
)
"""Those that mean the same whatever else is there."""
_HARMLESS = tuple(one for one in SPECIAL if one[0] not in GUARDS)
_GIVEN = tuple((option, *one) for option, values in GUARDS.items() for one in values)
BAD_ORIGINS = NO_THEME.replace("ui.theme", "listen.cors.allowedOrigins")
HOOK_TOOLS = ("network_get", "relation_get", "relation_list", "relation_ids", "config_get", "secret_get")
"""How the charm asks Juju. `is-leader` is not among them: ops itself asks it at the end of every hook."""
CATALOGUE, METRICS, INGRESS, CERTIFICATES, LOGGING = 101, 102, 103, 104, 105
LOKI = testing.Relation("logging", id=LOGGING, remote_units_data={0: {"endpoint": '{"url": "http://loki"}'}})


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


class World(Model):
    """One unit, and all that happens around it.

    Args:
        unit: that was just deployed.
        choose: chooses one of several: `random.Random(…).choice`, or with Hypothesis `drawn(data)`.
    """

    def __init__(self, unit: Unit, choose: Callable[[Sequence[Any]], Any]):
        unit.karma.refuses = {REFUSED_BY_KARMA: NO_THEME, "violet": BAD_ORIGINS}
        super().__init__(unit)
        self.choose = choose
        self.hooks: list[Hook] = []
        """All so far."""
        self._made = self._issued = 0
        self._address = unit.address
        unit.integrate(CATALOGUE, "catalogue")
        unit.integrate(METRICS, "metrics-endpoint")
        unit.relations[LOGGING] = LOKI

    def begin(self) -> None:
        """Have an Alertmanager, and perhaps what takes several steps: a certificate, an ingress, a login."""
        self.publish()
        if self.choose([True, True, False]):
            self.certify()
            self.certify("answer")
        self.serve(self.choose(["", URLS[1]]))
        self.configure(self.choose([(), *((login,) for login in _GIVEN if login[0] in LOGIN and login[2] is not BAD)]))

    def happen(self) -> None:
        """Let one thing happen, with all the hooks that Juju runs for it."""
        self.choose(HAPPENINGS)(self)

    @property
    def wrong(self) -> list[Hook]:
        """The hooks in which Karma was started more or less often than what it reads had changed."""
        return [hook for hook in self.hooks if hook.starts != hook.changes]

    def fire(self, event: str, relation_id: int | None = None, **arguments: Any) -> None:
        """Run one hook, and note what should have come of it."""
        starts, changes = self.unit.pebble.starts, 0
        if self.unit.reachable:
            wanted = self.wanted(self.running)
            changes = int(wanted is not None and (not self.running or wanted.files != self.running.files))
            self.running = wanted
        fails = mock.patch(f"scenario.mocking._MockModelBackend.{self._blind}", side_effect=ops.ModelError("gone"))
        with fails if self._blind else contextlib.nullcontext():
            self.unit.emit(event, relation_id, **arguments)
        self.hooks.append(Hook(event, changes, self.unit.pebble.starts - starts))

    def told(self) -> dict[str, Any]:
        """Collect what others have been told of where Karma is."""
        of_ingress = self.unit.application_said(INGRESS) if INGRESS in self.unit.relations else {}
        [job] = json.loads(self.unit.application_said(METRICS)["scrape_jobs"])
        return {
            "ingress": json.loads(of_ingress.get("scheme", '"http"')) if of_ingress else "",
            "catalogue": self.unit.application_said(CATALOGUE)["url"],
            "metrics": (job.get("scheme", "http"), job["metrics_path"]),
            "address": self.unit.said(METRICS)["prometheus_scrape_unit_address"],
        }

    def to_tell(self, runs: Wanted) -> dict[str, Any]:
        """Say what they should have been told, now that this runs."""
        at_pod = f"{runs.scheme}://{self._address}:8080{runs.prefix}"
        return {
            "ingress": runs.scheme if self._url else "",
            "catalogue": f"{runs.url}/" if self._url not in ("", FAULTY) else at_pod,
            "metrics": (runs.scheme, f"{runs.prefix}metrics"),
            "address": self._address,
        }

    def look_away(self) -> None:
        """Run hooks in each of which Juju does not answer one kind of question."""
        for self._blind in HOOK_TOOLS:
            self._quietly("update_status")
            assert self.unit.pebble.writes == []
        self._blind = ""
        self.fire("update_status")

    def _quietly(self, event: str) -> None:
        """Run a hook in which nothing that was said is taken back."""
        before = dict(self.unit.relations)
        self.fire(event)
        assert self.unit.relations == before

    def certify(self, what: str = "") -> None:
        """Integrate with a provider of certificates, or let it answer, withdraw its answer, or go."""
        if not self._certificate:
            self._certificate = AWAITED
            self.unit.integrate(CERTIFICATES, "certificates")
            self.fire("relation_created", CERTIFICATES)
            return
        what = what or self.choose(["answer", "withdraw", "go"])
        answer: dict[str, str] = {}
        if what == "answer":
            self._issued = self._certificate = self._issued + 1
            answer = Authority().answer(*requests_in(self.unit.said(CERTIFICATES)))
        elif what == "withdraw":
            self._certificate = AWAITED
        self.unit.integrate(CERTIFICATES, "certificates", **answer)
        self.fire("relation_changed", CERTIFICATES, remote_unit=0)
        if what == "go":
            self._certificate = 0
            self._break(CERTIFICATES)

    def serve(self, url: str | None = None) -> None:
        """Have an ingress serve the page somewhere, or none."""
        self._url = self.choose(["", *URLS]) if url is None else url
        if self._url:
            self.unit.integrate(INGRESS, "ingress", ingress=json.dumps({"url": self._url}))
            self.fire("relation_changed", INGRESS, remote_unit=0)
        elif INGRESS in self.unit.relations:
            self._break(INGRESS)

    def _break(self, relation_id: int) -> None:
        self.fire("relation_broken", relation_id)
        del self.unit.relations[relation_id]

    def quiet_hook(self) -> None:
        self.fire(self.choose(["update_status", "config_changed", "leader_elected", "upgrade_charm", "pebble_ready"]))

    def secret_changed(self) -> None:
        self.fire("secret_changed", secret=SECRET)

    def restart_container(self) -> None:
        """Let the container start anew; Juju may not answer at once."""
        self.unit.empty_container()
        self.unit.reachable, self.running = False, None
        self._quietly("update_status")
        self.unit.reachable, self._blind = True, self.choose(["", "", *HOOK_TOOLS])
        self.fire("pebble_ready")
        self._blind = ""
        self.fire("update_status")

    def move(self) -> None:
        """Give the unit another address, or none."""
        is_lost = bool(self.unit.address) and self.choose([False, False, False, True])
        self.unit.address = "" if is_lost else self.choose(ADDRESSES)
        self._address = self.unit.address or self._address
        self.fire("config_changed")

    def configure(self, chosen: Sequence[tuple[str, Any, object]] | None = None) -> None:
        """Set some options at once."""
        if chosen is None:
            tables = [self.choose([_HARMLESS, _ALONE, _GIVEN, _GIVEN]) for _ in range(self.choose([1, 1, 2, 5]))]
            chosen = [self.choose(table) for table in tables]
        for option, value, self._meanings[option] in chosen:
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
        if relations := self._alerting:
            relation_id = self.choose(relations)
            for number in sorted(self.unit.relations[relation_id].remote_units_data):
                self._remove_unit(relation_id, number)
            self._put(self.unit.relations[relation_id], {})
            self._break(relation_id)

    @property
    def _alerting(self) -> list[int]:
        return sorted(relation_id for relation_id in self.unit.relations if relation_id <= self._made)

    def publish(self) -> None:
        """Have a unit publish something, which may be a unit that joins."""
        if not self._alerting:
            self.relate()
        relation_id, number = self.choose(self._alerting), self.choose(range(4))
        relation = self.unit.relations[relation_id]
        changes, meaning = self.choose(DATABAGS)
        databag = {**published(number, relation.remote_app_name), **changes}
        self._servers[relation_id, number] = meaning if meaning is BAD else (databag["uri"], meaning)
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
    *(World.configure, World.publish, World.certify) * 4,
    *(World.reset, World.serve, World.depart, World.move, World.look_away, World.restart_container) * 2,
    *(World.relate, World.unrelate, World.quiet_hook, World.secret_changed),
)
"""What may happen, as often as it is to happen."""
