"""Find or build the programs that the playground and the functional tests run: Pebble, Alertmanager, Karma.

Pebble, Alertmanager and crane are built from published Go modules, the stand-in for Karma from ours, each once.
Karma itself is in no package registry, so it is looked for: see `karmas`.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playground import PlaygroundError
from playground.machine.go_tools import CACHE, Say, built, to_stderr

KARMA_IMAGE = "ghcr.io/prymitive/karma:v0.133"
IMAGE_KNOWN = 20.0
"""Seconds that the registry has to say what the image is."""
IMAGE_IN_ALL = 180.0
"""Seconds that the whole image may take."""
IMAGE_ASK_AGAIN = 24 * 3600
"""Seconds for which an image that could not be had is not asked for again."""


@dataclass(frozen=True)
class Karma:
    """A Karma, or the stand-in for it.

    Attributes:
        path: the executable.
        version: what `--version` prints, such as `v0.133` or `v0.133-stand-in`.
        is_stand_in: whether it is the stand-in, so that whatever ran on it can say so.
    """

    path: Path
    version: str
    is_stand_in: bool


pebble, alertmanager = (partial(built, name) for name in ("pebble", "alertmanager"))


def karma(say: Say = to_stderr) -> Karma:
    """Return the first of `karmas`; the stand-in is built only where no real Karma is at hand.

    Raises:
        PlaygroundError: if KARMA_BIN names what is no Karma, or the stand-in is needed and cannot be built.
    """
    return next(_real_karmas(say), None) or _stand_in(say)


def karmas(say: Say = to_stderr) -> tuple[Karma, ...]:
    """Return every Karma at hand, the stand-in always last.

    KARMA_BIN (one path or several, separated as in PATH), then `karma` on the PATH; the published image only where
    neither gives one, and never with KARMA_IMAGE_PULL=never.

    Raises:
        PlaygroundError: if KARMA_BIN names what is no Karma, or the stand-in cannot be built.
    """
    return (*_real_karmas(say), _stand_in(say))


def karma_at(path: Path) -> Karma:
    """Return the Karma, or stand-in, at a path.

    Raises:
        PlaygroundError: if there is none.
    """
    version = _version_of(path.resolve())
    if version is None:
        raise PlaygroundError(f"{path} is no Karma (`{path} --version` gives no version)")
    return Karma(path.resolve(), version, is_stand_in=version.endswith("-stand-in"))


def _stand_in(say: Say) -> Karma:
    path = built("karma-stand-in", say)
    return Karma(path, _version_of(path) or "stand-in", is_stand_in=True)


def _real_karmas(say: Say) -> Iterator[Karma]:
    found: set[Path] = set()
    for name in filter(None, os.environ.get("KARMA_BIN", "").split(os.pathsep)):
        try:
            one = karma_at(Path(name))
        except PlaygroundError as problem:
            raise PlaygroundError(f"KARMA_BIN: {problem}") from None
        if one.path not in found:
            found.add(one.path)
            yield one
    on_path = shutil.which("karma")
    if on_path and Path(on_path).resolve() not in found:
        # Another program of that name is not an error: nobody said that it was this one.
        version = _version_of(Path(on_path))
        if version is not None:
            found.add(Path(on_path).resolve())
            yield Karma(Path(on_path).resolve(), version, is_stand_in=False)
    if not found and os.environ.get("KARMA_IMAGE_PULL") != "never":
        path = _from_image(say)
        version = path and _version_of(path)
        if path and version:
            yield Karma(path, version, is_stand_in=False)


def _version_of(path: Path) -> str | None:
    try:
        run = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    answer = run.stdout.strip()
    return answer if run.returncode == 0 and re.fullmatch(r"v?\d+\.\d+\S*|dev", answer) else None


def _from_image(say: Say) -> Path | None:
    """Return Karma out of KARMA_IMAGE, None where the image cannot be had; that is remembered for a day."""
    target = CACHE / "bin" / f"karma-{KARMA_IMAGE.rpartition(':')[2]}"
    refused = CACHE / "image-unavailable"
    if target.exists():
        return target
    if refused.exists() and time.time() - refused.stat().st_mtime < IMAGE_ASK_AGAIN:
        return None
    crane = built("crane", say)
    say(f"unpacking {KARMA_IMAGE} ...")
    try:
        _unpack(crane, target)
    except PlaygroundError as problem:
        say(f"unpacking {KARMA_IMAGE} ... {problem}")
        refused.write_text(f"{problem}\n", encoding="utf-8")
        return None
    refused.unlink(missing_ok=True)
    return target


def _unpack(crane: Path, target: Path) -> None:
    """Write the image's /karma to the target, within IMAGE_KNOWN and IMAGE_IN_ALL.

    Raises:
        PlaygroundError: if the registry does not answer in time, or gives no whole image with a Karma in it.
    """
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    # A folder of its own until it is whole: another process may be unpacking the same.
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        image, karma = Path(name, "image.tar"), Path(name, "karma")
        export = ["export", "--platform", f"linux/{machine}", KARMA_IMAGE, str(image)]
        try:
            for command, seconds in (["manifest", KARMA_IMAGE], IMAGE_KNOWN), (export, IMAGE_IN_ALL):
                subprocess.run([crane, *command], check=True, capture_output=True, timeout=seconds)
            with tarfile.open(image) as tar:
                member = next(one for one in tar if one.isfile() and one.name.lstrip("./") == "karma")
                tar.extract(member.replace(name="karma", mode=0o755), name, filter="data")
            karma.replace(target)
        except subprocess.SubprocessError as error:
            raise PlaygroundError("the registry did not give it") from error
        except StopIteration as error:
            raise PlaygroundError("it has no /karma") from error
        except (tarfile.TarError, OSError) as error:
            raise PlaygroundError(f"the image is not whole: {error}") from error
