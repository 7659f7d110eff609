"""The figures that the project claims, measured on this machine: `python -m benchmarks` (see README.md beside)."""

import playground  # noqa: F401 # pyright: ignore[reportUnusedImport] -- before ops: see there
