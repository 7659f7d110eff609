"""One unit of the charm without Juju: ops.testing's State is the model, and Pebble and what it runs are real."""

from __future__ import annotations

import contextlib
import dataclasses
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest import mock

import ops
import scenario.mocking
from ops import pebble, testing

from charm import KarmaCharm
from playground.user_secrets import UserSecret, UserSecrets

ROOT = Path(__file__).parent.parent
ALERTING = "alerting"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Model:
    """All that Juju knows, so that a unit can be taken up by another process; it can be pickled."""

    state: testing.State
    next_relation: int
    secrets: Mapping[str, UserSecret]


class Unit:
    """A leader that gets the events that a real Juju sends, in the order in which it sends them.

    Args:
        client: makes a client of the Pebble in the workload container.
        name: of the application; the unit is its number 0.
        model: what Juju knows of the unit already; nothing if not given.
    """

    def __init__(self, client: Callable[[], pebble.Client], name: str = "karma-k8s", model: Model | None = None):
        self._client = client
        self._context = testing.Context(KarmaCharm, app_name=name)
        self._next_relation = model.next_relation if model else 1
        self.secrets = UserSecrets(model.secrets if model else None)
        self.name = f"{name}/0"
        self.log: list[str] = []
        """What `juju debug-log` would show from level INFO on."""
        self.state = model.state if model else _fresh_state()

    @property
    def model(self) -> Model:
        """All that Juju knows."""
        return Model(self.state, self._next_relation, dict(self.secrets.all))

    @property
    def status(self) -> ops.StatusBase:
        """What `juju status` shows of the unit."""
        return ops.StatusBase.from_name(self.state.unit_status.name, self.state.unit_status.message)

    def fire(self, event: Any) -> None:
        """Send one event, as `unit.on.update_status()` makes it, and take over what the charm did to the model.

        Raises:
            testing.errors.UncaughtCharmError: for what the charm does not catch; the unit is in error state then.
        """
        with self._juju(name := event.name.replace("_", "-")):
            try:
                self.state = self._context.run(event, self.state)
            except testing.errors.UncaughtCharmError as error:
                self.log.append(f"ERROR {''.join(traceback.format_exception(error.__cause__ or error))}")
                self._replace(unit_status=testing.ErrorStatus(f'hook failed: "{name}"'))
                raise

    def run_action(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run an action and return its results.

        Raises:
            testing.ActionFailed: with the words of the charm.
        """
        with self._juju(name):
            self.state = self._context.run(self.on.action(name, params=params), self.state)
        return self._context.action_results or {}

    @contextlib.contextmanager
    def _juju(self, name: str) -> Generator[None]:
        """Let the charm see a real Pebble and Juju's rules for secrets, and take over what it logs."""
        # The seams of ops.testing at which its mocks can be replaced by something real.
        backend = scenario.mocking._MockModelBackend  # pyright: ignore[reportPrivateUsage]

        def get_pebble(_: object, __: str) -> pebble.Client:
            return self._client()

        def secret_get(of: object, **asked: object) -> dict[str, str]:
            return self.secrets.secret_get(of, **asked)

        try:
            with (
                mock.patch.object(backend, "get_pebble", get_pebble),
                mock.patch.object(backend, "secret_get", secret_get),
            ):
                yield
        finally:
            self.log += [
                f"{line.level} {line.message}"
                for line in self._context.juju_log
                if line.level != "DEBUG" and line.message != f"ops {ops.__version__} up and running."
            ]
            self.log.append(f"INFO ran {name}")
            self._context.juju_log.clear()

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

    def add_secret(self, name: str, content: Mapping[str, str], *, granted: bool = False) -> str:
        """Add a user secret; return its id as `secret:<id>`."""
        secret = testing.Secret(dict(content))
        self._replace(secrets={*self.state.secrets, secret})
        return self.secrets.put(UserSecret(secret.id, name, is_granted=granted)).id

    def update_secret(self, name: str, content: Mapping[str, str]) -> None:
        """Give a user secret a new revision; a unit that has once asked for the secret is told."""
        known = self.secrets.find(name)
        before = self.state.get_secret(id=known.id)
        secret = testing.Secret(dict(before.tracked_content), latest_content=dict(content), id=known.id)
        self._replace(secrets={*self.state.secrets} - {before} | {secret})
        if self.secrets.put(known, revision=known.revision + 1).was_asked_for:
            self.fire(self.on.secret_changed(secret))

    def grant_secret(self, name: str, *, granted: bool = True) -> None:
        """Let the unit read a user secret, or no longer; Juju tells nobody."""
        self.secrets.put(self.secrets.find(name), is_granted=granted)

    def remove_secret(self, name: str) -> None:
        """Remove a user secret; Juju tells nobody."""
        known = self.secrets.find(name)
        del self.secrets.all[known.name]
        self._replace(secrets={secret for secret in self.state.secrets if secret.id != known.id})

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


def _fresh_state() -> testing.State:
    address = testing.BindAddress([testing.Address(ADDRESS)])
    return testing.State(
        leader=True,
        model=testing.Model("playground", type="kubernetes"),
        containers={testing.Container("karma", can_connect=True)},
        networks={testing.Network(ALERTING, bind_addresses=[address])},
        planned_units=1,
    )
