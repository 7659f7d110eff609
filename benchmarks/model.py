"""A model in which Karma runs: as ops.testing's State, as the answers of hook tools, and as Pebble's plan."""

from __future__ import annotations

import json
from pathlib import Path

import ops
from ops import testing

from charm import KarmaCharm
from inputs import ALERTING
from karma_config import PORT
from relations import ENDPOINTS
from workload import CONTAINER

ROOT = Path(__file__).parent.parent
ADDRESS = "10.1.0.7"
UNITS_PER_RELATION = 10


def context() -> testing.Context[KarmaCharm]:
    """Make a context of the very charm in this tree."""
    # Without charm_root: ops.testing overwrites the metadata in such a folder for as long as a hook takes.
    return testing.Context(KarmaCharm, app_name="karma-k8s")


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


def plan(relations: list[testing.Relation]) -> ops.pebble.Plan:
    """Have the charm start Karma on ops.testing's Pebble, and return the plan that it leaves there."""
    unit = context()
    container = testing.Container(CONTAINER, can_connect=True, execs=execs())
    state = testing.State(containers={container}, relations=relations, networks={network()})
    return unit.run(unit.on.pebble_ready(container), state).get_container(CONTAINER).plan


def answers(relations: list[testing.Relation]) -> dict[str, str]:
    """Say what Juju answers: the hook tool's command line, as ops writes it -> one line of JSON."""
    found: dict[str, object] = {
        "config-get --format=json": {},
        "is-leader --format=json": True,
        "opened-ports --format=json": [f"{PORT}/tcp"],
        f"network-get --format=json {ALERTING}": {
            "bind-addresses": [{"interface-name": "eth0", "addresses": [{"value": ADDRESS, "cidr": f"{ADDRESS}/32"}]}],
            "ingress-addresses": [ADDRESS],
            "egress-subnets": [f"{ADDRESS}/32"],
        },
        **{f"relation-ids {endpoint} --format=json": [] for endpoint in ENDPOINTS},
        f"relation-ids {ALERTING} --format=json": [f"{ALERTING}:{relation.id}" for relation in relations],
    }
    for relation in relations:
        endpoint = f"--format=json -r {ALERTING}:{relation.id}"
        databags = {f"{relation.remote_app_name}/{unit}": data for unit, data in relation.remote_units_data.items()}
        found[f"relation-list {endpoint}"] = list(databags)
        found.update({f"relation-get {endpoint} - {unit}": data for unit, data in databags.items()})
    return {call: json.dumps(answer) for call, answer in found.items()}
