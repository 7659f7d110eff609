"""One unit of the charm without Juju: ops.testing's State is the model, and Pebble and what it runs are real."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast
from unittest import mock

import ops
import scenario.mocking
from ops import pebble, testing

from charm import KarmaCharm

ROOT = Path(__file__).parent.parent
ALERTING = "alerting"
ADDRESS = "127.0.0.1"


class Unit:
    """A leader that gets the events that a real Juju sends, in the order in which it sends them.

    Args:
        client: makes a client of the Pebble in the workload container.
        name: of the application; the unit is its number 0.
    """

    def __init__(self, client: Callable[[], pebble.Client], name: str = "karma-k8s"):
        self._client = client
        self._context = testing.Context(KarmaCharm, app_name=name, charm_root=ROOT)
        self._next_relation = 1
        self.name = f"{name}/0"
        self.log: list[str] = []
        """What `juju debug-log` would show from level INFO on."""
        address = testing.BindAddress([testing.Address(ADDRESS)])
        self.state = testing.State(
            leader=True,
            model=testing.Model("playground", type="kubernetes"),
            containers={testing.Container("karma", can_connect=True)},
            networks={testing.Network(ALERTING, bind_addresses=[address])},
            planned_units=1,
        )

    @property
    def status(self) -> ops.StatusBase:
        """What `juju status` shows of the unit."""
        return ops.StatusBase.from_name(self.state.unit_status.name, self.state.unit_status.message)

    def fire(self, event: Any) -> None:
        """Send one event, as `unit.on.update_status()` makes it, and take over what the charm did to the model."""
        # The one seam of ops.testing at which its mocked Pebble can be replaced by a real one.
        backend = scenario.mocking._MockModelBackend  # pyright: ignore[reportPrivateUsage]
        with mock.patch.object(backend, "get_pebble", side_effect=self._get_pebble):
            self.state = self._context.run(event, self.state)
        self.log += [
            f"{line.level} {line.message}"
            for line in self._context.juju_log
            if line.level != "DEBUG" and line.message != f"ops {ops.__version__} up and running."
        ]
        self._context.juju_log.clear()

    def _get_pebble(self, _: str) -> pebble.Client:
        return self._client()

    @property
    def on(self) -> testing.CharmEvents:
        """Makes events."""
        return self._context.on

    def deploy(self) -> None:
        """Send what a fresh unit gets."""
        self.fire(self.on.install())
        self.fire(self.on.leader_elected())
        self.fire(self.on.config_changed())
        self.fire(self.on.start())
        self.pebble_ready()

    def pebble_ready(self) -> None:
        """Tell that the workload container has (re)started."""
        self.fire(self.on.pebble_ready(self.state.get_container("karma")))

    def config(self, **values: str | int | bool | None) -> None:
        """Set options (`ui_theme="dark"`), or reset those that are None."""
        config = dict(self.state.config)
        for name, value in values.items():
            option = name.replace("_", "-")
            config.pop(option, None)
            if value is not None:
                config[option] = value
        self._replace(config=config)
        self.fire(self.on.config_changed())

    def relate(self, application: str, units: Mapping[int, Mapping[str, str]]) -> int:
        """Integrate `alerting` with an application whose units publish this; return the relation's id."""
        relation_id, self._next_relation = self._next_relation, self._next_relation + 1
        self._put(testing.Relation(ALERTING, id=relation_id, remote_app_name=application, remote_units_data={}))
        self.fire(self.on.relation_created(self._relation(relation_id)))
        for number, data in units.items():
            self.publish(relation_id, number, data)
        return relation_id

    def publish(self, relation_id: int, number: int, data: Mapping[str, str]) -> None:
        """Let a related unit join, or write its databag anew."""
        relation = self._relation(relation_id)
        joins = number not in relation.remote_units_data
        self._put(dataclasses.replace(relation, remote_units_data={**relation.remote_units_data, number: dict(data)}))
        if joins:
            self.fire(self.on.relation_joined(self._relation(relation_id), remote_unit=number))
        self.fire(self.on.relation_changed(self._relation(relation_id), remote_unit=number))

    def depart(self, relation_id: int, number: int) -> None:
        """Let a related unit go."""
        relation = self._relation(relation_id)
        rest = {unit: data for unit, data in relation.remote_units_data.items() if unit != number}
        self._put(dataclasses.replace(relation, remote_units_data=rest))
        gone = self._relation(relation_id)
        self.fire(self.on.relation_departed(gone, remote_unit=number, departing_unit=number))

    def unrelate(self, relation_id: int) -> None:
        """Remove a relation."""
        for number in sorted(self._relation(relation_id).remote_units_data):
            self.depart(relation_id, number)
        self.fire(self.on.relation_broken(self._relation(relation_id)))
        self._replace(relations={one for one in self.state.relations if one.id != relation_id})

    def _relation(self, relation_id: int) -> testing.Relation:
        return cast("testing.Relation", self.state.get_relation(relation_id))

    def _put(self, relation: testing.Relation) -> None:
        others = {one for one in self.state.relations if one.id != relation.id}
        self._replace(relations=others | {relation})

    def _replace(self, **changes: Any) -> None:
        self.state = dataclasses.replace(self.state, **changes)
