"""Ask Juju for all that a hook reads at once: one hook tool after another is most of what a hook takes.

ops keeps what Juju says, so whatever reads it later finds it there. Nothing else depends on this: what fails here is
asked again, and dealt with, where it is read. Juju takes several questions at a time and answers one after the other
(juju, internal/worker/uniter/runner/jujuc/server.go: Main), so what is saved is the wait while a large program starts.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import ops

from relations import Side
from relations.databag import active

_AT_ONCE = 4

_P = ParamSpec("_P")
_T = TypeVar("_T")


def ask(charm: ops.CharmBase, endpoints: Mapping[str, Side], *others: Callable[[], object]) -> None:
    """Have ops ask for what it does not know yet.

    Args:
        charm: whose model it is.
        endpoints: names of endpoints, and whose databags are read there.
        others: whatever else has ops ask for something.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:

        def begin(question: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> Future[_T]:
            return pool.submit(contextvars.copy_context().run, question, *arguments, **named)  # for traces

        listed = {name: begin(active, charm, name) for name, sides in endpoints.items() if sides}
        leading = begin(charm.unit.is_leader)
        for other in others:
            begin(other)
        hidden = Side(0) if _result(leading) else Side.OUR_APPLICATION
        for name, relations in listed.items():
            for relation in _result(relations) or ():
                for databag in _databags(charm, relation, endpoints[name] & ~hidden):
                    begin(len, databag)


def _result(asked: Future[_T]) -> _T | None:
    return None if asked.exception() else asked.result()


def _databags(charm: ops.CharmBase, relation: ops.Relation, sides: Side) -> Iterator[ops.RelationDataContent]:
    if Side.OUR_UNIT in sides:
        yield relation.data[charm.unit]
    if Side.OUR_APPLICATION in sides:
        yield relation.data[charm.app]
    if Side.THEIR_APPLICATION in sides:
        yield relation.data[relation.app]
    if Side.THEIR_UNITS in sides:
        yield from (relation.data[unit] for unit in relation.units)
