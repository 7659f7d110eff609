"""Measure everything, and print one table: `python -m benchmarks`, with this repository, src and lib on PYTHONPATH.

The exit code is 1 if the budget of a count is missed, or if something could not be measured at all. A missed budget of
a time changes nothing in it: that may be the machine's doing.

With `--unit karma-k8s/0` one thing is measured instead, on a real Juju: see README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import measures
from benchmarks.hooks import HookError
from benchmarks.table import Row, table

MEASURES = (
    measures.no_op,
    measures.no_op_with_everything,
    measures.restarts,
    measures.scale,
    measures.texts,
    measures.imports,
)


def main() -> int:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--unit", help="measure this unit of the charm on a real Juju")
    parser.add_argument(
        "--empty", default="empty/0", help="with --unit: a unit of the empty charm, %(default)s if left out"
    )
    parser.add_argument("--model", help="with --unit: the model of both, the current one if left out")
    given = parser.parse_args()
    rows: list[Row] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="karma-bench-") as name:
        for measure in MEASURES if not given.unit else ():
            print((measure.__doc__ or "").strip(), file=sys.stderr)
            folder = Path(name) / measure.__name__
            folder.mkdir()
            failures += _collect(rows, measure(folder))
    if given.unit:
        from benchmarks import real_unit  # noqa: PLC0415 -- jubilant is for a real Juju alone

        failures += _collect(rows, real_unit.no_op(given.unit, given.empty, given.model))
    print(f"\n{os.cpu_count()} cores, Python {platform.python_version()}\n\n{table(rows)}", *failures, sep="\n")
    return int(bool(failures) or any(row.counted and not row.met for row in rows))


def _collect(rows: list[Row], measured: Iterator[Row]) -> list[str]:
    try:
        rows.extend(measured)
    except HookError as error:
        return [f"not measured: {error}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
