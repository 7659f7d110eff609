"""`service_mesh` and `cross_model_mesh`: who may reach Karma inside a mesh, and the labels that bring its pods into it.

All are JSON in application databags. `service-mesh`: the requirer writes `policies` (leader), the provider `labels` and
`mesh_type`. `cross_model_mesh`: the requirer writes `cmr_data` (leader), which tells a provider in another model what
stands behind the local name of an offer.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, cast

import ops

from karma.config import PORT
from karma.urls import Serving
from problems import Problem, Severity, blocked, waiting
from relations import ingress, metrics_endpoint, pod_labels
from relations.databag import active, led, remote_application, write, write_made
from relations.kept import Kept

ENDPOINT = "service-mesh"
REQUIRE_CMR = "require-cmr-mesh"
PROVIDE_CMR = "provide-cmr-mesh"

_POLICIES = "policies"
_NAME = r"[a-z0-9][a-z0-9-]*"
"""What Juju allows for applications and models, and a bit more: never a wildcard, as meshes know them."""


class _Name(NamedTuple):
    """An application in its own model, by the names of `cmr_data`."""

    app_name: str
    juju_model_name: str


def publish(charm: ops.CharmBase, serving: Serving, is_known: bool) -> tuple[Problem, ...]:
    """Say who may reach Karma in the mesh, and who it is for charms of other models.

    Args:
        charm: whose endpoints these are.
        serving: how Karma is reached.
        is_known: whether that is known; if not, what was said before stays.

    Returns:
        What stands in the way.
    """
    for relation in led(charm, REQUIRE_CMR):
        us = _Name(charm.app.name, charm.model.name)
        write(relation.data[charm.app], {"cmr_data": json.dumps(us._asdict())})
    relations = led(charm, ENDPOINT)
    if not relations:
        return ()
    behind = {one.app.name: _parse(remote_application(one).get("cmr_data")) for one in active(charm, PROVIDE_CMR)}
    if is_known or not relations[0].data[charm.app].get(_POLICIES):
        known = {local: name for local, name in behind.items() if isinstance(name, _Name)}
        _publish_policies(charm, f"{serving.prefix}metrics", known)
    return tuple(
        Problem(Severity.ACTIVE, f"{PROVIDE_CMR}: what {local} has sent cannot be read")
        for local, name in behind.items()
        if name == _UNREADABLE
    )


_UNREADABLE = "unreadable"


def _parse(published: str | None) -> _Name | str | None:
    """Read `cmr_data`; None if there is none yet."""
    if not published:
        return None
    try:
        found: Any = json.loads(published)
        names = [found[field] for field in _Name._fields]
    except (ValueError, RecursionError, LookupError, TypeError):
        return _UNREADABLE
    if not all(isinstance(name, str) and re.fullmatch(_NAME, name) for name in names):
        return _UNREADABLE
    return _Name(*names)


def _publish_policies(charm: ops.CharmBase, metrics: str, behind: dict[str, _Name]) -> None:
    sources = {endpoint: active(charm, endpoint) for endpoint in (ingress.ENDPOINT, metrics_endpoint.ENDPOINT)}

    def make() -> dict[str, str]:
        from charmlibs.interfaces.service_mesh import (  # noqa: PLC0415 -- hooks with nothing to write do not pay for it
            AppPolicy,
            CMRData,
            Endpoint,
            Method,
            UnitPolicy,
            build_mesh_policies,
        )

        policies = build_mesh_policies(
            relation_mapping=cast("ops.RelationMapping", sources),
            target_app_name=charm.app.name,
            target_namespace=charm.model.name,
            policies=[
                AppPolicy(relation=ingress.ENDPOINT, endpoints=[Endpoint(ports=[PORT])]),
                # What holds for the application guards its service alone: without one for the units, whoever asks a pod
                # by its own address gets in, and may say that they are logged in.
                UnitPolicy(relation=ingress.ENDPOINT, ports=[PORT]),
                AppPolicy(
                    relation=metrics_endpoint.ENDPOINT,
                    endpoints=[Endpoint(ports=[PORT], methods=[Method.get], paths=[metrics])],
                ),
                # Prometheus scrapes the pods themselves, past the service.
                UnitPolicy(relation=metrics_endpoint.ENDPOINT, ports=[PORT]),
            ],
            cmr_application_data={local: CMRData(**name._asdict()) for local, name in behind.items()},
        )
        return {_POLICIES: json.dumps([policy.model_dump() for policy in policies])}

    names = {endpoint: [relation.app.name for relation in relations] for endpoint, relations in sources.items()}
    write_made(charm, ENDPOINT, [charm.app.name, charm.model.name, metrics, names, behind], make)


_PUT_ON = "the labels that this unit has put on"


def join(charm: ops.CharmBase) -> tuple[Problem, ...]:
    """Let the leader put the mesh's labels on the pods, or take them off where there is no relation any more.

    Kubernetes is asked only if they are others than before, and in every hook until it has done it.

    Returns:
        What stands in the way.
    """
    relations = active(charm, ENDPOINT)
    # It goes with the pod: a new one, as after an upgrade, asks again.
    note = Kept(charm, ENDPOINT)
    try:
        if relations and charm.unit.is_leader():
            return _put_on(charm, relations[0], note)
        if not note.recall(_PUT_ON):
            return ()
        if relations:
            note.keep(_PUT_ON, {})  # another unit may change them from here on
        else:
            _take_off(charm, note)
    except pod_labels.ForbiddenError:
        return (blocked(f"{ENDPOINT}: run `juju trust {charm.app.name} --scope=cluster`"),)
    except pod_labels.NotLabelledError as error:
        return (waiting(f"{ENDPOINT}: the pods' labels are not changed yet: {error}"),)
    return ()


def _put_on(charm: ops.CharmBase, relation: ops.Relation, note: Kept) -> tuple[Problem, ...]:
    published = remote_application(relation).get("labels")
    if not published:
        return (waiting(f"{ENDPOINT}: waiting for labels from {relation.app.name}"),)
    labels = _labels(published)
    if labels is None:
        return (Problem(Severity.ACTIVE, f"{ENDPOINT}: the labels from {relation.app.name} cannot be read"),)
    if labels != (note.recall(_PUT_ON) or {}):
        pod_labels.put_on(charm.app.name, labels)
        note.keep(_PUT_ON, labels)
    return ()


def _labels(published: str) -> dict[str, str] | None:
    try:
        found: Any = json.loads(published)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    labels = cast("dict[str, Any]", found)
    return labels if all(isinstance(value, str) for value in labels.values()) else None


def _take_off(charm: ops.CharmBase, note: Kept) -> None:
    planned = charm.app.planned_units()
    if 0 < planned <= int(charm.unit.name.rpartition("/")[2]):
        return  # the relation is gone for this unit alone, which is being removed
    pod_labels.take_off(charm.app.name, is_going=not planned)
    note.keep(_PUT_ON, {})
