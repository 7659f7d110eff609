"""Hooks as Juju dispatches them: each a new `python src/charm.py`, with Juju's environment and hook tools on the PATH.

README.md tells what of it is real.
"""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hook_tools import HookTools
from benchmarks.model import UNIT
from tests.support.unit import MODEL, ROOT

_HERE = Path(__file__).parent
_CARRIED = ("src", "lib", "metadata.yaml", "config.yaml", "actions.yaml", "charmcraft.yaml")
_TIMEOUT = 120.0  # seconds
_SAYING = ("juju-log", "status-set")
# None of them has an answer, so that the hook fails too.
WRITING = (
    *("application-version-set", "close-port", "open-port", "relation-set"),
    *("secret-add", "secret-remove", "secret-set"),
)


class HookError(Exception):
    """A hook did not do what was to be measured; the text says what came instead."""


@dataclass(frozen=True)
class Cost:
    """What one process and all its children took, in seconds."""

    cpu: float
    wall: float


def measure(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> Cost:
    """Run a process to its end and say what it took.

    Raises:
        HookError: if it fails, with its last words.
    """
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Popen's own timeouts ask again and again whether the process has ended, which would blur the time.
    limit = threading.Timer(_TIMEOUT, process.kill)
    limit.start()
    output, _ = process.communicate()
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    limit.cancel()
    if process.returncode:
        raise HookError(f"{shlex.join(command)}: {output.decode(errors='replace').strip() or process.returncode}")
    return Cost(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall)


class Hook:
    """An `update-status` hook of one charm in one model, to be run as often as wanted.

    Args:
        folder: a new folder to lay the charm and the answers out in; Pebble's socket belongs to `containers/karma`.
        charm: the root of a charm, which is copied.
        answers: hook tool's command line -> what it prints.
    """

    def __init__(self, folder: Path, charm: Path, answers: Mapping[str, str]):
        self._charm = folder / "charm"
        self.socket = folder / "containers/karma/pebble.socket"
        self.socket.parent.mkdir(parents=True)
        self._charm.mkdir()
        for name in _CARRIED:
            if (charm / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(charm / name, self._charm / name, ignore=ignored)
            elif (charm / name).exists():
                shutil.copy(charm / name, self._charm / name)
        reading = {call.split()[0] for call in answers}
        self._tools = HookTools(folder, (*reading, *_SAYING, *WRITING), {**answers, **dict.fromkeys(_SAYING, "")})
        self._environment = {
            "PATH": f"{self._tools.path}:{os.defpath}",
            "PYTHONPATH": f"{_HERE / 'juju'}:{self._charm / 'lib'}",
            "BENCHMARK_CONTAINERS": str(folder / "containers"),
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
            "JUJU_CHARM_DIR": str(self._charm),
            "JUJU_DISPATCH_PATH": "hooks/update-status",
            "JUJU_HOOK_NAME": "update-status",
            "JUJU_MODEL_NAME": MODEL.name,
            "JUJU_MODEL_UUID": MODEL.uuid,
            "JUJU_UNIT_NAME": UNIT,
            "JUJU_VERSION": "3.6.9",
            "LANG": "C.UTF-8",
        }

    def run(self) -> Cost:
        """Run the hook once.

        Raises:
            HookError: if it fails.
        """
        command = [sys.executable, "src/charm.py"]
        return measure(command, cwd=self._charm, environment=self._environment)

    def calls(self) -> list[str]:
        """Run the hook once, and list the hook tools that it starts, each with its arguments.

        Raises:
            HookError: if it fails, with the last line that it has logged.
        """
        self._tools.record()
        try:
            self.run()
        except HookError as error:
            raise HookError("; ".join([str(error), *self._tools.recorded()[-1:]])) from error
        return self._tools.recorded()


def expect_settled(calls: Iterable[str], *asked: str) -> None:
    """Insist that a hook has written nothing and ended active.

    Args:
        calls: the hook tools that it has called.
        asked: what it has asked for besides, to be told with them.

    Raises:
        HookError: if it is otherwise.
    """
    written = [call for call in calls if call.startswith(WRITING)]
    said = [call for call in calls if call.startswith("status-set")]
    if written or not any(" active " in f"{call} " for call in said):
        raise HookError(f"a hook was to change nothing and end active: {', '.join((*written, *said, *asked))}")


def karma(folder: Path, answers: Mapping[str, str]) -> Hook:
    """Lay out the charm of this tree."""
    return Hook(folder, ROOT, answers)


def empty(folder: Path, answers: Mapping[str, str]) -> Hook:
    """Lay out the charm that does nothing."""
    return Hook(folder, _HERE / "empty_charm", answers)
