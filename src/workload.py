"""APPLY: files, check, layer and replan through Pebble; what Karma answers.

Pebble's plan is the only memory (see `karma_service`), and a hook that is cut short between two calls is finished by
the next one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import ops
from ops import pebble

from decision import Run, Stop, Wanted
from karma_config import CONFIG_FILE, KarmaConfig
from karma_service import FLAGS, HOME, SERVICE, directory_of, is_started, layer, service_of
from problems import Problem, blocked, waiting
from refusals import brief, explain, words

logger = logging.getLogger(__name__)

CONTAINER = "karma"
REFUSED = f"{HOME}/refused.yaml"
PEBBLE = "/charm/bin/pebble"  # where Juju mounts it
NO_KARMA = "karma-image: it holds no /karma; run `juju attach-resource` with an image of Karma, v0.90 or newer"

_EXEC_TIMEOUT = 30.0  # seconds; Karma checks 1,000 servers in a tenth of one
_REFUSED = 1  # Karma's exit code for whatever is wrong with a configuration
_NO_SUCH_COMMAND = 127  # what ops.testing answers for a program that is not there; Pebble answers an APIError
_LABEL = "karma"


@dataclass(frozen=True)
class Applied:
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

    text: str
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
    text = _read(container, plan.services[SERVICE].environment["CONFIG_FILE"])
    if not isinstance(wanted, Run):
        return Running(text, is_current=False, refused="")
    digest, words_ = _refusal(container)
    is_current = is_started(plan, service_of(wanted.config))
    return Running(text, is_current, words_ if digest == wanted.config.digest and not is_current else "")


def check(container: ops.Container, config: KarmaConfig, *, timeout: float) -> str:
    """Have the container's own Karma judge a configuration that is not to be used.

    Returns:
        What is wrong with it; empty if Karma accepts it.

    Raises:
        pebble.Error, OSError: if the container does not answer, or not within `timeout` seconds.
    """
    directory = f"{HOME}/check"
    try:
        _push(container, config, directory)
        return _check(container, config, directory, "", timeout)
    finally:
        container.remove_path(directory, recursive=True)


def _change(container: ops.Container, plan: pebble.Plan, config: KarmaConfig) -> Applied:
    """Replace the configuration that runs, unless Karma refuses the new one or has refused it before."""
    before = plan.services.get(SERVICE)
    previous = before if before and before.environment and before != service_of(config) else None
    digest, message = _refusal(container)
    if digest == config.digest:
        return Applied((blocked(brief(message)),))
    directory = directory_of(config)
    good = _read(container, previous.environment["CONFIG_FILE"]) if previous else ""
    _push(container, config, directory)
    message = _check(container, config, directory, good, _EXEC_TIMEOUT) or _start(
        container, service_of(config), previous
    )
    if message:
        container.remove_path(directory, recursive=True)
        container.push(REFUSED, f"# {config.digest} {message}\n{config.text}", permissions=0o600)
        return Applied((blocked(brief(message)),))
    for entry in container.list_files(HOME):
        if entry.path != directory:
            container.remove_path(entry.path, recursive=True)
    version = _version(container)
    _conclude(container, service_of(config))
    return Applied(version=version)


def _refusal(container: ops.Container) -> tuple[str, str]:
    """Read which configuration was refused last, by its digest, and what there was to say about it."""
    head, _, _ = _read(container, REFUSED).partition("\n")
    digest, _, message = head.removeprefix("# ").partition(" ")
    return digest, message


def _push(container: ops.Container, config: KarmaConfig, directory: str) -> None:
    for path in (HOME, directory):
        container.make_dir(path, make_parents=True, permissions=0o700)
    for name, text in config.files.items():
        container.push(f"{directory}/{name}", text, permissions=0o600)


def _check(container: ops.Container, config: KarmaConfig, directory: str, good: str, timeout: float) -> str:
    """Have the container's own Karma judge what lies in a directory.

    Args:
        container: where it lies.
        config: what lies there.
        directory: where.
        good: the last good configuration file, empty where there is none.
        timeout: in seconds.

    Returns:
        What to tell the operator; empty if Karma accepts it.
    """
    try:
        container.exec(
            ["/karma", "--check-config", *FLAGS],
            environment={"CONFIG_FILE": f"{directory}/{CONFIG_FILE}"},
            working_dir=directory,
            timeout=timeout,
        ).wait_output()
    except pebble.ExecError as error:  # pyright: ignore[reportUnknownVariableType] -- generic, and never given a type
        if error.exit_code == _NO_SUCH_COMMAND:
            return NO_KARMA
        if error.exit_code != _REFUSED:  # it was killed: no word against the configuration
            raise
        said = words(str(error.stderr or "")) or f"exit code {error.exit_code}"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        logger.warning("karma refuses its configuration: %s", said)
        return explain(said, config, good)
    except pebble.APIError as error:
        if "cannot find executable" in str(error):
            return NO_KARMA
        raise
    except pebble.ChangeError as error:
        if "exec format error" in error.err:
            return f"karma-image: {error.err.splitlines()[-1].lstrip('- ')}"
        raise
    return ""


def _start(container: ops.Container, service: pebble.Service, previous: pebble.Service | None) -> str:
    """Start Karma; if it does not stay up, put the previous one back in service.

    Returns:
        What to tell the operator; empty if Karma runs.
    """
    try:
        _replan(container, service)
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


def _replan(container: ops.Container, service: pebble.Service) -> None:
    container.add_layer(_LABEL, layer(service, checked=False), combine=True)
    container.replan()


def _conclude(container: ops.Container, service: pebble.Service) -> None:
    """Note in the plan that Karma was started; what is still to do when a hook is cut short has to come before."""
    container.add_layer(_LABEL, layer(service, checked=True), combine=True)


def _stop(container: ops.Container, plan: pebble.Plan, state: pebble.ServiceInfo | None) -> None:
    if SERVICE not in plan.services:
        return
    stopped = service_of(None)
    if plan.services[SERVICE] != stopped:
        container.add_layer(_LABEL, layer(stopped, checked=False), combine=True)
    if state is None or state.current != pebble.ServiceStatus.INACTIVE:
        container.stop(SERVICE)


def _read(container: ops.Container, path: str) -> str:
    """Read a file of the container; empty where there is none."""
    try:
        with container.pull(path) as file:
            return file.read()
    except pebble.PathError:
        return ""


def _version(container: ops.Container) -> str:
    """Ask Karma for its version, e.g. `0.133`; empty where it does not say."""
    try:
        output, _ = container.exec(["/karma", "--version"], timeout=_EXEC_TIMEOUT).wait_output()
    except (pebble.ExecError, pebble.ChangeError):
        return ""
    return output.strip().removeprefix("v")


def _last_words(container: ops.Container) -> str:
    """Take Karma's last words from Pebble's log of it."""
    try:
        output, _ = container.exec([PEBBLE, "logs", "-n", "10", SERVICE], timeout=_EXEC_TIMEOUT).wait_output()
    except pebble.Error:
        return "its log says why"
    return words(output) or "its log says why"
