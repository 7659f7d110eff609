"""READ: Juju's model as frozen data, and what is wrong with it as problems."""

from __future__ import annotations

from dataclasses import dataclass

import ops
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer

from alertmanagers import Alertmanager
from options import Options

ALERTING = "alerting"


@dataclass(frozen=True)
class Rejected:
    """A related unit whose data cannot be used, and why."""

    unit: str
    reason: str


@dataclass(frozen=True)
class Inputs:
    """All that a decision depends on."""

    application: str
    """The name under which this charm is deployed."""
    options: Options
    address: str
    """The unit's IP address; empty as long as it has none."""
    related: bool
    """Whether there is an active `alerting` relation."""
    alertmanagers: tuple[Alertmanager, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    silent: tuple[str, ...] = ()
    """Related units and applications that have published nothing yet."""


def read(charm: ops.CharmBase, consumer: KarmaConsumer) -> Inputs:
    """Read Juju's model; nothing is written."""
    found = consumer.read()
    return Inputs(
        application=charm.app.name,
        options=charm.load_config(Options),
        address=_address(charm.model),
        related=found.related,
        alertmanagers=tuple(
            Alertmanager(one.relation_id, one.unit, one.name, one.uri, one.cluster, one.proxy) for one in found.servers
        ),
        rejected=tuple(Rejected(one.unit, one.reason) for one in found.rejected),
        silent=found.silent,
    )


def _address(model: ops.Model) -> str:
    try:
        # Early in a unit's life there may be neither a binding nor an address in it.
        network = getattr(model.get_binding(ALERTING), "network", None)
    except ops.ModelError:
        return ""
    return str(network.bind_address or "") if network else ""
