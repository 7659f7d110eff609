"""Packs a charm from its charmcraft.yaml, and unpacks the result as Juju does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
CHARMS = {
    "karma-k8s": ROOT,
    "smtp-integrator": ROOT / "smtp-integrator",
    "mailer": ROOT / "smtp-integrator/examples/mailer",
    "empty": ROOT / "benchmarks/empty_charm",
}
BASE_PYTHON = "3.12"  # that of ubuntu@24.04
# Charm -> other charm, and a file of that one which it is packed with: a library that `charmcraft fetch-libs` would
# bring, and the same versions of the same packages.
_BORROWED = {
    "mailer": ("smtp-integrator", "lib/charms/smtp_integrator/v0/smtp.py"),
    "empty": ("smtp-integrator", "requirements.txt"),
}
# charmcraft looks for venv/lib, which its own plugin `charm` has not made since 3.5, and stumbles.
_ANALYSIS_AT_FAULT = {"pydeps"}

# The charm's python3, on the PATH of the build. In virtualenv's environments pip is new enough for charmcraft; in those
# of `venv` it would often have to be renewed first. Bytecode would not be packed.
_PYTHON3 = f"""#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    '{sys.executable}' -m virtualenv --quiet --no-download --python '%s' "$3" || exit
    printf '[install]\\nno-compile = true\\n' >"$3/pip.conf"
else
    exec '%s' "$@"
fi
"""


class PackingError(Exception):
    """A charm could not be packed; the text says what is missing or what charmcraft said."""


class Packed(NamedTuple):
    """What came of packing."""

    archive: Path
    """The `.charm`, to be deployed."""
    folder: Path
    """The same, unpacked."""


def find_python(version: str) -> str:
    """Find a Python on this machine: the path of its executable; empty if there is none."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "python",
        "find",
        "--no-python-downloads",
        "--no-project",
        "--system",
        version,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def pack(name: str, folder: Path, *, fast: bool, python: str) -> Packed:
    """Pack one of CHARMS.

    Args:
        name: of the charm.
        folder: a new folder for the result and for the work.
        fast: whether binary wheels are allowed. Hashes are checked all the same, where requirements.txt has them.
        python: path of the interpreter that packages are built for; empty is none.

    Raises:
        PackingError: if it can't be packed here.
    """
    if not python:
        raise PackingError(f"there is no Python {BASE_PYTHON} on this machine, which is that of the charm's base")
    work, tools = folder / "work", folder / "bin"
    _copy(CHARMS[name], work)
    if name in _BORROWED:
        charm, file = _BORROWED[name]
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHARMS[charm] / file, work / file)
    if fast:
        _allow_wheels(work)
    else:
        _expect_tools(work)
    tools.mkdir()
    (tools / "python3").write_text(_PYTHON3 % (python, python))
    (tools / "python3").chmod(0o755)
    _charmcraft(work, "pack", "--destructive-mode", "--platform", _platform(work), tools=tools)
    [archive] = work.glob("*.charm")
    archive = archive.rename(folder / archive.name)
    return Packed(archive, _unpack(archive, folder / name))


def analyse(packed: Packed) -> list[str]:
    """Have charmcraft analyse a packed charm, and list what is wrong with it, a line each.

    Raises:
        PackingError: if it says nothing at all.
    """
    said = _charmcraft(packed.archive.parent, "analyse", "--format=json", packed.archive.name, accept=(0, 1, 2, 3))
    checks: list[dict[str, str]] = json.loads(said[said.index("[\n") :])
    project = yaml.safe_load((CHARMS[packed.folder.name] / "charmcraft.yaml").read_text())
    left_out = {*_ANALYSIS_AT_FAULT, *project.get("analysis", {}).get("ignore", {}).get("linters", [])}
    good = {"ok", "nonapplicable"}
    looked_at = [check for check in checks if check["check_type"] == "lint" and check["name"] not in left_out]
    return [f"{check['name']}: {check['text']}" for check in looked_at if check["result"] not in good]


def _expect_tools(work: Path) -> None:
    needs = ["cc", *(["cargo", "pkg-config"] if "cryptography==" in (work / "requirements.txt").read_text() else [])]
    if missing := [need for need in needs if not shutil.which(need)]:
        raise PackingError(
            f"packages are built from sources, in C and Rust, and there is no {', no '.join(missing)} here: install"
            " build-essential, pkg-config, libssl-dev, libffi-dev and Rust (rustup), or take wheels with --fast"
        )


def _copy(root: Path, folder: Path) -> None:
    # What git ignores is no source, and charmcraft would copy it: environments, caches, packed charms.
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (root / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)


def _allow_wheels(work: Path) -> None:
    project: dict[str, Any] = yaml.safe_load((work / "charmcraft.yaml").read_text())
    part = project["parts"]["charm"]
    lines = (work / "requirements.txt").read_text().splitlines()
    names = {line.split("=")[0].rstrip("~ ") for line in lines if line[:1].isalpha()}
    if not part.get("charm-strict-dependencies"):
        names |= {"pip", "setuptools", "wheel"}  # charmcraft would build these first
    part["charm-binary-python-packages"] = sorted(names)
    part.pop("override-build", None)  # readies compilers
    (work / "charmcraft.yaml").write_text(yaml.safe_dump(project))


def _platform(work: Path) -> str:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    platforms: dict[str, object] = yaml.safe_load((work / "charmcraft.yaml").read_text())["platforms"]
    [found] = [platform for platform in platforms if platform.endswith(f":{machine}")] or [""]
    if not found:
        raise PackingError(f"charmcraft.yaml has no platform for {machine}")
    return found


def _charmcraft(folder: Path, *arguments: str, tools: Path | None = None, accept: Iterable[int] = (0,)) -> str:
    home = folder / ".home"  # for its state and logs
    home.mkdir(mode=0o700, exist_ok=True)
    path = [str(tools)] if tools else []
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PATH": os.pathsep.join([*path, str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "packing.charmcraft_here", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode not in accept:
        raise PackingError(f"charmcraft {arguments[0]} failed:\n{done.stdout.partition('Detailed information')[0]}")
    return done.stdout


def _unpack(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        for one in packed.infolist():
            path = Path(packed.extract(one, folder))
            if mode := one.external_attr >> 16 & 0o777:  # zipfile itself makes nothing executable
                path.chmod(mode)
    return folder
