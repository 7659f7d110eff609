"""Programs that outlive the command which started them, found again and ended by later ones."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

from playground import PlaygroundError
from playground.machine.go_tools import ROOT
from playground.machine.waiting import eventually

_START_TIMEOUT = 15.0  # seconds
_STOP_TIMEOUT = 15.0  # seconds; Pebble gives each service five before it kills it


@dataclass(frozen=True)
class Process:
    """A process that leads a session, and so a process group, of its own."""

    pid: int
    born: str
    """Boot of the machine, and clock ticks since then: process ids are used again, this together with one is not."""

    @classmethod
    def spawn(cls, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
        """Start a command, found by its absolute path, whose output goes to a file that is begun anew.

        Raises:
            OSError: if it cannot be started.
        """
        into_log = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        # Unlike a Popen, which complains when it is forgotten while the process runs.
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), into_log, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigdef=[signal.SIGPIPE],
        )
        return cls(pid, _birth(pid))

    def is_alive(self) -> bool:
        """Whether it runs; ended and not yet reaped is not alive."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return bool(self.born) and _birth(self.pid) == self.born

    def end(self) -> None:
        """Ask it and its group to end, insist after _STOP_TIMEOUT, and wait until it has."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if not self.is_alive():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, how)
            eventually(self.is_alive, wanted=False, seconds=_STOP_TIMEOUT)


_P = TypeVar("_P", bound="Program")


class Program(ABC):
    """A program in the background, with a folder of its own; it can be pickled for the next command.

    Args:
        kind: what it is, for the name of its folder.
    """

    def __init__(self, kind: str):
        # A Unix socket's path has at most 107 bytes, so the folder cannot be deep below someone's home.
        self.home = Path(tempfile.mkdtemp(prefix=f"karma-playground-{kind}"))
        self._files: dict[str, str] = {}
        """What it reads in its folder."""
        self._process: Process | None = None

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            PlaygroundError: if it does not.
        """

    @property
    def log_path(self) -> Path:
        """Where its output goes."""
        return self.home.with_suffix(".log")

    @property
    def log(self) -> str:
        """What it has put out since it was last started."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def _launch(
        self, command: Sequence[str], environment: Mapping[str, str], answers: Callable[[], bool], failure: str
    ) -> None:
        """Start its process; end it, and tell of the failure, if it does not answer within _START_TIMEOUT."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        for name, text in self._files.items():
            (self.home / name).write_text(text)
        self._process = Process.spawn(command, self.log_path, environment)
        eventually(lambda: answers() or not self.is_alive(), wanted=True, seconds=_START_TIMEOUT)
        if answers() and self.is_alive():
            return
        self.stop()
        raise PlaygroundError(f"{failure}: {(self.log.strip().splitlines() or ['no answer'])[-1]}")

    def _launch_module(self, name: str, failure: str) -> None:
        """Do so with a module of ours that is run with the folder, where it makes the file `serves` in the end."""
        (serves := self.home / "serves").unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._launch([sys.executable, "-m", name, str(self.home)], environment, serves.exists, failure)

    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.is_alive()

    def stop(self) -> None:
        """End the process; the files stay for the next start."""
        process, self._process = self._process, None
        if process:
            process.end()

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        self.log_path.unlink(missing_ok=True)

    def __enter__(self: _P) -> _P:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def interrupt_on_sigterm() -> None:
    """Let SIGTERM do in this process what Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _birth(pid: int) -> str:
    """Return when a process was born, "" if there is none; see proc_pid_stat(5)."""
    try:
        # The name of the program, in brackets, may hold anything.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if state in "ZX" else f"{boot} {fields[18]}"
