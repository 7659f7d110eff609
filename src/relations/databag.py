"""What the modules of all interfaces do alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

import ops
from charms.karma_k8s.v0.karma_dashboard import why_unusable

import goal_state
from relations.kept import digest

logger = logging.getLogger(__name__)

DIGEST = "digest"
"""The key of the digest beside what is made with a costly library; no other charm reads it."""


def listed(charm: ops.CharmBase, endpoint: str) -> list[ops.Relation]:
    """List all relations of an endpoint."""
    if endpoint in charm.meta.requires and goal_state.has_none(endpoint):
        return []
    try:
        return charm.model.relations[endpoint]
    except ops.ModelError:
        # After a look that failed ops would take the list for empty.
        charm.model.relations._invalidate(endpoint)  # pyright: ignore[reportPrivateUsage]
        raise


def active(charm: ops.CharmBase, endpoint: str) -> list[ops.Relation]:
    """List the relations of an endpoint that are not being removed, the oldest first."""
    found = (relation for relation in listed(charm, endpoint) if relation.active and relation.app)
    return sorted(found, key=lambda relation: relation.id)


def led(charm: ops.CharmBase, endpoint: str) -> list[ops.Relation]:
    """List the active relations of an endpoint if this unit leads, so that it may write the application's data."""
    relations = active(charm, endpoint)
    return relations if relations and charm.unit.is_leader() else []


def remote_application(relation: ops.Relation) -> Mapping[str, str]:
    """Read what the application on the other side has published; empty if Juju no longer knows the relation.

    Raises:
        ops.ModelError: if it cannot be read for another reason, and so is not known.
    """
    try:
        return dict(relation.data[relation.app])
    except ops.RelationNotFoundError:
        return {}


def url_in(published: str) -> tuple[str, str]:
    """Take the URL out of JSON such as `{"url": "http://h"}` that others have published.

    Returns:
        The URL; and what is wrong with what there is, as the rest of a sentence. Both are empty if there is nothing.
    """
    if not published:
        return "", ""
    try:
        found: Any = json.loads(published)
    except (ValueError, RecursionError):
        return "", "is not JSON"
    url = cast("dict[str, Any]", found).get("url") if isinstance(found, dict) else None
    return (url, why_unusable(url)) if isinstance(url, str) else ("", "is missing")


def write(databag: ops.RelationDataContent, wanted: Mapping[str, str | None]) -> None:
    """Write what differs; None takes a key away. What cannot be written is logged, and costs this relation alone."""
    try:
        changes = {key: value for key, value in wanted.items() if databag.get(key) != value}
        for key, value in changes.items():
            if value is None:
                del databag[key]
            else:
                databag[key] = value
        if changes:
            logger.info("relation %s (%s): told %s", databag.relation.id, databag.relation.name, ", ".join(changes))
    except ops.ModelError as error:  # Juju may list a relation that it no longer knows
        logger.warning("relation %s (%s) is left out: %s", databag.relation.id, databag.relation.name, error)


def write_made(charm: ops.CharmBase, endpoint: str, made_from: Any, make: Callable[[], Mapping[str, str]]) -> None:
    """Let the leader write what a costly library makes, only where it was made from something else.

    Args:
        charm: whose endpoint it is.
        endpoint: its name.
        made_from: all that it depends on; it can be written as JSON.
        make: makes the entries of the application databag.
    """
    relations = led(charm, endpoint)
    if not relations:
        return
    now = digest(made_from)
    outdated = [relation for relation in relations if relation.data[charm.app].get(DIGEST) != now]
    if not outdated:
        return
    entries = {**make(), DIGEST: now}
    for relation in outdated:
        write(relation.data[charm.app], entries)
