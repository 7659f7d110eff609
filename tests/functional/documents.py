"""Types what a document shows in its ```console blocks, and holds what is printed to what is shown."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playground.machine import binaries
from tests.functional.playground_commands import Playground

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# (\S+\.yaml)\n")
_SECRET = re.compile(r"secret:[0-9a-z]{20}")
_OF_THIS_RUN = (
    (re.compile(r"\d\d:\d\d:\d\d(\.\d+Z)?"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\dT<time>"), "<time>"),
    (re.compile(r"127\.0\.0\.1:19\d\d\d"), "127.0.0.1:<port>"),
)
_NEEDS = ("curl", "jq")


@dataclass(frozen=True)
class Step:
    """A command, and what a document says that it prints."""

    command: str
    shown: str


def steps(document: Path) -> Iterator[Step]:
    """List what is typed in a document, in order; a line that ends in a backslash goes on in the next one."""
    for block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command = re.match(r"(?:.*\\\n)*.*\n", typed)
            assert command, typed
            yield Step(command[0].strip(), typed[command.end() :])


def files(document: Path) -> Iterator[tuple[str, str]]:
    """List the files that a document shows: blocks of YAML that begin with a comment that is a name."""
    for text in _YAML.findall(document.read_text(encoding="utf-8")):
        if named := _NAME.match(text):
            yield named[1], text


@dataclass
class Reader:
    """Somebody who follows documents in a folder that looks like a clone of the repository."""

    play: Playground
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of secrets in the document -> those of this run."""

    def __post_init__(self) -> None:
        script = self.folder / "play"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.play.warm_command())} "$@"\n')
        script.chmod(0o755)

    @property
    def folder(self) -> Path:
        """Where it is typed."""
        return self.play.temporary

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.play.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def follow(self, step: Step) -> None:
        """Type a command; fail where it prints something else than the document shows."""
        for name in _NEEDS:
            if re.search(rf"\b{name} ", step.command) and not shutil.which(name):
                pytest.skip(f"the document uses {name}, which is not installed")
        command = _SECRET.sub(lambda found: self.secrets.get(found[0], found[0]), step.command)
        run = self._run(command)
        shown, printed = step.shown, run.stdout
        # What an earlier line has told for the first time holds from then on.
        self.secrets.update(zip(_SECRET.findall(shown), _SECRET.findall(printed), strict=False))
        wanted = _SECRET.sub(lambda found: self.secrets.get(found[0], found[0]), shown)
        if not re.fullmatch(_pattern(_plain(wanted)), _plain(_as_karma(run.stdout))):
            pytest.fail(f"$ {command}\n{printed}\n\nbut the document shows\n{shown}", pytrace=False)


def _pattern(shown: str) -> str:
    """Make a pattern in which `...` stands for whatever there is: lines where it stands alone, else a part of one."""
    lines = shown.splitlines()
    return "".join(r"(?:.*\n)*?" if line.strip() == "..." else f"{_line(line)}\n" for line in lines)


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))


def _plain(text: str) -> str:
    for what, name in _OF_THIS_RUN:
        text = what.sub(name, text)
    # How wide a column is depends on what stands in it.
    return re.sub(r"(?<=\S) +", " ", re.sub(r" +$", "", text, flags=re.MULTILINE))


def _as_karma(printed: str) -> str:
    """Put the Karma of the documents in the place of the one that runs."""
    karma = binaries.karma()
    if karma.is_stand_in:
        printed = re.sub(r"(?m)^No Karma is at hand.*$", "Karma is /usr/local/bin/karma (v0.133).", printed)
        return printed.replace("The stand-in for Karma", "Karma v0.133").replace("0.133-stand-in", "0.133")
    version = karma.version.removeprefix("v")
    printed = printed.replace(f"Karma is {karma.path} ", "Karma is /usr/local/bin/karma ")
    return re.sub(rf"(?<![0-9.]){re.escape(version)}(?![0-9.])", "0.133", printed)
