"""What the modules of all interfaces do alike."""

from __future__ import annotations

from collections.abc import Mapping

import ops


def active(charm: ops.CharmBase, endpoint: str) -> list[ops.Relation]:
    """List the relations of an endpoint that are not being removed, the oldest first."""
    found = (relation for relation in charm.model.relations[endpoint] if relation.active and relation.app)
    return sorted(found, key=lambda relation: relation.id)


def led(charm: ops.CharmBase, endpoint: str) -> list[ops.Relation]:
    """List the active relations of an endpoint if this unit leads, so that it may write the application's data."""
    relations = active(charm, endpoint)
    return relations if relations and charm.unit.is_leader() else []


def remote_application(relation: ops.Relation) -> Mapping[str, str]:
    """Read what the application on the other side has published; empty if it cannot be read (any more)."""
    try:
        return dict(relation.data[relation.app])
    except ops.ModelError:
        return {}


def write(databag: ops.RelationDataContent, wanted: Mapping[str, str | None]) -> None:
    """Write what differs; None takes a key away."""
    for key, value in wanted.items():
        if value is None and key in databag:
            del databag[key]
        elif value is not None and databag.get(key) != value:
            databag[key] = value
