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
    services = (started(plan), plan.services.get(SERVICE))
    for directory in [one.working_dir for one in services if one and one.working_dir] or [HOME]:
        if text := read(container, f"{directory}/{MEMORY}"):
            return _parsed(text)
    return Memory()


def save(container: ops.Container, memory: Memory, directory: str) -> None:
    """Write it into a directory; it holds what secrets held, as the configuration beside it does."""
    text = json.dumps(dataclasses.asdict(memory), sort_keys=True)
    container.make_dir(directory, make_parents=True, permissions=0o700)
    container.push(f"{directory}/{MEMORY}", text, permissions=0o600)


def _parsed(text: str) -> Memory:
    """Read what `save` has written; whoever has meddled with it gets what a new pod gets."""
    try:
        found = _frozen(json.loads(text))
        good, refused = found["good"], {digest: Refusal(**one) for digest, one in found["refused"].items()}
        if good:
            good["alertmanagers"] = tuple(Alertmanager(*one) for one in good["alertmanagers"])
            good["tls"] = Tls(**good["tls"]) if good["tls"] else None
            good["options"] = dict(good["options"])
        return Memory(LastGood(**good) if good else None, refused)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("what was remembered of the last good configuration cannot be read: %s", error)
        return Memory()


def _frozen(value: Any) -> Any:
    """Make tuples of what JSON knows as lists only."""
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in cast("dict[str, Any]", value).items()}
    return tuple(map(_frozen, cast("list[Any]", value))) if isinstance(value, list) else value
