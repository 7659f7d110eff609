"""What Juju's commands print: the part of `juju status` that tells of the unit, tables, and YAML."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from ops import testing

from playground.juju.unit import Unit
from playground.machine.go_tools import ROOT

OTHER_SIDE = {
    "alerting": "karma-dashboard",
    "receive-ca-cert": "send-ca-cert",
    "require-cmr-mesh": "provide-cmr-mesh",
    "provide-cmr-mesh": "require-cmr-mesh",
}
"""How the charms that people integrate call their endpoint, where that differs from ours."""

_COLOURS = {"active": "32", "blocked": "31", "waiting": "33", "error": "31", "maintenance": "33"}


def table(unit: Unit, *, colour: bool = False) -> str:
    """Draw the unit's row, and a row for each integration."""
    status = unit.status
    ports = ", ".join(sorted(f"{port.port}/{port.protocol.upper()}" for port in unit.state.opened_ports)) or "-"
    version = unit.state.workload_version or "-"
    rows = [("Unit", "Version", "Workload", "Ports", "Message")]
    rows.append((f"{unit.name}*", version, status.name, ports, status.message))
    lines = align(rows)
    if colour and "NO_COLOR" not in os.environ:
        lines[1] = lines[1].replace(status.name, f"\033[{_COLOURS[status.name]}m{status.name}\033[0m", 1)
    related = [("Integration provider", "Requirer", "Interface")]
    in_order = sorted(unit.state.relations, key=lambda relation: relation.id)
    related += [integration(unit, relation) for relation in in_order]
    if len(related) > 1:
        lines += ["", *align(related)]
    return "\n".join(lines)


def integration(unit: Unit, relation: testing.RelationBase) -> tuple[str, str, str]:
    """Name provider, requirer and interface of a relation, whichever side the unit is on."""
    endpoint = relation.endpoint
    ours = f"{unit.name.partition('/')[0]}:{endpoint}"
    other = f"{getattr(relation, 'remote_app_name', '')}:{OTHER_SIDE.get(endpoint, endpoint)}"
    role, declared = declaration(endpoint)
    provider, requirer = (other, ours) if role == "requires" else (ours, other)
    return provider, requirer, declared["interface"]


def declaration(endpoint: str) -> tuple[str, Mapping[str, Any]]:
    """What metadata.yaml says of an endpoint: `requires` or `provides`, and interface, limit and the like."""
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))
    role = next(role for role in ("requires", "provides") if endpoint in metadata.get(role, {}))
    return role, metadata[role][endpoint]


def align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Draw rows of cells as lines with columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as it is."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)  # pyright: ignore[reportUnknownMemberType] -- of PyYAML's types


_Dumper.add_representer(str, _text)


def as_yaml(values: Mapping[str, Any]) -> str:
    """Draw what `juju config` or `juju run` answers."""
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**20).rstrip("\n")
