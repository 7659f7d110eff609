"""What the leader tells charms of the observability stack of itself: its place in Juju's model, and alert rules.

`cosl` makes these as the other charms expect them. Importing it costs a hook nearly as much as ops itself does, so a
digest of all that they are made from is written beside them, and they are made anew only when that has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ops

from relations.databag import write_made

if TYPE_CHECKING:
    from cosl import JujuTopology

SOURCES = Path(__file__).parents[1]
"""Where the rules and dashboards are that come with the charm."""
PLACEHOLDER = "%%juju_topology%%"
"""What stands in a rule in the place of the labels that select this application."""


def metadata(charm: ops.CharmBase) -> dict[str, str]:
    """Name the application's place in Juju's model, by the keys of `scrape_metadata`; `unit` is the one that writes.

    A leader that takes over writes nothing new, so that key is the first unit's.
    """
    return {
        "model": charm.model.name,
        "model_uuid": charm.model.uuid,
        "application": charm.app.name,
        "unit": f"{charm.app.name}/0",
        "charm_name": charm.meta.name,
    }


def sources(directory: str, suffix: str) -> dict[str, str]:
    """Read the files of a directory of the charm: the stem of each file's name, and its text."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted((SOURCES / directory).glob(f"*{suffix}"))}


def publish(
    charm: ops.CharmBase,
    endpoint: str,
    made_from: Mapping[str, Any],
    make: Callable[[JujuTopology], Mapping[str, str]],
) -> None:
    """Let the leader write what is made with `cosl`, to all relations of an endpoint.

    Args:
        charm: whose endpoint it is.
        endpoint: its name.
        made_from: all that it depends on, except for Juju's model; it can be written as JSON.
        make: makes the entries of the application databag.
    """
    place = metadata(charm)

    def made() -> Mapping[str, str]:
        from cosl import JujuTopology  # noqa: PLC0415 -- hooks with nothing to write do not pay for it

        return make(JujuTopology.from_dict(place))

    write_made(charm, endpoint, [made_from, place], made)


def rules(files: Mapping[str, str], language: Literal["promql", "logql"], topology: JujuTopology) -> str:
    """Make alert rules that look at this application alone, and whose alerts say where it is.

    Args:
        files: texts in the form of Prometheus' and Loki's files of rules, with the placeholder in each selector.
        language: what their expressions are written in.
        topology: where the application is.

    Returns:
        The rules as JSON.
    """
    import yaml  # noqa: PLC0415 -- as above
    from cosl.rules import Rules  # noqa: PLC0415

    found = Rules(language, topology)
    for text in files.values():
        # cosl itself puts the labels in with a program of its own, which the charm does without.
        parsed = yaml.safe_load(text.replace(PLACEHOLDER, topology.alert_expression_str))
        found.add(parsed, group_name_prefix=topology.identifier)
    return json.dumps(found.as_dict())
