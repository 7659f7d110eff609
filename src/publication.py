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


def publish(charm: ops.CharmBase, inputs: Inputs, library: TLSCertificatesRequiresV4 | None) -> tuple[Problem, ...]:
    """Tell all related applications what they need to know, and say what stands in the way."""
    certificates.publish(charm, library)
    trust.publish(charm)
    # While a certificate is on its way, what was said before is still true.
    settled = not inputs.certificate_from or inputs.tls is not None
    scheme = "https" if inputs.tls else "http"
    ingress.publish(charm, inputs.address, scheme if settled else "")
    if inputs.ingress_url or (inputs.address and settled):
        is_tls = inputs.tls is not None
        catalogue.publish(charm, urls.dashboard(inputs.ingress_url, inputs.address, is_tls=is_tls))
    return auth_proxy.publish(charm, inputs.ingress_url)
