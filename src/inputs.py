"""READ: Juju's model as frozen data, and what is wrong with it as problems."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import ops
from charms.karma_k8s.v0.karma_dashboard import Alertmanagers, KarmaConsumer
from opentelemetry import trace

from karma import http_proxy
from karma.servers import Alertmanager
from pem import Tls
from problems import Problem, blocked
from relations import auth_proxy, certificates, dns, ingress, log_forwarding, trust
from settings.options import SETTINGS, Options, field_of

logger = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

ALERTING = "alerting"


class Rejected(NamedTuple):
    """A related unit whose data cannot be used, and why."""

    unit: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)  # so many fields, and so much time to make their methods
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
    unseen: tuple[str, ...] = ()
    """Related units whose data could not be looked up in this hook."""
    certificate_from: str = ""
    """The application that this unit's certificate comes from; empty where none is related."""
    tls: Tls | None = None
    """The certificate to serve with, once it is there."""
    certificate_awaited: bool = False
    """Whether another one is asked for, though `tls` is there."""
    certificate_fault: str = ""
    """What is wrong with what that application has sent, as the rest of a sentence; `tls` may be there all the same."""
    certificate_refused: str = ""
    """Why that application will not send one, in its words."""
    trusted: tuple[str, ...] = ()
    """Certificates of authorities in PEM, each once and in a stable order."""
    ingress_from: str = ""
    """The application that is to serve the dashboard to the outside; empty where none is related."""
    ingress_url: str = ""
    """The URL at which an ingress serves the dashboard; empty where none does."""
    ingress_fault: str = ""
    """What is wrong with the URL that it has sent, as the rest of a sentence."""
    auth_proxy: bool = False
    """Whether a proxy is related that has people log in."""
    unit: str = ""
    """Juju's name of the unit, e.g. `karma-k8s/0`."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with what has been read, and was left out."""
    unknown: frozenset[str] = frozenset()
    """The names of those fields above that could not be looked up in this hook."""
    unreadable: Mapping[str, str] = field(default_factory=dict[str, str])
    """Option that names a secret -> why that cannot be read, and what to do about it."""
    model: str = ""
    """The name of the model."""
    proxies: Mapping[str, str] = field(default_factory=dict[str, str])
    """The variables in which Juju tells of the model's HTTP proxy."""
    log: log_forwarding.Forwarding | None = None
    """Where Karma's log goes; None if that could not be looked up in this hook, which concerns nothing else."""


_T = TypeVar("_T")


class _Looks:
    """Asks Juju, and keeps apart what it does not answer from what is not there."""

    def __init__(self):
        self.failed: set[str] = set()

    def at(self, field_name: str, look: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return look()
        except ops.ModelError as error:
            logger.warning("Juju does not tell %s: %s", field_name, error)
            self.failed.add(field_name)
            return otherwise


@tracer.start_as_current_span("read")
def read(charm: ops.CharmBase, consumer: KarmaConsumer, source: certificates.Source) -> Inputs:
    """Read Juju's model; nothing is written."""
    looks = _Looks()
    found = looks.at("alertmanagers", consumer.read, Alertmanagers(related=True))
    certificate = looks.at("tls", lambda: certificates.read(charm, source), certificates.Certificates())
    trusted, not_trusted = looks.at("trusted", lambda: trust.read(charm), ((), ()))
    outside = looks.at("ingress_url", lambda: ingress.read(charm), ingress.Ingress())
    log = _Looks().at(log_forwarding.ENDPOINT, lambda: log_forwarding.read(charm), None)
    options, unreadable = _with_secrets(
        looks.at("options", lambda: charm.load_config(Options), Options()), charm.app.name
    )
    _, bad_names = looks.at("tls", lambda: dns.extra_sans(charm), ((), ""))
    if bad_names:
        not_trusted += (blocked(f"{dns.EXTRA_SANS}: {bad_names}"),)
    return Inputs(
        application=charm.app.name,
        unit=charm.unit.name,
        model=charm.model.name,
        options=options,
        unreadable=unreadable,
        address=looks.at("address", lambda: address_of(charm), ""),
        certificate_from=certificate.provider,
        tls=certificate.tls,
        certificate_awaited=certificate.awaited,
        certificate_fault=certificate.problem,
        certificate_refused=certificate.refused,
        trusted=trusted,
        ingress_from=outside.provider,
        ingress_url=outside.url,
        ingress_fault=outside.fault,
        auth_proxy=looks.at("auth_proxy", lambda: auth_proxy.read(charm), False),
        problems=(*not_trusted, *(log.problems if log else ())),
        related=found.related,
        alertmanagers=tuple(Alertmanager(one.relation_id, one.unit, one.uri, one.proxy) for one in found.servers),
        rejected=tuple(Rejected(one.unit, one.reason) for one in found.rejected),
        silent=found.silent,
        unseen=found.unknown,
        unknown=frozenset(looks.failed),
        proxies={name: os.environ[name] for name in http_proxy.VARIABLES if name in os.environ},
        log=log,
    )


def _with_secrets(options: Options, application: str) -> tuple[Options, dict[str, str]]:
    """Put the texts of each secret in the place of the secret; nothing, with the reason, where it cannot be read."""
    texts: dict[str, tuple[str, ...] | None] = {}
    unreadable: dict[str, str] = {}
    for option, setting in SETTINGS.items():
        name = field_of(option)
        if not setting.keys_of_secret:
            continue
        texts[name] = None
        if secret := getattr(options, name):
            try:
                # A grant fires no hook, and each unit follows new revisions by itself: so every hook asks anew.
                content = secret.get_content(refresh=True)
            except ops.SecretNotFoundError:
                unreadable[option] = f"there is no {secret.id}; add a secret and `juju config` its id"
            except ops.ModelError as error:
                if not re.search("permission denied|not allowed", str(error)):
                    unreadable[option] = f"Juju does not tell the secret: {error}"
                    continue
                unreadable[option] = f"run `juju grant-secret {secret.id} {application}`"
            else:
                found = tuple(content.get(key, "") for key in setting.keys_of_secret)
                if all(text.strip() for text in found):
                    texts[name] = found
                else:
                    # An update replaces the whole secret, so it takes all keys; with the bare id they fit a status.
                    keys = " ".join(f"{key}#file=…" for key in setting.keys_of_secret)
                    unreadable[option] = f"run `juju update-secret {secret.unique_identifier} {keys}`"
    return dataclasses.replace(options, **texts), unreadable


def address_of(charm: ops.CharmBase) -> str:
    """Tell the unit's IP address; empty as long as it has none.

    Raises:
        ops.ModelError: if Juju does not tell.
    """
    # Early in a unit's life there may be neither a binding nor an address in it.
    network = getattr(charm.model.get_binding(ALERTING), "network", None)
    return str(network.bind_address or "") if network else ""
