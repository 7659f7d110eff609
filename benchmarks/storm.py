"""A storm of random events: restarts of Karma against the number of changes of what Karma reads.

The charm runs on ops.testing with its mocked Pebble. What Karma should read is worked out beside the charm, from what
the storm itself did to the model (`Storm.wanted`), and compared after every single hook.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops import testing

from benchmarks.meanings import BAD, OPTIONS, REFUSED_BY_KARMA, databag
from benchmarks.model import ADDRESS, context, execs, network
from benchmarks.restarts import Restarts
from inputs import ALERTING
from workload.apply import CONTAINER
from workload.service import HOME


class Storm:
    """One unit in a model that changes at random, the same way for the same seed.

    Args:
        seed: of the chance.
        files: an empty folder for the files of the workload container.
    """

    def __init__(self, seed: int, files: Path):
        logging.getLogger("ops-scenario").setLevel(logging.ERROR)  # it warns of what a mount is there for
        self._chance = random.Random(seed)
        self._files = files
        self._context = context()
        self._on = self._context.on
        self._restarts = Restarts()
        self._meanings: dict[str, object] = {}
        self._servers: dict[tuple[int, int], object] = {}
        self._made = 0
        self._running: object = None
        self.hooks = 0
        self.changes = 0
        self.wrong: list[str] = []
        """The hooks in which Karma was started more or less often than what it reads had changed."""
        self._state = testing.State(leader=True, networks={network()}, containers={self._new_container()})

    @property
    def restarts(self) -> int:
        """How often Karma has been started so far."""
        return self._restarts.count

    def run(self, events: int) -> None:
        """Let this many things happen, each with all the hooks that Juju runs for it."""
        happenings: tuple[Callable[[], None], ...] = (
            *(self._configure, self._reset) * 4,
            *(self._publish,) * 6,
            *(self._depart,) * 2,
            *(self._relate, self._unrelate, self._restart_container, self._lose_address),
            lambda: self._fire(self._on.update_status()),
            lambda: self._fire(self._on.leader_elected()),
            lambda: self._fire(self._on.upgrade_charm()),
            lambda: self._fire(self._on.pebble_ready(self._container)),
        )
        with self._restarts.counted():
            for _ in range(events):
                self._chance.choice(happenings)()

    def wanted(self) -> object:
        """Say what Karma should read now; None where it should not run, BAD where what runs should go on."""
        servers = {unit: server for unit, server in self._servers.items() if server is not BAD}
        if not servers or not self._state.get_network(ALERTING).bind_addresses:
            return None
        if BAD in self._meanings.values():
            return BAD
        return servers, {option: meaning for option, meaning in self._meanings.items() if meaning is not None}

    def _fire(self, event: Any) -> None:
        wanted, before, changed = self.wanted(), self.restarts, False
        if self._container.can_connect and wanted is not BAD:
            changed = wanted is not None and wanted != self._running
            self._running = wanted
        self._state = self._context.run(event, self._state)
        self.hooks += 1
        self.changes += changed
        if self.restarts - before != changed:
            self.wrong.append(event.name)

    @property
    def _container(self) -> testing.Container:
        return self._state.get_container(CONTAINER)

    def _new_container(self) -> testing.Container:
        self._running = None
        self._restarts.forget()
        shutil.rmtree(self._files, ignore_errors=True)
        self._files.mkdir(parents=True)
        mounts = {"karma": testing.Mount(location=HOME, source=self._files)}
        return testing.Container(CONTAINER, can_connect=True, execs=execs(), mounts=mounts)

    def _restart_container(self) -> None:
        container = dataclasses.replace(self._new_container(), execs=self._container.execs, can_connect=False)
        self._replace(containers={container})
        self._fire(self._on.update_status())
        self._replace(containers={dataclasses.replace(self._container, can_connect=True)})
        self._fire(self._on.pebble_ready(self._container))

    def _lose_address(self) -> None:
        for address in ("", ADDRESS):
            self._replace(networks={network(address)})
            self._fire(self._on.config_changed())

    def _configure(self) -> None:
        option, value, self._meanings[option] = self._chance.choice(OPTIONS)
        self._set_config({**self._state.config, option: value})

    def _reset(self) -> None:
        bad = sorted(option for option, meaning in self._meanings.items() if meaning is BAD)
        reset = self._chance.choice(bad or [option for option, _, _ in OPTIONS])
        self._meanings.pop(reset, None)
        self._set_config({option: value for option, value in self._state.config.items() if option != reset})

    def _set_config(self, config: dict[str, str | int | float | bool]) -> None:
        container = dataclasses.replace(self._container, execs=execs(accepts=REFUSED_BY_KARMA not in config.values()))
        self._replace(config=config, containers={container})
        self._fire(self._on.config_changed())

    def _relate(self) -> None:
        self._made += 1
        relation = testing.Relation(ALERTING, id=self._made, remote_app_name=f"am{self._made}", remote_units_data={})
        self._put(relation)
        self._fire(self._on.relation_created(relation))

    def _unrelate(self) -> None:
        if relations := self._relations():
            relation_id = self._chance.choice(sorted(relations))
            for number in sorted(relations[relation_id].remote_units_data):
                self._remove_unit(relation_id, number)
            self._fire(self._on.relation_broken(self._relations()[relation_id]))
            self._replace(relations={one for one in self._relations().values() if one.id != relation_id})

    def _publish(self) -> None:
        if relations := self._relations():
            relation, number = self._chance.choice(list(relations.values())), self._chance.randrange(4)
            unit = f"{relation.remote_app_name}/{number}"
            data, self._servers[relation.id, number] = databag(unit, self._chance)
            joins = number not in relation.remote_units_data
            relation = dataclasses.replace(relation, remote_units_data={**relation.remote_units_data, number: data})
            self._put(relation)
            if joins:
                self._fire(self._on.relation_joined(relation, remote_unit=number))
            self._fire(self._on.relation_changed(relation, remote_unit=number))

    def _depart(self) -> None:
        if units := [(one.id, number) for one in self._relations().values() for number in one.remote_units_data]:
            self._remove_unit(*self._chance.choice(units))

    def _remove_unit(self, relation_id: int, number: int) -> None:
        relation = self._relations()[relation_id]
        rest = {unit: data for unit, data in relation.remote_units_data.items() if unit != number}
        relation = dataclasses.replace(relation, remote_units_data=rest)
        self._servers.pop((relation_id, number), None)
        self._put(relation)
        self._fire(self._on.relation_departed(relation, remote_unit=number, departing_unit=number))

    def _relations(self) -> dict[int, testing.Relation]:
        found = [one for one in self._state.relations if isinstance(one, testing.Relation)]
        return {one.id: one for one in sorted(found, key=lambda one: one.id)}

    def _put(self, relation: testing.Relation) -> None:
        self._replace(relations={**self._relations(), relation.id: relation}.values())

    def _replace(self, **changes: Any) -> None:
        self._state = dataclasses.replace(self._state, **changes)
