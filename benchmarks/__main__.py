"""Measure everything, and print one table: `python -m benchmarks`, with this repository, src and lib on PYTHONPATH.

The exit code is 1 if the budget of a count is missed, or if something could not be measured at all. A missed budget of
a time changes nothing in it: that may be the machine's doing.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks import measures
from benchmarks.hooks import HookError
from benchmarks.table import Row, table

MEASURES = (
    measures.no_op,
    measures.no_op_with_everything,
    measures.restarts,
    measures.scale,
    measures.imports,
)


def main() -> int:
    """Run the benchmarks."""
    rows: list[Row] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="karma-bench-") as name:
        for measure in MEASURES:
            print((measure.__doc__ or "").strip(), file=sys.stderr)
            folder = Path(name) / measure.__name__
            folder.mkdir()
            try:
                rows.extend(measure(folder))
            except HookError as error:
                failures.append(f"not measured: {error}")
    print(f"\n{os.cpu_count()} cores, Python {platform.python_version()}\n\n{table(rows)}", *failures, sep="\n")
    return int(bool(failures) or any(row.counted and not row.met for row in rows))


if __name__ == "__main__":
    sys.exit(main())
