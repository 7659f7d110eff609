"""The demo, as `make demo` runs it where there is no terminal."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from types import ModuleType

import pytest

from playground.around import prometheus
from playground.demo import plain_act, secure_act, watched_act
from playground.machine import binaries
from playground.machine.go_tools import ROOT
from tests.functional.conftest import KARMAS
from tests.functional.karma_process import accepts, minor

SHOWN = {one.path: one for one in (KARMAS[0], KARMAS[-1])}.values()  # what the demo runs, and what it falls back to
KNOW_GROUPS = [one for one in KARMAS if minor(one) >= 114]  # from headers, of which the secure act tells
WATCHED = pytest.mark.skipif(bool(prometheus.missing()), reason=prometheus.missing() or "there is one")
RUNS = [
    *(pytest.param(one, (), plain_act, id=f"plain-{one.version}") for one in SHOWN),
    *(pytest.param(one, ("--secure",), secure_act, id=f"secure-{one.version}") for one in KNOW_GROUPS),
    *(pytest.param(one, ("--watched",), watched_act, id=f"watched-{one.version}", marks=WATCHED) for one in SHOWN),
]


def claims_of(act: ModuleType) -> int:
    """Count what an act claims in its source; each claim stands there once, in no loop."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(act))) if isinstance(node, ast.Call))
    return sum(isinstance(call.func, ast.Attribute) and call.func.attr in {"claim", "comes_true"} for call in calls)


@pytest.mark.parametrize(("karma", "arguments", "act"), RUNS)
def test_the_demo_keeps_every_claim_and_ends_by_itself(
    karma: binaries.Karma, arguments: tuple[str, ...], act: ModuleType
):
    run = subprocess.run(
        [sys.executable, "-m", "playground.demo", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "KARMA_BIN": str(karma.path),
            "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("", "src", "lib")),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    ticks = re.findall(r"^  ✓ (.+)$", run.stdout, re.MULTILINE)
    assert claims_of(act) > 0
    assert len(ticks) == claims_of(act), run.stdout
    assert run.stdout.splitlines()[-1].startswith("The dashboard is at http://127.0.0.1:8080")
    assert not accepts(8080)
