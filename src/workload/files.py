"""APPLY: the files of a configuration in the container, and what the container's own Karma says of them."""

from __future__ import annotations

import logging
import os

import ops
from ops import pebble

from decision import Refusal
from karma.config import CONFIG_FILE, KarmaConfig
from karma.refusals import explain, options_at_fault, words
from workload.service import FLAGS, HOME

logger = logging.getLogger(__name__)

NO_KARMA = "karma-image: it holds no /karma; run `juju attach-resource` with an image of Karma, v0.90 or newer"

EXEC_TIMEOUT = 30.0  # seconds; Karma checks 1,000 servers in a tenth of one
_REFUSED = 1  # Karma's exit code for whatever is wrong with a configuration
_NO_SUCH_COMMAND = 127  # what ops.testing answers for a program that is not there; Pebble answers an APIError


def read(container: ops.Container, path: str) -> str:
    """Read a file of the container; empty where there is none."""
    try:
        with container.pull(path) as file:
            return file.read()
    except pebble.PathError:
        return ""


def push(container: ops.Container, config: KarmaConfig, directory: str) -> None:
    """Write all files of a configuration; none but Karma's own user may read them."""
    below = {f"{directory}/{name.rpartition('/')[0]}" for name in config.files if "/" in name}
    for path in (HOME, directory, *sorted(below)):
        container.make_dir(path, make_parents=True, permissions=0o700)
    for name, text in config.files.items():
        container.push(f"{directory}/{name}", text, permissions=0o600)


def judge(
    container: ops.Container, config: KarmaConfig, directory: str, running: str, timeout: float
) -> Refusal | None:
    """Have the container's own Karma judge what lies in a directory.

    Args:
        container: where it lies.
        config: what lies there.
        directory: where.
        running: the configuration file that Karma runs with, empty where it does not.
        timeout: in seconds.

    Returns:
        None if Karma accepts it.
    """
    try:
        container.exec(
            ["/karma", "--check-config", *FLAGS],
            environment={**config.environment, "CONFIG_FILE": f"{directory}/{CONFIG_FILE}"},
            working_dir=directory,
            timeout=timeout,
        ).wait_output()
    except pebble.ExecError as error:  # pyright: ignore[reportUnknownVariableType] -- generic, and never given a type
        if error.exit_code == _NO_SUCH_COMMAND:
            return Refusal(NO_KARMA)
        if error.exit_code != _REFUSED:  # it was killed: no word against the configuration
            raise
        said = words(str(error.stderr or "")) or f"exit code {error.exit_code}"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        logger.warning("karma refuses its configuration: %s", said)
        named = options_at_fault(said, config, config.text)  # nothing differs from itself: those that Karma names
        changed = options_at_fault(said, config, running) if running else ()
        return Refusal(explain(said, config, running, os.environ), named or changed)
    except pebble.APIError as error:
        if "cannot find executable" in str(error):
            return Refusal(NO_KARMA)
        raise
    except pebble.ChangeError as error:
        if "exec format error" in error.err:
            return Refusal(f"karma-image: {error.err.splitlines()[-1].lstrip('- ')}")
        raise
    return None


def check(container: ops.Container, config: KarmaConfig, *, timeout: float) -> Refusal | None:
    """Have the container's own Karma judge a configuration that is not to be used.

    Returns:
        None if Karma accepts it.

    Raises:
        pebble.Error, OSError: if the container does not answer, or not within `timeout` seconds.
    """
    directory = f"{HOME}/check"
    try:
        push(container, config, directory)
        return judge(container, config, directory, "", timeout)
    finally:
        container.remove_path(directory, recursive=True)
