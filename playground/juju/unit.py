"""One unit of the charm without Juju: what operators, related applications and Juju itself do to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

from ops import testing

from playground.around.authority import Authority, requests_in
from playground.juju.hooks import ALERTING, Hooks
from playground.juju.user_secrets import UserSecret


class Unit(Hooks):
    """A unit that gets the events that a real Juju sends, in the order in which it sends them."""

    def deploy(self) -> None:
        """Send what a fresh unit gets."""
        self.fire(self.on.install())
        self.fire(self.on.leader_elected())
        self.fire(self.on.config_changed())
        self.fire(self.on.start())
        self.pebble_ready()

    def lead(self) -> None:
        """Let the unit be elected."""
        self._replace(leader=True)
        self.fire(self.on.leader_elected())

    def pebble_ready(self) -> None:
        """Tell that the workload container has (re)started."""
        self.fire(self.on.pebble_ready(self.state.get_container("karma")))

    def config(self, **values: str | int | bool | None) -> None:
        """Set options (`ui_theme="dark"`), or reset those that are None; for a reset alone Juju 4.0 sends no event."""
        config = dict(self.state.config)
        for name, value in values.items():
            option = name.replace("_", "-")
            config.pop(option, None)
            if value is not None:
                config[option] = value
        self._replace(config=config)
        if {*values.values()} != {None}:
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
        relation_id = self._create(ALERTING, application)
        for number, data in units.items():
            self.publish(relation_id, number, data)
        return relation_id

    def integrate(self, endpoint: str, application: str, data: Mapping[str, str] | None = None) -> int:
        """Integrate any other endpoint with an application that publishes this; return the relation's id."""
        relation_id = self._create(endpoint, application)
        self.publish(relation_id, 0, {})
        if data:
            self.answer(relation_id, data)
        return relation_id

    def _create(self, endpoint: str, application: str) -> int:
        relation_id, self._next_relation = self._next_relation, self._next_relation + 1
        self._put(testing.Relation(endpoint, id=relation_id, remote_app_name=application, remote_units_data={}))
        self.fire(self.on.relation_created(self._relation(relation_id)))
        return relation_id

    def publish(self, relation_id: int, number: int, data: Mapping[str, str]) -> None:
        """Let a related unit join, or write its databag anew."""
        relation = self._relation(relation_id)
        joins = number not in relation.remote_units_data
        self._put(dataclasses.replace(relation, remote_units_data={**relation.remote_units_data, number: dict(data)}))
        if joins:
            self.fire(self.on.relation_joined(self._relation(relation_id), remote_unit=number))
        self.fire(self.on.relation_changed(self._relation(relation_id), remote_unit=number))

    def answer(self, relation_id: int, data: Mapping[str, str]) -> None:
        """Let the application on the other side publish this instead of what it has published before."""
        self._put(dataclasses.replace(self._relation(relation_id), remote_app_data=dict(data)))
        self.fire(self.on.relation_changed(self._relation(relation_id), remote_unit=0))

    def said(self, relation_id: int) -> Mapping[str, str]:
        """What the unit has published."""
        return self._relation(relation_id).local_unit_data

    def application_said(self, relation_id: int) -> Mapping[str, str]:
        """What the leader has published."""
        return self._relation(relation_id).local_app_data

    def heard(self, relation_id: int) -> Mapping[str, str]:
        """What the application on the other side has published."""
        return self._relation(relation_id).remote_app_data

    def heard_of_units(self, relation_id: int) -> dict[int, dict[str, str]]:
        """What the units on the other side have published, by their numbers."""
        return {number: dict(data) for number, data in self._relation(relation_id).remote_units_data.items()}

    def certify(self, relation_id: int, authority: Authority) -> None:
        """Answer the unit's signing requests."""
        self.answer(relation_id, authority.answer(*requests_in(self.said(relation_id))))

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
