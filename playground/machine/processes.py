"""Processes that outlive the command which started them, found again and ended by later ones."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STOP_TIMEOUT = 15.0  # seconds; Pebble gives each service five before it kills it


class StartError(Exception):
    """A program does not do its work; the text says which, in one line."""


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
            deadline = time.monotonic() + _STOP_TIMEOUT
            while self.is_alive() and time.monotonic() < deadline:
                time.sleep(0.02)


def _birth(pid: int) -> str:
    """Return when a process was born, "" if there is none; see proc_pid_stat(5)."""
    try:
        # The name of the program, in brackets, may hold anything.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if state in "ZX" else f"{boot} {fields[18]}"
