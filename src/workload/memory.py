"""APPLY: what lies beside the files of a configuration for the next decisions, and Karma does not read."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import ops
from ops import pebble

from decision import LastGood, Refusal
from karma.servers import Alertmanager
from pem import Tls
from workload.files import read
from workload.service import HOME, SERVICE, started

MEMORY = "memory.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Memory:
    """What the configuration that runs was made of, and what Karma has refused since."""

    good: LastGood | None = None
    """None where nothing runs."""
    refused: Mapping[str, Refusal] = field(default_factory=dict[str, Refusal])
    """Digest of a configuration -> what Karma said of it."""


def load(container: ops.Container, plan: pebble.Plan) -> Memory:
    """Read it from the container; an empty one if there is none."""
    # A hook that was cut short may have removed what was started before, and not yet noted what is now.
    for service in (started(plan), plan.services.get(SERVICE)):
        if service and service.working_dir and (text := read(container, f"{service.working_dir}/{MEMORY}")):
            return _parsed(text)
    text = "" if started(plan) else read(container, f"{HOME}/{MEMORY}")
    return _parsed(text) if text else Memory()


def save(container: ops.Container, memory: Memory, directory: str) -> None:
    """Write it into a directory; it holds what secrets held, as the configuration beside it does."""
    text = json.dumps(dataclasses.asdict(memory), sort_keys=True)
    container.make_dir(directory, make_parents=True, permissions=0o700)
    container.push(f"{directory}/{MEMORY}", text, permissions=0o600)


def _parsed(text: str) -> Memory:
    """Read what `save` has written; whoever has meddled with it gets what a new pod gets."""
    try:
        return _made_of(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("what was remembered of the last good configuration cannot be read: %s", error)
        return Memory()


def _made_of(found: dict[str, Any]) -> Memory:
    refusals: dict[str, dict[str, Any]] = found["refused"]
    refused = {
        digest: Refusal(one["message"], tuple(one["options"]), one["at_start"]) for digest, one in refusals.items()
    }
    good: dict[str, Any] | None = found["good"]
    if not good:
        return Memory(None, refused)
    options: dict[str, Any] = good["options"]
    last = LastGood(
        {
            name: tuple(cast("list[str]", value)) if isinstance(value, list) else value
            for name, value in options.items()
        },
        tuple(Alertmanager(*one) for one in good["alertmanagers"]),
        Tls(**good["tls"]) if good["tls"] else None,
        tuple(good["trusted"]),
        good["ingress_url"],
        good["auth_proxy"],
        good["address"],
    )
    return Memory(last, refused)
