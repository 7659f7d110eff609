"""Check and run a Karma as the charm does, and ask it over HTTP; all on loopback, every wait bounded."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, TypeVar, cast

from playground.machine.binaries import Karma

FLAGS = ("--alertmanager.proxy=false", "--alertmanager.uri=", "--alertmanager.readonly=false", "--debug=false")
"""What the charm puts on Karma's command line against variables that Kubernetes injects for services."""

PATIENCE = 30.0
"""Seconds after which what has not happened counts as never happening."""

T = TypeVar("T")


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
    """A Karma that accepts connections.

    Attributes:
        url: where, over HTTP, without a slash at the end.
        process: so that a test can end it.
        log: the file that takes what it writes.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of whatever status."""

    status: int
    body: str
    headers: dict[str, str]


def minor(karma: Karma) -> int:
    """Return 133 for v0.133, and for the stand-in that follows it; a build without a version counts as newest."""
    found = re.match(r"v?0\.(\d+)", karma.version)
    return int(found[1]) if found else 999


NOBODY = "http://127.0.0.1:9"
"""A server that refuses connections."""


def config(port: int, *servers: dict[str, Any], listen: dict[str, Any] | None = None, **settings: Any) -> str:
    """Return a configuration as JSON, which is YAML as well; a server gets the name `a` unless it says otherwise."""
    return json.dumps(
        {
            "alertmanager": {"interval": "1s", "servers": [{"name": "a", "timeout": "5s"} | one for one in servers]},
            "listen": {"address": "127.0.0.1", "port": port} | (listen or {}),
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
def started(
    karma: Karma, directory: Path, text: str, env: Mapping[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[bytes], Path]]:
    """Start Karma, without waiting for anything; it is ended with the block."""
    log = directory / "karma.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [karma.path, *FLAGS],
            cwd=directory,
            env=_environment(directory, text, env or {}),
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process, log
        finally:
            process.kill()


@contextlib.contextmanager
def running(
    karma: Karma, directory: Path, text: str, port: int, env: Mapping[str, str] | None = None
) -> Generator[Running]:
    """Start Karma and wait until it accepts connections on the port."""
    with started(karma, directory, text, env) as (process, log):

        def up() -> bool:
            assert process.poll() is None, log.read_text()
            return accepts(port)

        wait_for(up)
        yield Running(f"http://127.0.0.1:{port}", process, log)


def accepts(port: int) -> bool:
    """Tell whether something accepts connections on the port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on.

    It lies below those that the kernel gives to outgoing connections, so that none of them takes it meanwhile, nor a
    probe of `accepts` connects to itself.
    """
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], T]) -> T:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < end, f"still not so after {PATIENCE} s"
        time.sleep(0.02)
    return answer


def terminate(process: subprocess.Popen[bytes]) -> int:
    """Ask the process to end, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Hand out every answer: follow no redirect, raise for no status."""

    def http_response(self, request: object, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002 - the base's signature
        return response

    https_response = http_response


def ask(url: str, method: str = "GET", body: object = None, ca: Path | None = None, **headers: str) -> Answer:
    """Send one request (header names with `_` for `-`) and return the answer, whatever its status."""
    context = ssl.create_default_context(cafile=str(ca)) if ca else None
    opener = urllib.request.build_opener(
        _AsItIs, urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
    request.add_header("Content-Type", "application/json")
    with opener.open(request, timeout=PATIENCE) as answer:
        return Answer(answer.status, answer.read().decode(), dict(answer.headers))


def alerts_json(url: str, **headers: str) -> dict[str, Any]:
    """Return Karma's answer to `POST /alerts.json`, which is what its page shows."""
    answer = ask(f"{url}/alerts.json", "POST", {}, None, **headers)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def labels_of(answer: dict[str, Any]) -> list[dict[str, str]]:
    """Return the labels of every alert in an answer of `alerts_json`: the group's, the shared ones and its own."""
    found: list[dict[str, str]] = []
    for grid in answer["grids"]:
        for group in grid["alertGroups"]:
            around = _labels(group["labels"]) | _labels(group["shared"]["labels"])
            found += [around | _labels(alert["labels"]) for alert in group["alerts"]]
    return found


def _labels(labels: Any) -> dict[str, str]:
    # v0.90 gives a map, later versions a list.
    if isinstance(labels, dict):
        return cast("dict[str, str]", labels)
    return {label["name"]: label["value"] for label in labels}


def _environment(directory: Path, text: str | None, env: Mapping[str, str]) -> dict[str, str]:
    file = directory / "karma.conf"
    if text is not None:
        file.write_text(text)
    return {"PATH": os.defpath, "HOME": "/", "CONFIG_FILE": str(file), **env}
