"""A hook that changes nothing on a real Juju: a unit of this charm against one of the empty charm in the same model."""

from __future__ import annotations

import json
import re
import shlex
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import jubilant

from benchmarks.hooks import HookError, expect_settled
from benchmarks.table import Row, at_most

_SCRIPT = Path(__file__).with_name("in_unit.py").read_text()
_TURNS, _HOOKS = 8, 3


def no_op(unit: str, empty: str, model: str | None = None) -> Iterator[Row]:
    """Compare them, turn by turn, within the units themselves, so that `juju exec` itself is not counted.

    Args:
        unit: of this charm, settled and active: `karma-k8s/0`.
        empty: a unit of the empty charm.
        model: where both are; None means the current one.

    Raises:
        HookError: if one of them can't be run, or was to change nothing and did.
    """
    juju = jubilant.Juju(model=model)
    _, calls = _run(juju, unit, trace=True)
    _, calls_of_empty = _run(juju, empty, trace=True)
    expect_settled([call for call, _ in calls])
    turns = [(_run(juju, unit)[0], _run(juju, empty)[0]) for _ in range(_TURNS)]
    related = {endpoint for call, _ in calls for endpoint in re.findall(r"-r ([a-z-]+):\d+", call)}
    with_what = f"related: {', '.join(sorted(related)) or 'nothing'}"
    ratio = statistics.median(seconds / seconds_of_empty for seconds, seconds_of_empty in turns)
    of_unit, of_empty = (statistics.median(column) for column in zip(*turns, strict=True))
    what = f"time of its hook / that of {empty}'s, wall time, {with_what}"
    yield Row("hook that changes nothing, seconds", f"{of_unit:.3f}, {of_empty:.3f}")
    yield at_most(what, ratio, 1.3 if related <= {"alerting"} else 2)
    yield Row("hook tools that it starts, and that the empty charm starts", f"{len(calls)}, {len(calls_of_empty)}")
    spent: dict[str, list[float]] = defaultdict(list)
    for call, seconds in calls:
        spent[call.split()[0]].append(seconds)
    for tool, times in sorted(spent.items(), key=lambda item: -sum(item[1])):
        yield Row(f"  {tool}, milliseconds", f"{len(times)} x {statistics.mean(times) * 1000:.1f}")


def _run(juju: jubilant.Juju, unit: str, *, trace: bool = False) -> tuple[float, list[tuple[str, float]]]:
    hooks = ["1", "trace"] if trace else [str(_HOOKS)]
    try:
        task = juju.exec(shlex.join(["python3", "-c", _SCRIPT, *hooks]), unit=unit, wait=120)
    except (jubilant.CLIError, jubilant.TaskError, ValueError, TimeoutError) as error:
        raise HookError(f"{unit}: {error}") from error
    found = json.loads(task.stdout.splitlines()[-1])
    return statistics.median(found["seconds"]), [(call, seconds) for call, seconds in found["calls"]]
