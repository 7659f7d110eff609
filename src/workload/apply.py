"""APPLY: files, check, layer and replan through Pebble; what Karma answers.

Pebble's plan is the only memory (see `karma_service`), and a hook that is cut short between two calls is finished by
the next one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import NamedTuple

import ops
from ops import pebble

from decision import Run, Stop, Wanted
from karma.config import CERTIFICATE_FILE, KarmaConfig
from karma.refusals import brief, words
from problems import Problem, blocked, waiting
from workload.files import EXEC_TIMEOUT, judge, push, read
from workload.service import HOME, SERVICE, Setup, directory_of, is_started, layer, service_of

logger = logging.getLogger(__name__)

CONTAINER = "karma"
REFUSED = f"{HOME}/refused.yaml"
PEBBLE = "/charm/bin/pebble"  # where Juju mounts it

_LABEL = "karma"


class Applied(NamedTuple):
    """What came of applying a decision."""

    problems: tuple[Problem, ...] = ()
    version: str = ""
    """The version of the Karma that was started just now; empty where none was."""


def apply(container: ops.Container, wanted: Wanted) -> Applied:
    """Make of the container what is wanted; nothing is written where it is that already."""
    try:
        plan = container.get_plan()
        state = container.get_services().get(SERVICE)
        if isinstance(wanted, Stop):
            _stop(container, plan, state)
        elif isinstance(wanted, Run) and not is_started(plan, service_of(wanted.config)):
            return _change(container, plan, wanted.config)
        elif is_started(plan) and state and not state.is_running():
            return Applied((blocked(f"karma died: {_last_words(container)}"),))
    # A connection that breaks in the middle of an answer surfaces as an OSError.
    except (pebble.Error, OSError) as error:
        logger.warning("the karma container does not answer: %s", error)
        return Applied((waiting("waiting for the karma container"),))
    return Applied()


@dataclass(frozen=True)
class Running:
    """The configuration that Karma runs with."""

    text: str = field(repr=False)
    certificate: str
    """The chain that it serves https with, in PEM; empty where it serves plain HTTP."""
    is_current: bool
    """Whether it is the one that is wanted."""
    refused: str
    """Karma's full words on the one that is wanted; empty where it has not refused it."""


def running(container: ops.Container, wanted: Wanted) -> Running | None:
    """Tell what Karma runs with; None if it does not run.

    Raises:
        pebble.Error, OSError: if the container does not answer.
    """
    plan = container.get_plan()
    state = container.get_services().get(SERVICE)
    if not (is_started(plan) and state and state.is_running()):
        return None
    service = plan.services[SERVICE]
    text = read(container, service.environment["CONFIG_FILE"])
    certificate = read(container, f"{service.working_dir}/{CERTIFICATE_FILE}")
    if not isinstance(wanted, Run):
        return Running(text, certificate, is_current=False, refused="")
    digest, words_ = _refusal(container)
    is_current = is_started(plan, service_of(wanted.config))
    return Running(text, certificate, is_current, words_ if digest == wanted.config.digest and not is_current else "")


def _change(container: ops.Container, plan: pebble.Plan, config: KarmaConfig) -> Applied:
    """Replace the configuration that runs, unless Karma refuses the new one or has refused it before."""
    before = Setup.found_in(plan)
    previous = before if before and before.service != service_of(config) else None
    digest, message = _refusal(container)
    if digest == config.digest:
        return Applied((blocked(brief(message)),))
    directory = directory_of(config)
    good = read(container, previous.service.environment["CONFIG_FILE"]) if previous else ""
    push(container, config, directory)
    message = judge(container, config, directory, good, EXEC_TIMEOUT) or _start(container, Setup.of(config), previous)
    if message:
        container.remove_path(directory, recursive=True)
        container.push(REFUSED, f"# {config.digest} {message}\n{config.text}", permissions=0o600)
        return Applied((blocked(brief(message)),))
    for entry in container.list_files(HOME):
        if entry.path != directory:
            container.remove_path(entry.path, recursive=True)
    version = _version(container)
    _conclude(container, Setup.of(config))
    return Applied(version=version)


def _refusal(container: ops.Container) -> tuple[str, str]:
    """Read which configuration was refused last, by its digest, and what there was to say about it."""
    head, _, _ = read(container, REFUSED).partition("\n")
    digest, _, message = head.removeprefix("# ").partition(" ")
    return digest, message


def _start(container: ops.Container, setup: Setup, previous: Setup | None) -> str:
    """Start Karma; if it does not stay up, put the previous one back in service.

    Returns:
        What to tell the operator; empty if Karma runs.
    """
    try:
        _replan(container, setup)
    except pebble.ChangeError as error:
        said = words(str(error))
        logger.warning("karma does not start: %s", said)
    else:
        return ""
    try:
        if previous:
            _replan(container, previous)
            _conclude(container, previous)
            return f"karma does not start: {said}"
    except pebble.ChangeError as error:
        logger.warning("the previous karma does not start either: %s", words(str(error)))
    _stop(container, container.get_plan(), None)
    return f"karma does not start: {said}"


def _replan(container: ops.Container, setup: Setup) -> None:
    container.add_layer(_LABEL, layer(setup, checked=False), combine=True)
    container.replan()


def _conclude(container: ops.Container, setup: Setup) -> None:
    """Note in the plan that Karma was started; what is still to do when a hook is cut short has to come before."""
    container.add_layer(_LABEL, layer(setup, checked=True), combine=True)


def _stop(container: ops.Container, plan: pebble.Plan, state: pebble.ServiceInfo | None) -> None:
    if SERVICE not in plan.services:
        return
    if plan.services[SERVICE] != service_of(None):
        container.add_layer(_LABEL, layer(None, checked=False), combine=True)
    if state is None or state.current != pebble.ServiceStatus.INACTIVE:
        container.stop(SERVICE)


def _version(container: ops.Container) -> str:
    """Ask Karma for its version, e.g. `0.133`; empty where it does not say."""
    try:
        output, _ = container.exec(["/karma", "--version"], timeout=EXEC_TIMEOUT).wait_output()
    except (pebble.ExecError, pebble.ChangeError):
        return ""
    return output.strip().removeprefix("v")


def _last_words(container: ops.Container) -> str:
    """Take Karma's last words from Pebble's log of it."""
    try:
        output, _ = container.exec([PEBBLE, "logs", "-n", "10", SERVICE], timeout=EXEC_TIMEOUT).wait_output()
    except pebble.Error:
        return "its log says why"
    return words(output) or "its log says why"
