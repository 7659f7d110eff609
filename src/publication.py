"""PUBLISH: what related applications are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import ops
from opentelemetry import trace

from karma import urls
from karma.config import PORT
from relations import (
    auth_proxy,
    catalogue,
    certificates,
    grafana_dashboard,
    ingress,
    log_forwarding,
    metrics_endpoint,
    service_mesh,
    tracing,
    trust,
)

if TYPE_CHECKING:
    from inputs import Inputs
    from problems import Problem

logger = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")


@tracer.start_as_current_span("publish")
def publish(
    charm: ops.CharmBase,
    inputs: Inputs,
    serving: urls.Serving | None,
    source: certificates.Source,
    *,
    is_known: bool,
) -> tuple[Problem, ...]:
    """Tell all related applications what they need to know.

    Args:
        charm: that tells.
        inputs: what Juju's model says.
        serving: how the Karma that runs is reached; None where none does.
        source: where the certificate comes from.
        is_known: whether that is known; if not, what was said before stays.

    Returns:
        What stands in the way.
    """
    _tell(certificates.publish, charm, source)
    _tell(trust.publish, charm)
    reached = serving or planned(inputs)
    is_known = is_known and (serving is not None or not inputs.unknown & {"tls", "ingress_url"})
    _tell(ingress.publish, charm, inputs.address, reached.scheme, is_known)
    _tell(metrics_endpoint.publish, charm, inputs.address, reached, is_known)
    _tell(grafana_dashboard.publish, charm)
    _tell(log_forwarding.publish, charm)
    problems = _tell(service_mesh.publish, charm, reached, is_known) or ()
    problems += _tell(service_mesh.join, charm) or ()
    if serving:
        _tell(catalogue.publish, charm, urls.dashboard(inputs.ingress_url, inputs.address, serving))
    # What is not known is not taken back.
    if "trusted" not in inputs.unknown:
        problems += _tell(tracing.publish, charm, inputs.trusted) or ()
    if "ingress_url" not in inputs.unknown:
        problems += _tell(auth_proxy.publish, charm, inputs.ingress_url) or ()
    return problems


def open_port(charm: ops.CharmBase) -> None:
    """Have Juju send to the unit what comes to the application's address."""
    _tell(charm.unit.set_ports, PORT)


def show_version(charm: ops.CharmBase, version: str) -> None:
    """Have `juju status` show Karma's version; empty if it is not to be set anew."""
    if version:
        _tell(charm.unit.set_workload_version, version)


def _tell(tell: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T | None:
    """Write for one endpoint; what Juju does not take costs that endpoint alone, until the next hook."""
    try:
        return tell(*arguments, **named)
    except ops.ModelError as error:
        logger.warning("%s.%s: %s", tell.__module__, tell.__name__, error)
        return None


def planned(inputs: Inputs) -> urls.Serving:
    """Tell how a Karma that does not run yet will be reached: never by plain HTTP where a certificate is on its way."""
    return urls.Serving("https" if inputs.certificate_from else "http", urls.prefix(inputs.ingress_url))
