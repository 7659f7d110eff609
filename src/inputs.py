"""READ: Juju's model as frozen data, and what is wrong with it as problems."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import ops
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer

from alertmanagers import Alertmanager
from options import SETTINGS, Options
from pem import Tls
from relations import certificates

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
    certificate_from: str = ""
    """The application that this unit's certificate comes from; empty where none is related."""
    tls: Tls | None = None
    """The certificate to serve with, once it is there."""
    why_no_tls: str = ""
    """What is wrong with what that application has sent, as the rest of a sentence."""
    unreadable: Mapping[str, str] = field(default_factory=dict[str, str])
    """Option that names a secret -> why that cannot be read, and what to do about it."""


def read(charm: ops.CharmBase, consumer: KarmaConsumer, requirer: certificates.Requirer | None) -> Inputs:
    """Read Juju's model; nothing is written."""
    found = consumer.read()
    certificate = certificates.read(charm, requirer)
    options, unreadable = _with_secrets(charm.load_config(Options), charm.app.name)
    return Inputs(
        application=charm.app.name,
        options=options,
        unreadable=unreadable,
        address=address_of(charm),
        certificate_from=certificate.provider,
        tls=certificate.tls,
        why_no_tls=certificate.problem,
        related=found.related,
        alertmanagers=tuple(
            Alertmanager(one.relation_id, one.unit, one.name, one.uri, one.cluster, one.proxy) for one in found.servers
        ),
        rejected=tuple(Rejected(one.unit, one.reason) for one in found.rejected),
        silent=found.silent,
    )


def _with_secrets(options: Options, application: str) -> tuple[Options, dict[str, str]]:
    """Put the text of each secret in the place of the secret; nothing, with the reason, where it cannot be read."""
    texts: dict[str, str | None] = {}
    unreadable: dict[str, str] = {}
    for option, setting in SETTINGS.items():
        name = option.replace("-", "_")
        if setting.key_of_secret and (secret := getattr(options, name)):
            texts[name] = None
            try:
                # A grant fires no hook, and each unit follows new revisions by itself: so every hook asks anew.
                texts[name] = secret.get_content(refresh=True)[setting.key_of_secret]
            except ops.SecretNotFoundError:
                unreadable[option] = f"there is no {secret.id}; add a secret and `juju config` its id"
            except ops.ModelError:
                unreadable[option] = f"run `juju grant-secret {secret.id} {application}`"
            except KeyError:
                unreadable[option] = f"run `juju update-secret {secret.id} {setting.key_of_secret}#file=<file>`"
    return dataclasses.replace(options, **texts), unreadable


def address_of(charm: ops.CharmBase) -> str:
    """Tell the unit's IP address; empty as long as it has none."""
    try:
        # Early in a unit's life there may be neither a binding nor an address in it.
        network = getattr(charm.model.get_binding(ALERTING), "network", None)
    except ops.ModelError:
        return ""
    return str(network.bind_address or "") if network else ""
