"""A unit with more than `alerting` related."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ops import testing

from playground.authority import Authority, requests_in
from playground.unit import Unit


class SecureUnit(Unit):
    """A unit whose other endpoints are played by hand: what an application on the other side publishes is given."""

    def integrate(self, endpoint: str, application: str, data: Mapping[str, str] | None = None) -> int:
        """Integrate an endpoint with an application that publishes this; return the relation's id."""
        relation_id, self._next_relation = self._next_relation, self._next_relation + 1
        self._put(testing.Relation(endpoint, id=relation_id, remote_app_name=application))
        self.fire(self.on.relation_created(self._relation(relation_id)))
        self.fire(self.on.relation_joined(self._relation(relation_id), remote_unit=0))
        if data:
            self.answer(relation_id, data)
        return relation_id

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

    def certify(self, relation_id: int, authority: Authority) -> None:
        """Answer the unit's signing requests."""
        self.answer(relation_id, authority.answer(*requests_in(self.said(relation_id))))
