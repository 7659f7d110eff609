"""Packs every charm once, with wheels, and leads a unit of each through its life, on every Python at hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from packing.charms import BASE_PYTHON, CHARMS, find_python, pack
from tests.dispatch.juju import Event, Outcome, Told, Unit

_RELAY = {"host": "smtp.example.com", "port": "25", "user": "alice", "auth_type": "plain", "transport_security": "tls"}
TOLD = {
    "karma-k8s": Told(
        parameters={"config": "ui: {}"},
        remote={
            "alerting": {"name": "am/0", "uri": "http://10.1.0.8:9093", "cluster": "cos_am", "proxy": "true"},
            "receive-ca-cert": {"certificates": "[]", "version": "1"},
            "ingress": {"ingress": '{"url": "https://apps.example.com/cos-karma"}'},
        },
    ),
    "smtp-integrator": Told(options={**_RELAY, "port": 25, "password": "of the test"}),
    "mailer": Told(
        remote={
            "smtp": {**_RELAY, "password_id": "secret:9m4e2mr0ui3e8a215n4g"},
            "smtp-legacy": {**_RELAY, "password": "of the test"},
        }
    ),
}
NAMES = tuple(TOLD)
_RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def _at_hand() -> dict[str, str]:
    found = {version: path for version in ("3.10", BASE_PYTHON) if (path := find_python(version))}
    return found or {_RUNNING: sys.executable}


PYTHONS = _at_hand()
"""The versions that the charms are run on, and where they are: the oldest that is promised, and that of the base."""


class Charms:
    """Every charm, packed, and what became of a unit of it. The work is done in the background, in this order.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._main = BASE_PYTHON if BASE_PYTHON in PYTHONS else list(PYTHONS)[-1]
        self._pool = ThreadPoolExecutor(2)
        self._packed = {name: self._pool.submit(self._pack, name) for name in NAMES}
        self._lives: dict[tuple[str, str], Future[list[tuple[Event, Outcome]]]] = {}
        for name in NAMES:
            for python in PYTHONS:
                self._lives[name, python] = self._pool.submit(self._live, name, python)

    def close(self) -> None:
        """Wait for what has begun, and begin nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def folder(self, name: str) -> Path:
        """Give the folder of a packed charm, unpacked."""
        return self._packed[name].result()

    def life(self, name: str, python: str) -> list[tuple[Event, Outcome]]:
        """Give every event of a unit's life, and what it came to."""
        return self._lives[name, python].result()

    def unit(self, name: str, folder: Path, python: str = "") -> Unit:
        """Make a unit of a copy of a charm; the copy is the folder `charm` in this one, and may be changed."""
        shutil.copytree(self.folder(name), folder / "charm")
        return Unit(folder / "charm", folder / "juju", PYTHONS[python or self._main], TOLD[name])

    def _pack(self, name: str) -> Path:
        (self._folder / name).mkdir()
        return pack(name, self._folder / name, fast=True, python=PYTHONS[self._main]).folder

    def _live(self, name: str, python: str) -> list[tuple[Event, Outcome]]:
        folder = self._folder / f"{name}-{python}"
        unit = self.unit(name, folder, python)
        if python != self._main:
            _install(CHARMS[name] / "requirements.txt", folder / "charm/venv", PYTHONS[python])
        return [(event, unit.dispatch(event)) for event in unit.life()]


def _install(requirements: Path, folder: Path, python: str) -> None:
    # Charmcraft packs for one Python; what another one needs differs in the compiled packages only.
    shutil.rmtree(folder)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--python", python]
    subprocess.run([*install, "--target", folder, "--requirement", requirements], check=True)


@pytest.fixture(scope="session")
def charms(tmp_path_factory: pytest.TempPathFactory) -> Generator[Charms]:
    charms = Charms(tmp_path_factory.mktemp("charms"))
    yield charms
    charms.close()
