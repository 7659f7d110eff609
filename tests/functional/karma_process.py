"""Check and run a Karma as the charm does, and ask it over HTTP; all on loopback, every wait bounded."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from playground.machine.binaries import Karma
from playground.machine.waiting import eventually

FLAGS = ("--alertmanager.proxy=false", "--alertmanager.uri=", "--alertmanager.readonly=false", "--debug=false")
"""What the charm puts on Karma's command line against variables that Kubernetes injects for services."""

PATIENCE = 30.0
"""Seconds after which what has not happened counts as never happening."""

PORT = 8080
"""At which Karma listens."""
NOBODY = "http://127.0.0.1:9"
"""A server that refuses connections."""
ONE_SERVER = f"alertmanager:\n  servers:\n    - {{name: a, uri: '{NOBODY}'}}\n"

SILENCE = {
    "matchers": [{"name": "alertname", "value": "TargetDown", "isRegex": False, "isEqual": True}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z",
    "createdBy": "test",
    "comment": "test",
}
"""As Alertmanager takes it."""


@dataclass(frozen=True)
class Checked:
    """What `--check-config` gave.

    Attributes:
        code: the exit code.
        lines: what it wrote to standard error.
    """

    code: int
    lines: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(line for line in self.lines if re.match(r"level=(ERROR|fatal) ", line))


@dataclass(frozen=True)
class Running:
    """A Karma that has been started.

    Attributes:
        process: so that a test can end it.
        log: the file that takes what it writes.
    """

    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of whatever status."""

    status: int
    body: str
    headers: dict[str, str]


Check = Callable[..., Checked]
Run = Callable[..., AbstractContextManager[Running]]


def minor(karma: Karma) -> int:
    """Return 133 for v0.133, and for the stand-in that follows it; a build without a version counts as newest."""
    found = re.match(r"v?0\.(\d+)", karma.version)
    return int(found[1]) if found else 999


def config(*servers: dict[str, Any], listen: dict[str, Any] | None = None, **settings: Any) -> str:
    """Return a configuration as JSON, which is YAML as well; a server gets the name `a` unless it says otherwise."""
    return json.dumps(
        {
            "alertmanager": {"interval": "1s", "servers": [{"name": "a", "timeout": "5s"} | one for one in servers]},
            "listen": {"address": "127.0.0.1", "port": PORT} | (listen or {}),
        }
        | settings
    )


def check(
    karma: Karma,
    directory: Path,
    text: str | None,
    flags: tuple[str, ...] = FLAGS,
    env: Mapping[str, str] | None = None,
) -> Checked:
    """Have Karma check a configuration (None: a file that is not there), with the directory as working directory."""
    command = [karma.path, "--check-config", "--log.format=text", *flags]
    environment = _environment(directory, text, env or {})
    run = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert run.stdout == ""
    return Checked(run.returncode, tuple(run.stderr.splitlines()))


@contextlib.contextmanager
def started(karma: Karma, directory: Path, text: str, env: Mapping[str, str] | None = None) -> Generator[Running]:
    """Start Karma, without waiting for anything; it is ended with the block."""
    log, environment = directory / "karma.log", _environment(directory, text, env or {})
    with (
        log.open("wb") as output,
        subprocess.Popen([karma.path, *FLAGS], cwd=directory, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            yield Running(process, log)
        finally:
            process.kill()


@contextlib.contextmanager
def running(karma: Karma, directory: Path, text: str, env: Mapping[str, str] | None = None) -> Generator[Running]:
    """Start Karma and wait until it accepts connections."""
    with started(karma, directory, text, env) as one:

        def up() -> bool:
            assert one.process.poll() is None, one.log.read_text()
            return accepts()

        wait_for(up)
        yield one


def accepts(port: int = PORT) -> bool:
    """Tell whether something accepts connections on the port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], object]) -> None:
    """Ask until the answer is true."""
    assert eventually(lambda: bool(condition()), wanted=True, seconds=PATIENCE)


def ask(path: str, method: str = "GET", body: object = None, ca: Path | None = None, **headers: str) -> Answer:
    """Send Karma one request (header names with `_` for `-`) and return the answer, whatever its status."""
    if ca:
        context = ssl.create_default_context(cafile=str(ca))
        connection = HTTPSConnection("127.0.0.1", PORT, timeout=PATIENCE, context=context)
    else:
        connection = HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json", **named})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(), dict(answer.headers))


def _environment(directory: Path, text: str | None, env: Mapping[str, str]) -> dict[str, str]:
    file = directory / "karma.conf"
    if text is not None:
        file.write_text(text)
    return {"PATH": os.defpath, "HOME": "/", "CONFIG_FILE": str(file), **env}
