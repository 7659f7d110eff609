"""Juju's hook tools, played by one shell script (`juju/hook-tool`) that answers from files."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

SCRIPT = Path(__file__).parent / "juju/hook-tool"


class HookTools:
    """Hook tools for one charm, with the answers that they give and a record of how they were called.

    Args:
        folder: for all of it; nothing else may be in it but what the caller puts there under other names.
        names: of the tools.
        answers: a tool's whole command line, or its name alone for all other command lines -> what it prints.
    """

    def __init__(self, folder: Path, names: Iterable[str], answers: Mapping[str, str]):
        self.path = folder / "tools"
        """The folder for PATH."""
        self._answers, self._calls = folder / "answers", folder / "calls"
        self.path.mkdir(parents=True)
        for name in names:
            (self.path / name).symlink_to(SCRIPT)
        self.answer(answers)

    def answer(self, answers: Mapping[str, str]) -> None:
        """Give these answers from now on, besides the earlier ones."""
        for call, answer in answers.items():
            path = self._answers / call
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"printf '%s\\n' {shlex.quote(answer)}\n")

    def behave(self, scripts: Mapping[str, str]) -> None:
        """Do this from now on: like `answer`, with shell text, in which `$here` is the folder."""
        for call, script in scripts.items():
            (self._answers / call).write_text(script)

    def record(self) -> None:
        """Write down every call from now on."""
        self._calls.write_text("")

    def recorded(self) -> list[str]:
        """List the calls since `record()`, each a command line, and write down no more of them."""
        calls = self._calls.read_text().splitlines()
        self._calls.unlink()
        return calls
