"""APPLY: make the container's Karma what is wanted, ask nothing twice, and put back what fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import ops
from opentelemetry import trace
from ops import pebble

from decision import LastGood, Refusal, decide, differences
from inputs import Inputs
from karma.config import KarmaConfig
from karma.refusals import telling_words, words
from karma.urls import Serving
from problems import LOG_BYTES, Problem, Severity, blocked, one_line, waiting
from workload.files import EXEC_TIMEOUT, judge, push, read
from workload.log_targets import forward, patience
from workload.memory import Memory, save
from workload.service import (
    CHECK,
    HOME,
    LABEL,
    LISTENS,
    LOUD,
    SERVICE,
    is_started,
    layer_of,
    service_of,
    serving,
    started,
)
from workload.settle import Settled, settle

logger = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)

CONTAINER = "karma"
PEBBLE = "/charm/bin/pebble"  # where Juju mounts it


class Applied(NamedTuple):
    """What came of applying a decision."""

    problems: tuple[Problem, ...] = ()
    version: str = ""
    """The version of the Karma that was started just now; empty where none was."""
    serving: Serving | None = None
    """How the Karma that runs is reached; None where none does."""
    is_known: bool = True
    """Whether the container has answered, so that it is known what runs."""


@tracer.start_as_current_span("apply")
def apply(container: ops.Container, inputs: Inputs) -> Applied:
    """Make of the container what is wanted; nothing is written where it is that already."""
    try:
        return _apply(container, inputs)
    # A connection that breaks in the middle of an answer surfaces as an OSError.
    except (pebble.Error, OSError) as error:
        trouble = _trouble(error)
        level = logging.INFO if trouble.severity is Severity.WAITING else logging.WARNING
        logger.log(level, "the karma container does not answer: %s", error)
        return Applied((*decide(inputs).problems, trouble), is_known=False)


def _trouble(error: Exception) -> Problem:
    if isinstance(error, (pebble.APIError, pebble.PathError)):
        return blocked(f"karma container: {error.message}", is_logged=True)
    if isinstance(error, pebble.ChangeError):
        return blocked(f"karma container: {words(str(error)).removeprefix('- ')}", is_logged=True)
    return waiting("waiting for the karma container", is_logged=True)


def _apply(container: ops.Container, inputs: Inputs) -> Applied:
    plan = container.get_plan()
    container.pebble.timeout = patience(plan)
    karma = _Karma(container, before := started(plan))
    settled = settle(container, plan, inputs, karma.take_up)
    problems = settled.decision.problems
    if not settled.decision.config or not karma.runs:
        karma.runs = None
        if _stop(container, settled):
            problems = tuple(one._replace(is_logged=True) for one in problems)
    elif karma.runs == before and settled.is_news:
        save(container, Memory(settled.memory.good, settled.refused), karma.runs.working_dir)
    elif karma.runs == before:
        problems += _health(container, plan, inputs, karma.runs)
    problems += forward(container, plan, inputs.log)
    return Applied(problems, karma.version, serving(karma.runs))


class _Karma:
    """The Karma of one hook."""

    def __init__(self, container: ops.Container, runs: pebble.Service | None):
        self._container = container
        self.runs = runs
        """What is in service; None where nothing is."""
        self.version = ""
        """Of the Karma that was started; empty where none was."""

    def take_up(self, config: KarmaConfig, settled: Settled) -> Refusal | None:
        """Replace the configuration that runs, unless Karma refuses the new one or does not start with it."""
        container, service, ran = self._container, service_of(config), self.runs
        directory = service.working_dir
        running = read(container, self.runs.environment["CONFIG_FILE"]) if self.runs else ""
        push(container, config, directory)
        refusal = judge(container, config, directory, running, EXEC_TIMEOUT)
        if not refusal:
            save(container, Memory(settled.decision.made_of, settled.refused), directory)
            refusal = self._start(service, settled)
        if refusal:
            container.remove_path(directory, recursive=True)
            return refusal
        # If the hook is cut short, the next one does again what is not noted as done; so the note comes last.
        for entry in container.list_files(HOME):
            if entry.path != directory:
                container.remove_path(entry.path, recursive=True)
        self.version = _version(container)
        container.add_layer(LABEL, layer_of(service, is_done=True), combine=True)
        if ran:
            changed = differences(settled.memory.good or LastGood({}), settled.decision.made_of)
            logger.info("karma is started anew: changed: %s", ", ".join(changed) or "what the charm makes of it all")
        else:
            logger.info("karma is started, for Alertmanagers: %d", len(settled.decision.made_of.alertmanagers))
        return None

    def _start(self, service: pebble.Service, settled: Settled) -> Refusal | None:
        """Put a service in the place of the one that runs, and that one back if the new one does not stay up."""
        before, said = self.runs, self._replan(service)
        if not said:
            return None
        logger.warning("karma does not start: %s", said)
        if before and (again := self._replan(before)):
            logger.warning("the previous karma does not start either: %s", again)
        # What was not there when it last started is to be suspected.
        last: Mapping[str, Any] = settled.memory.good.options if settled.memory.good else {}
        now = settled.decision.made_of.options
        changed = tuple(sorted(one for one in {*last, *now} if last.get(one) != now.get(one)))
        return Refusal(f"karma does not start: {said}", changed, at_start=True)

    def _replan(self, service: pebble.Service) -> str:
        """Start a service; returns why it does not stay up, empty if it runs."""
        self.runs = None
        try:
            self._container.add_layer(LABEL, layer_of(service, is_done=False), combine=True)
            self._container.replan()
        except pebble.ChangeError as error:
            return words(str(error))
        self.runs = service
        return ""


def _stop(container: ops.Container, settled: Settled) -> bool:
    """Stop Karma, and leave nothing of what it has read.

    Returns:
        Whether it ran, so that the log says why it does not any more.
    """
    plan = container.get_plan()
    if is_started(plan, None) and not settled.is_news:
        return False
    if SERVICE in plan.services:
        container.stop(SERVICE)
    container.remove_path(HOME, recursive=True)
    if settled.refused:
        save(container, Memory(None, settled.refused), HOME)
    container.add_layer(LABEL, layer_of(service_of(None), is_done=True), combine=True)
    if not started(plan):
        return False
    why = "; ".join(one.message for one in settled.decision.problems)
    logger.warning("karma is stopped: %s", one_line(why, LOG_BYTES))
    return True


def _health(container: ops.Container, plan: pebble.Plan, inputs: Inputs, runs: pebble.Service) -> tuple[Problem, ...]:
    """Say what is wrong with the Karma that ran before this hook, and start it where somebody has stopped it."""
    checks = container.get_checks(CHECK, LISTENS).values()
    is_down = any(check.status == pebble.CheckStatus.DOWN for check in checks)
    if not is_down and runs.description.startswith("https:"):
        from karma import api  # noqa: PLC0415 -- the hooks of others do not pay for what only https needs

        # Pebble just connects there, and for a Karma that hangs the kernel lets it.
        answers = api.shakes_hands()
        is_down = answers is False
        if answers and plan.checks[LISTENS].period == LOUD:
            container.add_layer(LABEL, layer_of(runs, is_done=True, is_quiet=True), combine=True)
    if not is_down:
        return ()
    state = container.get_services().get(SERVICE)
    if not state or state.current == pebble.ServiceStatus.INACTIVE:
        container.replan()
        logger.info("karma is started again: somebody has stopped it")
        return ()
    if state.is_running():
        return (waiting("karma does not answer: it tries Alertmanagers before it serves, or hangs"),)
    pod = f"-n {inputs.model} exec {inputs.unit.replace('/', '-')} -c {CONTAINER}"
    see = f"see `kubectl {pod} -- {PEBBLE} logs {SERVICE}`"
    return (blocked(f"karma died: {_last_words(container) or see}"),)


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
