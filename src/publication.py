"""PUBLISH: what related applications are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karma import urls
from relations import auth_proxy, catalogue, certificates, ingress, trust

if TYPE_CHECKING:
    import ops
    from charmlibs.interfaces.tls_certificates import TLSCertificatesRequiresV4

    from inputs import Inputs
    from problems import Problem


def publish(
    charm: ops.CharmBase,
    inputs: Inputs,
    serving: urls.Serving | None,
    library: TLSCertificatesRequiresV4 | None,
    *,
    is_known: bool,
) -> tuple[Problem, ...]:
    """Tell all related applications what they need to know.

    Args:
        charm: that tells.
        inputs: what Juju's model says.
        serving: how the Karma that runs is reached; None where none does.
        library: what asks for the certificate.
        is_known: whether that is known; if not, what was said before stays.

    Returns:
        What stands in the way.
    """
    certificates.publish(charm, library)
    trust.publish(charm)
    ingress.publish(charm, inputs.address, (serving or planned(inputs)).scheme, is_known=is_known)
    if serving:
        catalogue.publish(charm, urls.dashboard(inputs.ingress_url, inputs.address, serving))
    return auth_proxy.publish(charm, inputs.ingress_url)


def planned(inputs: Inputs) -> urls.Serving:
    """Tell how a Karma that does not run yet will be reached: never by plain HTTP where a certificate is on its way."""
    return urls.Serving("https" if inputs.certificate_from else "http", urls.prefix(inputs.ingress_url))
