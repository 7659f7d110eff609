"""The part of `juju status` that tells of the unit, as a table."""

from __future__ import annotations

import os

from playground.unit import Unit

_COLOURS = {"active": "32", "blocked": "31", "waiting": "33", "error": "31", "maintenance": "33"}


def table(unit: Unit, *, colour: bool = False) -> str:
    """Draw the unit's row, and a row for each integration."""
    status = unit.status
    ports = ", ".join(sorted(f"{port.port}/{port.protocol.upper()}" for port in unit.state.opened_ports)) or "-"
    version = unit.state.workload_version or "-"
    rows = [("Unit", "Version", "Workload", "Ports", "Message")]
    rows.append((f"{unit.name}*", version, status.name, ports, status.message))
    lines = _align(rows)
    if colour and "NO_COLOR" not in os.environ:
        lines[1] = lines[1].replace(status.name, f"\033[{_COLOURS[status.name]}m{status.name}\033[0m", 1)
    related = [("Integration provider", "Requirer", "Interface")]
    for relation in sorted(unit.state.relations, key=lambda relation: relation.id):
        provider = getattr(relation, "remote_app_name", "")
        related.append(
            (f"{provider}:karma-dashboard", f"{unit.name.partition('/')[0]}:{relation.endpoint}", "karma_dashboard")
        )
    if len(related) > 1:
        lines += ["", *_align(related)]
    return "\n".join(lines)


def _align(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
