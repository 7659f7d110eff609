"""`tracing` v2: where the traces of the charm's hooks go.

Requirer, application (leader), JSON: `receivers`, the names of the protocols that it speaks. Provider, application,
JSON: `receivers`, a list of mappings with `protocol`, which holds its `name`, and `url`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import ops
from charms.karma_k8s.v0.karma_dashboard import why_unusable

from problems import Problem, Severity
from relations.databag import active, led, remote_application, write

ENDPOINT = "tracing"

_OTLP = "otlp_http"


def record() -> None:
    """Have ops record what this hook does, though it was kept from importing what that takes; before ops is run."""
    sys.modules.pop("ops_tracing", None)
    import ops_tracing  # noqa: PLC0415 -- units without the relation do not pay for it

    ops.tracing = ops_tracing


def publish(charm: ops.CharmBase, trusted: Iterable[str]) -> tuple[Problem, ...]:
    """Say how traces are sent, and have them sent where the other side takes them.

    Args:
        charm: whose endpoint it is.
        trusted: certificates of authorities in PEM, one of which has signed that of a receiver over https; where there
            are none, the system's authorities count.

    Returns:
        What stands in the way.
    """
    for relation in led(charm, ENDPOINT):
        write(relation.data[charm.app], {"receivers": json.dumps([_OTLP])})
    relations = active(charm, ENDPOINT)
    url, why = _receiver(remote_application(relations[0]).get("receivers")) if relations else ("", "")
    if ops.tracing:
        ca = "\n".join(trusted) or None
        ops.tracing.set_destination(f"{url.rstrip('/')}/v1/traces" if url else None, ca)
    return (Problem(Severity.ACTIVE, f"{ENDPOINT}: what {relations[0].app.name} has sent {why}"),) if why else ()


def _receiver(published: str | None) -> tuple[str, str]:
    """Take the URL out of what was published; or say what is wrong with that, as the rest of a sentence."""
    if not published:
        return "", ""
    try:
        receivers: Any = json.loads(published)
        urls = [one["url"] for one in receivers if one["protocol"]["name"] == _OTLP]
    except (ValueError, RecursionError, LookupError, TypeError):
        return "", "cannot be read"
    if not urls:
        return "", f"has no {_OTLP}"
    if not isinstance(urls[0], str):
        return "", "cannot be read"
    why = why_unusable(urls[0])
    return ("", f"is a URL that {why}") if why else (urls[0], "")
