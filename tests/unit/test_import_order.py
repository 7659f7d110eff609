"""Imports in `src/` and in `playground/` run one way, and the pure modules know nothing of Juju."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.unit import ROOT

SRC = (
    {"charm"},
    {"actions"},
    {"workload"},
    {"decision", "publication"},
    {"missing"},
    {"inputs"},
    {"relations"},
    {"karma"},
    {"settings"},
    {"problems", "pem", "goal_state"},
)
PLAYGROUND = ({"__main__"}, {"commands"}, {"session"}, {"demo"}, {"juju"}, {"around"}, {"machine"})
ORDERS = {"src": SRC, "playground": PLAYGROUND}
"""Folder -> its order: each may import what is of its own name, and what stands below; for types too."""
PURE = {"decision", "missing", "karma", "settings", "problems", "pem"}
JUJU = {"ops", "charms", "charmlibs", "cosl", "canonical_service_mesh", "lightkube"}
MAY = {("settings/alertmanagers.py", "charms")}
"""The library's rule of URLs is pure, and it is to be the same for all Alertmanagers."""
MODULES = [
    pytest.param(folder, module, id=str(module.relative_to(ROOT)))
    for folder in ORDERS
    for module in sorted((ROOT / folder).rglob("*.py"))
    if module != ROOT / folder / "__init__.py"
]


def imported(module: Path, package: str) -> Iterator[tuple[str, int]]:
    """List what a module imports of a package anywhere in it, by the names directly below, each with the line."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: write relative imports out, so that they can be seen"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (
            (name.removeprefix(package).partition(".")[0], node.lineno) for name in names if name.startswith(package)
        )


@pytest.mark.parametrize(("folder", "module"), MODULES)
def test_a_module_imports_only_from_below(folder: str, module: Path):
    ranks = {name: rank for rank, names in enumerate(ORDERS[folder]) for name in names}
    path = module.relative_to(ROOT / folder)
    here = path.parts[0].removesuffix(".py")
    assert here in ranks, f"{here} has no place in the order of {folder}"
    wrong = [
        f"line {line}: {here} may not import {name}"
        for name, line in imported(module, "" if folder == "src" else f"{folder}.")
        if (name != here and ranks.get(name, len(ranks)) <= ranks[here])
        or (here in PURE and name in JUJU and (str(path), name) not in MAY)
    ]
    assert not wrong, "\n".join(wrong)
