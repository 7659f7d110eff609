"""Imports in `src/` run one way, and the pure modules know nothing of Juju."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.unit import ROOT

ORDER = (
    {"charm"},
    {"actions"},
    {"workload"},
    {"decision", "publication"},
    {"inputs"},
    {"relations"},
    {"karma"},
    {"settings"},
    {"problems", "pem"},
)
"""Each may import what is of its own name, and what stands below; for types too."""
PURE = {"decision", "karma", "settings", "problems", "pem"}
JUJU = {"ops", "charms", "charmlibs", "cosl"}
MAY = {("settings/alertmanagers.py", "charms")}
"""The library's rule of URLs is pure, and it is to be the same for all Alertmanagers."""
RANKS = {name: rank for rank, names in enumerate(ORDER) for name in names}
MODULES = sorted((ROOT / "src").rglob("*.py"))


def imported(module: Path) -> Iterator[tuple[str, int]]:
    """List the top-level names that a module imports anywhere in it, each with the line."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: write relative imports out, so that they can be seen"
            yield (node.module or "").partition(".")[0], node.lineno


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_module_imports_only_from_below(module: Path):
    here = module.relative_to(ROOT / "src").parts[0].removesuffix(".py")
    assert here in RANKS, f"{here} has no place in ORDER"
    wrong = [
        f"line {line}: {here} may not import {name}"
        for name, line in imported(module)
        if (name != here and RANKS.get(name, len(ORDER)) <= RANKS[here])
        or (here in PURE and name in JUJU and (str(module.relative_to(ROOT / "src")), name) not in MAY)
    ]
    assert not wrong, "\n".join(wrong)
