"""What is measured, one function per group of rows of the table; README.md tells how times are compared."""

from __future__ import annotations

import contextlib
import functools
import random
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ops.testing import Relation

from benchmarks import hooks, model
from benchmarks.hooks import Cost, Hook
from benchmarks.table import Row, at_most, count
from decision import decide
from inputs import Inputs
from karma.servers import Alertmanager
from settings.lists import items, patterns
from settings.yaml_text import load
from tests.support.pebble_socket import PebbleSocket
from tests.support.unit import ROOT, NewUnit, units
from tests.support.wanted import with_options
from tests.support.world import World
from workload.apply import CONTAINER

KINDS = {"processor time": "cpu", "wall time": "wall"}
SIZES = (1, 10, 100, 1000)
_EVENTS = 500
_SEED = 3


def no_op(folder: Path) -> Iterator[Row]:
    """Compare a hook that changes nothing with the empty charm's, and count what it asks of Pebble and of Juju."""
    return _no_op(folder, "with alerting alone", model.related(1), 1.3)


def no_op_with_everything(folder: Path) -> Iterator[Row]:
    """Compare the same with a relation of every endpoint."""
    return _no_op(folder, "with every relation", model.related_to_everything(), 2)


def _no_op(folder: Path, named: str, relations: list[Relation], budget: float, turns: int = 25) -> Iterator[Row]:
    with units() as new_unit:
        unit = model.settled(new_unit, relations)
    answers = model.answers(unit)
    karma, empty = hooks.karma(folder / "karma", answers), hooks.empty(folder / "empty", answers)
    with PebbleSocket(karma.socket, unit.state.get_container(CONTAINER)) as pebble:
        hooks.expect_settled(karma.calls())  # what it keeps is not there in the first hook of a pod
        pebble.requests.clear()
        calls, calls_of_empty = karma.calls(), empty.calls()
        yield count(f"Pebble requests in a hook that changes nothing, {named}", len(pebble.requests), 3)
        yield count("Pebble writes in it", len(pebble.writes), 0)
        yield Row("hook tools that it starts, and that the empty charm starts", f"{len(calls)}, {len(calls_of_empty)}")
        hooks.expect_settled(calls, *pebble.requests)
        costs = [(karma.run(), empty.run()) for _ in range(turns)]
    for name, kind in KINDS.items():
        yield at_most(f"its time / that of the empty charm's hook, {name}", _median_ratio(costs, kind), budget)


def scale(folder: Path, turns: int = 7) -> Iterator[Row]:
    """Compare a hook's own time, that is less the empty charm's, for ever more related units."""
    with ExitStack() as stack:
        new_unit = stack.enter_context(units())
        empty = hooks.empty(folder / "empty", model.answers(model.settled(new_unit, [])))
        karmas = [_served(stack, folder / str(size), new_unit, size) for size in SIZES]
        empty.run()
        costs = [(empty.run(), [karma.run() for karma in karmas]) for _ in range(turns)]
    for name, kind in KINDS.items():
        base = statistics.median(getattr(cost, kind) for cost, _ in costs)
        by_turn = ([getattr(one, kind) - getattr(cost, kind) for one in some] for cost, some in costs)
        own = [statistics.median(differences) for differences in zip(*by_turn, strict=True)]
        figures = ", ".join(f"{one / base:.2f}" for one in own)
        yield Row(f"own time with 1, 10, 100, 1,000 units / empty hook, {name}", figures)
        yield at_most(f"own time with 1,000 units / with 100, {name}", own[-1] / own[-2], 12)


def texts(folder: Path, turns: int = 7) -> Iterator[Row]:
    """Measure the reading of texts that are as long as any may be, and made to take long."""
    with units() as new_unit:
        empty = hooks.empty(folder / "empty", model.answers(model.settled(new_unit, [])))
    hook = statistics.median(empty.run().cpu for _ in range(turns))
    for what, read, some in (("YAML", load, _YAML), ("texts", items, _LISTS), ("expressions", patterns, _LISTS)):
        slowest = max(_cost(functools.partial(_refusable, read, text), turns) for text in some)
        yield at_most(f"reading 64 KiB of {what} / empty hook, processor time", slowest / hook, 1)
    settings = "'*': {timeout: 1s}\n" + "".join(f"am-{number}: {{timeout: 2s}}\n" for number in range(10))
    few, many = (_cost(functools.partial(decide, _wanted(number, settings)), turns) for number in SIZES[-2:])
    yield at_most("deciding on settings of 1,000 units, ten by name / of 100, processor time", many / few, 12)


_YAML = ("[" + "a," * 32_000 + "]", "[" * 65_000, "&a " * 20_000, "\n" * 65_000 + "a", "k: {" * 16_000)
_LISTS = (
    *("a," * 32_000, "[" * 65_000, "\n" * 65_000 + "- a", "- @" + " " * 65_000 + "x"),
    *("'a" * 32_000, "[''" + " " * 65_000 + "x]"),
)


def _wanted(number: int, settings: str) -> Inputs:
    units = (Alertmanager(1, f"am/{unit}", f"http://am-{unit}:9093", proxy=True) for unit in range(number))
    return replace(with_options(alertmanager_settings=settings), alertmanagers=tuple(units))


def _refusable(read: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(ValueError):
        read(text)


def _cost(run: Callable[[], object], turns: int) -> float:
    return min(timeit.repeat(run, timer=time.process_time, number=1, repeat=turns))


def restarts(_: Path) -> Iterator[Row]:
    """Count restarts of Karma in a storm of random events."""
    with units() as new_unit:
        world = World(new_unit(), random.Random(_SEED).choice)
        for _event in range(_EVENTS):
            world.happen()
    starts, changes = world.unit.pebble.starts, sum(hook.changes for hook in world.hooks)
    exact = not world.wrong and starts == changes > 0
    what = f"restarts of Karma in {len(world.hooks)} hooks of random events"
    yield Row(what, str(starts), f"= {changes} changes", met=exact, counted=True)
    if world.wrong:
        yield Row("  hooks with more or fewer than that", ", ".join(hook.event for hook in world.wrong[:5]))


def imports(folder: Path, turns: int = 25) -> Iterator[Row]:
    """Compare the import of the charm's modules with that of ops alone."""
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'lib'}"}

    def run(modules: str) -> Cost:
        code = f"import sys; sys.modules['ops_tracing'] = None; import {modules}"
        return hooks.measure([sys.executable, "-c", code], cwd=folder, environment=environment)

    run("charm")  # leaves the bytecode behind
    costs = [(run("charm"), run("ops")) for _ in range(turns)]
    yield Row("import of all that the charm imports / of ops, processor time", f"{_median_ratio(costs, 'cpu'):.2f}")


def _median_ratio(costs: list[tuple[Cost, Cost]], kind: str) -> float:
    return statistics.median(getattr(one, kind) / getattr(other, kind) for one, other in costs)


def _served(stack: ExitStack, folder: Path, new_unit: NewUnit, size: int) -> Hook:
    unit = model.settled(new_unit, model.related(size))
    karma = hooks.karma(folder, model.answers(unit))
    pebble = stack.enter_context(PebbleSocket(karma.socket, unit.state.get_container(CONTAINER)))
    hooks.expect_settled(karma.calls(), *pebble.requests)
    return karma
