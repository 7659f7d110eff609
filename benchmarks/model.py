"""A model in which Karma runs: the unit as tests know it, and the answers of Juju's hook tools."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from typing import cast

from ops import testing

from inputs import ALERTING
from playground.around.authority import Authority, requests_in
from relations import (
    ENDPOINTS,
    auth_proxy,
    catalogue,
    certificates,
    grafana_dashboard,
    ingress,
    log_forwarding,
    metrics_endpoint,
    service_mesh,
    trust,
)
from tests.support.unit import APPLICATION, MODEL, NewUnit, Unit, published

UNIT = f"{APPLICATION}/0"
UNITS_PER_RELATION = 10
OF_JUJU = {"egress-subnets": "10.152.183.20/32", "ingress-address": "10.152.183.20", "private-address": "10.152.183.20"}


def related(units: int) -> list[testing.Relation]:
    """Make `alerting` relations with this many Alertmanager units in all, ten to a relation."""
    return [
        testing.Relation(
            ALERTING,
            id=first // UNITS_PER_RELATION,
            remote_app_name=f"alertmanager{first // UNITS_PER_RELATION}",
            remote_units_data={
                number: published(number, f"alertmanager{first // UNITS_PER_RELATION}", **OF_JUJU)
                for number in range(min(UNITS_PER_RELATION, units - first))
            },
        )
        for first in range(0, units, UNITS_PER_RELATION)
    ]


def related_to_everything() -> list[testing.Relation]:
    """Make a relation of every endpoint, with what the other sides publish without being asked."""
    authorities = [Authority(name).certificate for name in ("one", "two")]
    sent = {
        certificates.ENDPOINT: {},
        trust.ENDPOINT: {"certificates": json.dumps(authorities), "version": "1"},
        ingress.ENDPOINT: {"ingress": json.dumps({"url": "https://apps.example.com/cos-karma-k8s"})},
        auth_proxy.ENDPOINT: {},
        catalogue.ENDPOINT: {},
        metrics_endpoint.ENDPOINT: {},
        grafana_dashboard.ENDPOINT: {},
        log_forwarding.ENDPOINT: {},
        # No labels: there is no Kubernetes here to be asked, and in a hook that changes nothing it would not be.
        service_mesh.ENDPOINT: {"labels": "{}", "mesh_type": json.dumps("istio")},
        service_mesh.REQUIRE_CMR: {},
        service_mesh.PROVIDE_CMR: {"cmr_data": json.dumps({"app_name": "prometheus", "juju_model_name": "cos"})},
    }
    others = [
        testing.Relation(endpoint, id=number, remote_app_name=f"other{number}", remote_app_data=data)
        for number, (endpoint, data) in enumerate(sent.items(), 100)
    ]
    return [*related(1), *others]


def settled(new_unit: NewUnit, relations: Iterable[testing.Relation]) -> Unit:
    """Have the charm start Karma on ops.testing; where it asks for a certificate, it is given one.

    Returns:
        The unit, with what the charm leaves behind: its relation data and secrets, and the plan of Pebble.
    """
    unit = new_unit()
    unit.fqdn = socket.getfqdn()
    unit.relations = {relation.id: relation for relation in relations}
    unit.emit("pebble_ready")
    for asked in relations_in(unit.state, certificates.ENDPOINT):
        unit.integrate(asked.id, certificates.ENDPOINT, **Authority().answer(*requests_in(asked.local_unit_data)))
        unit.emit("relation_changed", asked.id, remote_unit=0)
    return unit


def relations_in(state: testing.State, endpoint: str) -> list[testing.Relation]:
    """List the relations of an endpoint; none of this charm's is a peer relation."""
    return cast("list[testing.Relation]", state.get_relations(endpoint))


def answers(unit: Unit) -> dict[str, str]:
    """Say what Juju answers to a unit: the hook tool's command line, as ops writes it -> one line of JSON."""
    state, address = unit.state, unit.address
    found: dict[str, object] = {
        "config-get --format=json": state.config,
        "is-leader --format=json": state.leader,
        "goal-state --format=json": {
            "units": {UNIT: {"status": "active", "since": "2026-01-01 00:00:00Z"}},
            "relations": {
                relation.endpoint: {relation.remote_app_name: {"status": "joined", "since": "2026-01-01 00:00:00Z"}}
                for relation in unit.relations.values()
            },
        },
        "opened-ports --format=json": [f"{one.port}/{one.protocol}" for one in state.opened_ports],
        f"network-get --format=json {ALERTING}": {
            "bind-addresses": [{"interface-name": "eth0", "addresses": [{"value": address, "cidr": f"{address}/32"}]}],
            "ingress-addresses": [address],
            "egress-subnets": [f"{address}/32"],
        },
    }
    for endpoint in (ALERTING, *ENDPOINTS):
        relations = relations_in(state, endpoint)
        found[f"relation-ids {endpoint} --format=json"] = [f"{endpoint}:{relation.id}" for relation in relations]
        for relation in relations:
            found.update(_answers_on(relation))
    for secret in unit.owned:
        bare = secret.id.removeprefix("secret:")
        by_id = f"secret://{MODEL.uuid}/{bare}"
        for call in (f"--label {secret.label}", f"--label {secret.label} --refresh", by_id):
            found[f"secret-get --format=json {call}"] = secret.tracked_content
        info = {"label": secret.label, "revision": 1, "owner": "unit", "rotation": "never"}
        found[f"secret-info-get --format=json --label {secret.label}"] = {bare: info}
    return {call: json.dumps(answer) for call, answer in found.items()}


def _answers_on(relation: testing.Relation) -> dict[str, object]:
    here, application = f"--format=json -r {relation.endpoint}:{relation.id}", relation.remote_app_name
    units = {f"{application}/{unit}": data for unit, data in relation.remote_units_data.items()}
    return {
        f"relation-list {here}": list(units),
        f"relation-get {here} - {UNIT}": relation.local_unit_data,
        f"relation-get {here} --app - {APPLICATION}": relation.local_app_data,
        f"relation-get {here} --app - {application}": relation.remote_app_data,
        **{f"relation-get {here} - {unit}": data for unit, data in units.items()},
    }
