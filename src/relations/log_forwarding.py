"""`loki_push_api` v1: where Pebble sends Karma's log, and the alert rules on it.

Provider, unit: `endpoint`, JSON with `url`. Requirer, application (leader), JSON: `metadata`, `alert_rules`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import ops

from problems import Problem, Severity
from relations import cos
from relations.databag import active, led, url_in

ENDPOINT = "logging"


@dataclass(frozen=True)
class Forwarding:
    """Where Karma's log goes."""

    urls: tuple[str, ...] = ()
    """At which Lokis take lines, each once and in a stable order."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """What every line is labelled with: this unit's place in Juju's model."""
    problems: tuple[Problem, ...] = ()
    """The units whose URL cannot be used."""


def read(charm: ops.CharmBase) -> Forwarding:
    """Read where the log is to go. A unit that has said nothing yet is waited for without a word."""
    relations = active(charm, ENDPOINT)
    if not relations:
        return Forwarding()
    urls: set[str] = set()
    bad: list[str] = []
    for relation in relations:
        for unit in sorted(relation.units, key=lambda one: one.name):
            url, why = url_in(_published(relation, unit))
            if why:
                bad.append(f"{unit.name} (its URL {why})")
            elif url:
                urls.add(url)
    place = cos.metadata(charm)
    labels = {
        "product": "Juju",
        "charm": place["charm_name"],
        **{f"juju_{key}": place[key] for key in ("model", "model_uuid", "application")},
        "juju_unit": charm.unit.name,
    }
    problems = (Problem(Severity.ACTIVE, f"{ENDPOINT}: left out: {', '.join(bad)}"),) if bad else ()
    return Forwarding(tuple(sorted(urls)), labels, problems)


def _published(relation: ops.Relation, unit: ops.Unit) -> str:
    try:
        return relation.data[unit].get("endpoint", "")
    except ops.RelationNotFoundError:  # Juju may list a relation that it no longer knows
        return ""


def publish(charm: ops.CharmBase) -> None:
    """Keep the alert rules on Karma's log up to date at the other side."""
    if not led(charm, ENDPOINT):
        return
    files = cos.sources("loki_alert_rules", ".rules")
    cos.publish(
        charm,
        ENDPOINT,
        files,
        lambda topology: {
            "metadata": json.dumps(cos.metadata(charm)),
            "alert_rules": cos.rules(files, "logql", topology),
        },
    )
