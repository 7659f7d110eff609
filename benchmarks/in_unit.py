"""Runs hooks that change nothing in a real unit and prints what they took, as JSON: `juju exec` is given this as text.

It is started in the charm's folder, in a hook context of Juju's, and needs nothing but Python.

Arguments: how many hooks to time; `trace` to run one more in which each hook tool is timed.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_TIMED = """#!/bin/bash
before=$EPOCHREALTIME
{tool} "$@"
code=$?
echo "$before $EPOCHREALTIME ${{0##*/}} $*" >>{calls}
exit $code
"""


def _run(path: str) -> float:
    # As Juju sets it; the rest of the environment is that of the `juju exec`.
    hook = {"JUJU_DISPATCH_PATH": "hooks/update-status", "JUJU_HOOK_NAME": "update-status", "PATH": path}
    begin = time.perf_counter()
    subprocess.run(["./dispatch"], env={**os.environ, **hook}, check=True, stdout=sys.stderr)
    return time.perf_counter() - begin


def _traced(path: str) -> list[tuple[str, float]]:
    # Juju's folder of tools is the first on the PATH; it holds links to the agent under the tools' names.
    tools = Path(path.split(os.pathsep, maxsplit=1)[0])
    with tempfile.TemporaryDirectory() as name:
        folder, calls = Path(name), Path(name) / "calls.txt"
        for tool in tools.iterdir():
            timed = folder / tool.name
            timed.write_text(_TIMED.format(tool=tool, calls=calls))
            timed.chmod(timed.stat().st_mode | stat.S_IXUSR)
        _run(os.pathsep.join([name, path]))
        lines = [line.split(" ", 2) for line in calls.read_text().splitlines()]
    return [(call, float(after) - float(before)) for before, after, call in lines]


if __name__ == "__main__":
    hooks, *more = sys.argv[1:]
    path = os.environ["PATH"]
    seconds = [_run(path) for _ in range(int(hooks))]
    print(json.dumps({"seconds": seconds, "calls": _traced(path) if more else []}))
