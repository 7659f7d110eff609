"""One unit with endpoints other than `alerting`; its container is out of reach, so only Juju's side is looked at."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast
from unittest import mock

from ops import testing

from charm import KarmaCharm
from inputs import ALERTING, Inputs, read

ADDRESS = "192.0.2.7"
FQDN = "karma-0.karma-endpoints.prod.svc.cluster.local"


def context() -> testing.Context[KarmaCharm]:
    """Make what ops.testing knows of the charm; one does for many units."""
    return testing.Context(KarmaCharm, app_name="karma")


class RelatedUnit:
    """A unit in the model `prod`; each event finds what the one before has left.

    Args:
        known: see `context`.
        is_leader: whether it leads.
    """

    def __init__(self, known: testing.Context[KarmaCharm], *, is_leader: bool = True):
        self._context = known
        self.state = testing.State(
            leader=is_leader,
            model=testing.Model("prod", type="kubernetes"),
            containers={testing.Container("karma")},
        )
        self.move(ADDRESS)

    def move(self, address: str) -> None:
        """Give the unit another address; none if that is empty. No event is sent."""
        addresses = [testing.BindAddress([testing.Address(address)])] if address else []
        self.replace(networks={testing.Network(ALERTING, bind_addresses=addresses)})

    def replace(self, **changes: Any) -> None:
        """Change the model; no event is sent."""
        self.state = dataclasses.replace(self.state, **changes)

    def emit(self, event: Any) -> Inputs:
        """Run one hook, as `unit.on.update_status()` makes it, and return what the charm has read in it."""
        seen: list[Inputs] = []

        def spy(*arguments: Any) -> Inputs:
            seen.append(read(*arguments))
            return seen[-1]

        with mock.patch("charm.read", spy), mock.patch("socket.getfqdn", return_value=FQDN):
            self.state = self._context.run(event, self.state)
        return seen[-1]

    @property
    def on(self) -> testing.CharmEvents:
        """Makes events."""
        return self._context.on

    @property
    def log(self) -> str:
        """What all hooks have logged so far."""
        return "\n".join(line.message for line in self._context.juju_log)

    def relation(self, relation_id: int) -> testing.Relation:
        """The relation with this id."""
        return cast("testing.Relation", self.state.get_relation(relation_id))

    def relate(self, endpoint: str, relation_id: int, application: str = "other") -> Inputs:
        """Integrate with an application that has published nothing yet."""
        relation = testing.Relation(endpoint, id=relation_id, remote_app_name=application)
        self.replace(relations={*self.state.relations, relation})
        return self.emit(self.on.relation_created(self.relation(relation_id)))

    def answer(self, relation_id: int, data: Mapping[str, str]) -> Inputs:
        """Let the application on the other side publish this."""
        self._put(dataclasses.replace(self.relation(relation_id), remote_app_data=dict(data)))
        return self.emit(self.on.relation_changed(self.relation(relation_id)))

    def depart(self, relation_id: int) -> Inputs:
        """Let the unit on the other side go."""
        self._put(dataclasses.replace(self.relation(relation_id), remote_units_data={}))
        return self.emit(self.on.relation_departed(self.relation(relation_id), remote_unit=0, departing_unit=0))

    def unrelate(self, relation_id: int) -> Inputs:
        """Remove a relation."""
        self.depart(relation_id)
        found = self.emit(self.on.relation_broken(self.relation(relation_id)))
        self.replace(relations={one for one in self.state.relations if one.id != relation_id})
        return found

    def _put(self, relation: testing.Relation) -> None:
        others = {one for one in self.state.relations if one.id != relation.id}
        self.replace(relations=others | {relation})

    def said(self, relation_id: int) -> dict[str, str]:
        """What the unit has published, less what Juju itself puts there."""
        of_juju = ("egress-subnets", "ingress-address", "private-address")
        data = self.relation(relation_id).local_unit_data
        return {key: value for key, value in data.items() if key not in of_juju}

    def application_said(self, relation_id: int) -> dict[str, str]:
        """What the application has published."""
        return dict(self.relation(relation_id).local_app_data)
