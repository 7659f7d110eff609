"""The playground's commands as a person types them, and how to read what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from playground.machine.go_tools import ROOT
from tests.functional import warm_commands


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Playground:
    """The playground's commands, with a folder of their own for all files."""

    temporary: Path
    socket: str = ""
    """Of `warm_commands`."""

    @property
    def home(self) -> Path:
        """Where the playground keeps what stays between two commands."""
        return self.temporary / ".playground" / "unit"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "playground", *words]

    def warm_command(self, *words: str) -> list[str]:
        return [sys.executable, "-I", "-S", warm_commands.__file__, self.socket, *words]

    @property
    def environment(self) -> dict[str, str]:
        paths = os.pathsep.join(str(ROOT / folder) for folder in ("", "src", "lib"))
        return {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(self.temporary), "KARMA_PLAYGROUND": str(self.home)}

    def __call__(self, *words: str) -> Said:
        run = subprocess.run(
            self.warm_command(*words),
            env=self.environment,
            cwd=self.temporary,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(run.returncode, run.stdout, run.stderr)

    def well(self, *words: str) -> str:
        said = self(*words)
        assert (said.code, said.err) == (0, ""), said
        return said.out

    def processes(self) -> list[int]:
        """Whatever runs with a file or a root below the folder."""
        found: list[int] = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = f"{(process / 'root').readlink()} {(process / 'cmdline').read_text(errors='replace')}"
            except OSError:  # it has ended meanwhile, or is somebody else's
                continue
            if str(self.temporary) in told:
                found.append(int(process.name))
        return found


def related_names(play: Playground) -> list[str]:
    return re.findall(r"^(\S+):karma-dashboard", play.well("status"), re.MULTILINE)


def tidy(play: Playground, keep: str = "") -> None:
    """Take away what the test before has set and related."""
    if options := re.findall(r"^([a-z-]+):", play.well("config"), re.MULTILINE):
        play.well("config", "--reset", ",".join(options))
        play.well("fire", "update-status")
    for name in related_names(play):
        if name != keep:
            play.well("unrelate", name)


def row(out: str) -> tuple[str, str]:
    """Status and message of the unit."""
    found = re.search(r"^karma-k8s/0\* +\S+ +(\w+) +\S+ *(.*)$", out, re.MULTILINE)
    assert found, out
    return found[1], found[2]


def starts(out: str) -> int:
    found = re.search(r"\(started (\d+) times? so far\)", out)
    assert found, out
    return int(found[1])
