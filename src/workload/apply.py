"""APPLY: make the container's Karma what is wanted, ask nothing twice, and put back what fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import ops
from ops import pebble

from decision import Decision, Refusal, decide
from inputs import Inputs
from karma.config import KarmaConfig
from karma.refusals import telling_words, words
from karma.urls import Serving
from problems import Problem, Severity, blocked, waiting
from workload.files import EXEC_TIMEOUT, judge, push, read
from workload.log_targets import layer_of as layer_of_targets
from workload.log_targets import patience
from workload.memory import Memory, save
from workload.service import (
    CHECK,
    HOME,
    LISTENS,
    SERVICE,
    directory_of,
    is_started,
    layer_of,
    service_of,
    serving,
    started,
)
from workload.settle import Settled, settle

logger = logging.getLogger(__name__)

CONTAINER = "karma"
PEBBLE = "/charm/bin/pebble"  # where Juju mounts it

_LABEL = "karma"


class Applied(NamedTuple):
    """What came of applying a decision."""

    problems: tuple[Problem, ...] = ()
    version: str = ""
    """The version of the Karma that was started just now; empty where none was."""
    serving: Serving | None = None
    """How the Karma that runs is reached; None where none does."""
    is_known: bool = True
    """Whether the container has answered, so that it is known what runs."""


def apply(container: ops.Container, inputs: Inputs) -> Applied:
    """Make of the container what is wanted; nothing is written where it is that already."""
    try:
        return _apply(container, inputs)
    # A connection that breaks in the middle of an answer surfaces as an OSError.
    except (pebble.Error, OSError) as error:
        logger.warning("the karma container does not answer: %s", error)
        return Applied((*decide(inputs).problems, _trouble(error)), is_known=False)


def _trouble(error: Exception) -> Problem:
    if isinstance(error, (pebble.APIError, pebble.PathError)):
        return blocked(f"karma container: {error.message}")
    if isinstance(error, pebble.ChangeError):
        return blocked(f"karma container: {words(str(error)).removeprefix('- ')}")
    return waiting("waiting for the karma container")


class _Workload:
    """The Karma of one hook: what ran before it, and what runs now."""

    def __init__(self, container: ops.Container, plan: pebble.Plan, inputs: Inputs):
        self._container = container
        self._plan = plan
        pod = f"-n {inputs.model} exec {inputs.unit.replace('/', '-')} -c {CONTAINER}"
        self._log = f"see `kubectl {pod} -- {PEBBLE} logs {SERVICE}`"
        self._before = started(plan)
        self._is_broken = False
        self.runs = self._before
        self.version = ""

    def take_up(
        self, config: KarmaConfig, decision: Decision, memory: Memory, refused: dict[str, Refusal]
    ) -> Refusal | None:
        """Replace the configuration that runs, unless Karma refuses the new one or does not start with it."""
        directory = directory_of(config)
        running = read(self._container, self._before.environment["CONFIG_FILE"]) if self._before else ""
        push(self._container, config, directory)
        refusal = judge(self._container, config, directory, running, EXEC_TIMEOUT)
        if not refusal:
            save(self._container, Memory(decision.made_of, refused), directory)
            refusal = self._start(service_of(config), decision, memory)
        if refusal:
            self._container.remove_path(directory, recursive=True)
            return refusal
        # If the hook is cut short, the next one does again what is not noted as done; so the note comes last.
        for entry in self._container.list_files(HOME):
            if entry.path != directory:
                self._container.remove_path(entry.path, recursive=True)
        self.version = _version(self._container)
        self.runs = service_of(config)
        self._container.add_layer(_LABEL, layer_of(self.runs, is_done=True), combine=True)
        return None

    def _start(self, service: pebble.Service, decision: Decision, memory: Memory) -> Refusal | None:
        said = self._replan(service)
        if not said:
            return None
        self._is_broken = True
        logger.warning("karma does not start: %s", said)
        # What was not there when it last started is to be suspected.
        last: Mapping[str, Any] = memory.good.options if memory.good else {}
        now = decision.made_of.options
        changed = tuple(sorted(one for one in {*last, *now} if last.get(one) != now.get(one)))
        return Refusal(f"karma does not start: {said}", changed, at_start=True)

    def _replan(self, service: pebble.Service) -> str:
        """Put a service in the place of the one that runs.

        Returns:
            Why it does not stay up; empty if it runs.
        """
        try:
            self._container.add_layer(_LABEL, layer_of(service, is_done=False), combine=True)
            self._container.replan()
        except pebble.ChangeError as error:
            return words(str(error))
        return ""

    def conclude(self, settled: Settled) -> tuple[Problem, ...]:
        """Do what is left to do once it is settled what is wanted, and say what is wrong with what runs."""
        if self.runs != self._before:
            return ()
        config = settled.decision.config
        if self._is_broken and self._before and (said := self._replan(self._before)):
            logger.warning("the previous karma does not start either: %s", said)
            self.runs = None
        if not config or not self.runs:
            self._stop()
        news = settled.refused != {
            digest: one for digest, one in settled.memory.refused.items() if digest in settled.refused
        }
        if news or self._is_broken:
            directory = self.runs.working_dir if self.runs else HOME
            save(self._container, Memory(settled.memory.good if self.runs else None, settled.refused), directory)
        if not self.runs or self._is_broken or news:
            return ()
        return self._health(settled.decision)

    def _stop(self) -> None:
        """Stop Karma, and leave nothing of what it has read."""
        self.runs = None
        if is_started(self._plan, None) and not self._is_broken:
            return
        if SERVICE in self._plan.services or self._is_broken:
            self._container.stop(SERVICE)
        self._container.remove_path(HOME, recursive=True)
        self._container.add_layer(_LABEL, layer_of(service_of(None), is_done=True), combine=True)

    def _health(self, decision: Decision) -> tuple[Problem, ...]:
        state = self._container.get_services().get(SERVICE)
        if not state or state.current == pebble.ServiceStatus.INACTIVE:  # stopped by hand
            self._container.replan()
        elif not state.is_running():
            return (blocked(f"karma died: {_last_words(self._container) or self._log}"),)
        elif not decision.falls_back:
            checks = self._container.get_checks(CHECK, LISTENS).values()
            if any(check.status == pebble.CheckStatus.DOWN for check in checks):
                return (waiting("karma does not answer: it tries Alertmanagers before it serves, or hangs"),)
        return ()


def _apply(container: ops.Container, inputs: Inputs) -> Applied:
    plan = container.get_plan()
    container.pebble.timeout = patience(plan)
    workload = _Workload(container, plan, inputs)
    settled = settle(container, plan, inputs, workload.take_up)
    problems = (*settled.decision.problems, *workload.conclude(settled), *_forward(container, plan, inputs))
    return Applied(problems, workload.version, serving(workload.runs))


def _forward(container: ops.Container, plan: pebble.Plan, inputs: Inputs) -> tuple[Problem, ...]:
    """Have Pebble send Karma's log where it is to go; Karma itself does not know of it."""
    layer = layer_of_targets(plan, inputs.log) if inputs.log else None
    if layer:
        try:
            container.add_layer(_LABEL, layer, combine=True)
        except pebble.APIError as error:  # one that is older than log targets
            return (Problem(Severity.ACTIVE, f"logging: Pebble does not forward: {error.message}"),)
    return ()


def _version(container: ops.Container) -> str:
    """Ask Karma for its version, e.g. `0.133`; empty where it does not say."""
    try:
        output, _ = container.exec(["/karma", "--version"], timeout=EXEC_TIMEOUT).wait_output()
    except (pebble.ExecError, pebble.ChangeError):
        return ""
    return output.strip().removeprefix("v")


def _last_words(container: ops.Container) -> str:
    """Take from Pebble's log of Karma the line that tells why it ended; empty where there is none."""
    try:
        output, _ = container.exec([PEBBLE, "logs", "-n", "10", SERVICE], timeout=EXEC_TIMEOUT).wait_output()
    except pebble.Error:
        return ""
    return telling_words(output)
