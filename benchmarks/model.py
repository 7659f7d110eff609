"""A model in which Karma runs: as ops.testing's State, and as the answers of Juju's hook tools."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import ops
from ops import testing

from charm import KarmaCharm
from inputs import ALERTING
from playground.around.authority import Authority, requests_in
from relations import ENDPOINTS, auth_proxy, catalogue, certificates, ingress, trust
from workload.apply import CONTAINER

ROOT = Path(__file__).parent.parent
MODEL = testing.Model("cos", uuid="a3a2b3c4-0000-4000-8000-000000000000", type="kubernetes")
ADDRESS = "10.1.0.7"
APPLICATION = "karma-k8s"
UNIT = f"{APPLICATION}/0"
UNITS_PER_RELATION = 10


def context() -> testing.Context[KarmaCharm]:
    """Make a context of the very charm in this tree."""
    # Without charm_root: ops.testing overwrites the metadata in such a folder for as long as a hook takes.
    return testing.Context(KarmaCharm, app_name=APPLICATION)


def execs(*, accepts: bool = True) -> list[testing.Exec]:
    """Say what the container's /karma answers, and whether it accepts its configuration."""
    said = "" if accepts else 'level=error msg="Execution failed" error="a value is not allowed"'
    return [
        testing.Exec(["/karma", "--check-config"], return_code=0 if accepts else 1, stderr=said),
        testing.Exec(["/karma", "--version"], stdout="v0.133"),
    ]


def network(address: str = ADDRESS) -> testing.Network:
    """Make the unit's network; without an address, as early in a unit's life."""
    addresses = [testing.BindAddress([testing.Address(address)])] if address else []
    return testing.Network(ALERTING, bind_addresses=addresses)


def related(units: int) -> list[testing.Relation]:
    """Make `alerting` relations with this many Alertmanager units in all, ten to a relation."""
    return [
        testing.Relation(
            ALERTING,
            id=first // UNITS_PER_RELATION,
            remote_app_name=f"alertmanager{first // UNITS_PER_RELATION}",
            remote_units_data={
                number: _databag(f"alertmanager{first // UNITS_PER_RELATION}", number)
                for number in range(min(UNITS_PER_RELATION, units - first))
            },
        )
        for first in range(0, units, UNITS_PER_RELATION)
    ]


def _databag(application: str, number: int) -> dict[str, str]:
    return {
        "name": f"{application}/{number}",
        "uri": f"http://{application}-{number}.{application}-endpoints.cos.svc.cluster.local:9093",
        "cluster": f"cos_{application}",
        "proxy": "true",
        "egress-subnets": "10.152.183.20/32",
        "ingress-address": "10.152.183.20",
        "private-address": "10.152.183.20",
    }


def related_to_everything() -> list[testing.Relation]:
    """Make a relation of every endpoint, with what the other sides publish without being asked."""
    authorities = [Authority(name).certificate for name in ("one", "two")]
    sent = {
        certificates.ENDPOINT: {},
        trust.ENDPOINT: {"certificates": json.dumps(authorities), "version": "1"},
        ingress.ENDPOINT: {"ingress": json.dumps({"url": "https://apps.example.com/cos-karma-k8s"})},
        auth_proxy.ENDPOINT: {},
        catalogue.ENDPOINT: {},
    }
    others = [
        testing.Relation(endpoint, id=number, remote_app_name=f"other{number}", remote_app_data=data)
        for number, (endpoint, data) in enumerate(sent.items(), 100)
    ]
    return [*related(1), *others]


def settled(relations: Iterable[testing.Relation]) -> testing.State:
    """Have the charm start Karma on ops.testing; where it asks for a certificate, it is given one.

    Returns:
        What the charm leaves behind: its relation data and secrets, and the plan of Pebble.
    """
    unit = context()
    container = testing.Container(CONTAINER, can_connect=True, execs=execs())
    state = testing.State(leader=True, model=MODEL, containers={container}, relations=relations, networks={network()})
    state = unit.run(unit.on.pebble_ready(container), state)
    for asked in relations_in(state, certificates.ENDPOINT):
        sent = Authority().answer(*requests_in(asked.local_unit_data))
        answered = dataclasses.replace(asked, remote_app_data=sent)
        state = dataclasses.replace(state, relations={*state.relations, answered} - {asked})
        state = unit.run(unit.on.relation_changed(answered, remote_unit=0), state)
    return state


def relations_in(state: testing.State, endpoint: str) -> list[testing.Relation]:
    """List the relations of an endpoint; none of this charm's is a peer relation."""
    return cast("list[testing.Relation]", state.get_relations(endpoint))


def plan(state: testing.State) -> ops.pebble.Plan:
    """Take Pebble's plan out of a state."""
    return state.get_container(CONTAINER).plan


def answers(state: testing.State) -> dict[str, str]:
    """Say what Juju answers in a state: the hook tool's command line, as ops writes it -> one line of JSON."""
    found: dict[str, object] = {
        "config-get --format=json": state.config,
        "is-leader --format=json": state.leader,
        "opened-ports --format=json": [f"{one.port}/{one.protocol}" for one in state.opened_ports],
        f"network-get --format=json {ALERTING}": {
            "bind-addresses": [{"interface-name": "eth0", "addresses": [{"value": ADDRESS, "cidr": f"{ADDRESS}/32"}]}],
            "ingress-addresses": [ADDRESS],
            "egress-subnets": [f"{ADDRESS}/32"],
        },
    }
    for endpoint in (ALERTING, *ENDPOINTS):
        relations = relations_in(state, endpoint)
        found[f"relation-ids {endpoint} --format=json"] = [f"{endpoint}:{relation.id}" for relation in relations]
        for relation in relations:
            found.update(_answers_on(relation))
    for secret in state.secrets:
        for flags in ("", " --refresh"):
            found[f"secret-get --format=json --label {secret.label}{flags}"] = secret.tracked_content
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
