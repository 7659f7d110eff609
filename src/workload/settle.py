"""APPLY: from what is asked for to the nearest configuration that Karma takes, by what it has said of others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import ops
from ops import pebble

from decision import Decision, Refusal, decide
from inputs import Inputs
from karma.config import KarmaConfig
from workload.memory import Memory, load
from workload.service import is_started

ATTEMPTS = 20
"""To find out which options a refusal is about, before all of them are put back."""


class Settled(NamedTuple):
    """Where looking for a configuration has led to."""

    decision: Decision
    memory: Memory
    refused: dict[str, Refusal]
    """Digest -> what stands in the way of each configuration that was wanted before the last one."""

    @property
    def is_news(self) -> bool:
        """Whether the memory does not hold all of that."""
        return not self.refused.items() <= self.memory.refused.items()


TakeUp = Callable[[KarmaConfig, Settled], "Refusal | None"]


def settle(container: ops.Container, plan: pebble.Plan, inputs: Inputs, take_up: TakeUp | None = None) -> Settled:
    """Look for the configuration nearest to what is asked for that Karma takes.

    Args:
        container: where Karma runs.
        plan: Pebble's.
        inputs: what Juju's model says now.
        take_up: tries a configuration that Karma has not refused yet; None to look only.
    """
    decision = decide(inputs)
    if not decision.falls_back and is_started(plan, decision.config):
        return Settled(decision, Memory(), {})
    memory = load(container, plan)
    refused: dict[str, Refusal] = {}
    while True:
        decision = decide(inputs, memory.good, tuple(refused.values()))
        config, settled = decision.config, Settled(decision, memory, refused)
        # A start may fail for a reason of the moment; where nothing can be lost the same is asked for in later hooks.
        is_tried_again = not memory.good and any(one.at_start for one in refused.values())
        if not config or config.digest in refused or is_started(plan, config) or is_tried_again:
            return settled
        refusal = memory.refused.get(config.digest)
        if take_up and (not refusal or (refusal.at_start and not memory.good)):
            refusal = take_up(config, settled)
        if not refusal:
            return settled
        is_last = len(refused) >= ATTEMPTS
        refused[config.digest] = dataclasses.replace(refusal, options=()) if is_last else refusal
