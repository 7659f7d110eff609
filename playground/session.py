"""What stays between two commands of the playground: everything that runs, and what Juju would know."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import pickle
import shutil
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground import PlaygroundError
from playground.around.alertmanagers import AlertmanagerUnit
from playground.around.authority import Authority
from playground.around.remote_applications import Ingress, LoginProxy, RemoteApplication
from playground.juju.hooks import Model
from playground.juju.unit import Unit
from playground.machine.binaries import Karma
from playground.machine.container import WorkloadContainer
from playground.machine.go_tools import CACHE

HOME = Path(os.environ.get("KARMA_PLAYGROUND", CACHE / "unit"))
"""Where one playground keeps its things."""
CHARM_LOG = HOME / "charm.log"
_FILE = HOME / "session.pickle"
_MAX_ROUNDS = 20


@dataclass
class Application:
    """A related application."""

    relation: int
    units: dict[int, AlertmanagerUnit] = field(default_factory=dict[int, AlertmanagerUnit])
    """Those of its units that are real; the others are databags only."""


@dataclass
class Around:
    """What the unit is integrated with."""

    applications: dict[str, Application] = field(default_factory=dict[str, Application])
    """By name, those that `alerting` is integrated with."""
    others: list[RemoteApplication] = field(default_factory=list[RemoteApplication])
    authorities: dict[str, Authority] = field(default_factory=dict[str, Authority])


def certificate_file(authority: str) -> Path:
    """Say where the certificate of an authority is to be found."""
    return HOME / f"{authority}.crt"


class Session:
    """One playground: a workload container, a unit that is configured by the charm, and related applications.

    Args:
        container: the workload container.
        karma: the Karma in it.
        around: what the unit is integrated with.
        model: what Juju knows.
    """

    def __init__(
        self, container: WorkloadContainer, karma: Karma, around: Around | None = None, model: Model | None = None
    ):
        self.container = container
        self.karma = karma
        self.around = around or Around()
        self.unit = Unit(lambda: container.client, model=model)

    @property
    def applications(self) -> dict[str, Application]:
        """Those that `alerting` is integrated with, by their names."""
        return self.around.applications

    def authority(self, name: str, *, anew: bool = False) -> Authority:
        """Give the authority of this name, made when it is first asked for, and its certificate in a file."""
        known = self.around.authorities
        if anew or name not in known:
            known[name] = Authority(name)
            certificate_file(name).write_text(known[name].certificate)
        return known[name]

    def settle(self) -> None:
        """Let the other applications answer what the unit has published, until nobody has anything to add."""
        for _ in range(_MAX_ROUNDS):
            if not any(self._answered(one) for one in self.around.others if not one.by_hand):
                return
        raise PlaygroundError("the unit and the applications around it do not come to an end")

    def _answered(self, one: RemoteApplication) -> bool:
        """Let an application answer; return whether it has published anything new."""
        if isinstance(one, Ingress):
            logins = [other.headers for other in self.around.others if isinstance(other, LoginProxy)]
            one.headers = logins[0] if logins else {}
        answer = one.answer(self.unit.said(one.relation), self.unit.application_said(one.relation))
        if answer is None or answer == self.heard(one):
            return False
        self.publish(one, answer)
        return True

    def heard(self, one: RemoteApplication) -> Mapping[str, str]:
        """What an application has published."""
        if one.publishes_as_unit:
            return self.unit.heard_of_units(one.relation)[0]
        return self.unit.heard(one.relation)

    def publish(self, one: RemoteApplication, data: Mapping[str, str]) -> None:
        """Let an application publish this, and no more."""
        if one.publishes_as_unit:
            self.unit.publish(one.relation, 0, data)
        else:
            self.unit.answer(one.relation, data)

    def save(self) -> None:
        """Write it down for the next command, and the charm's log beside it."""
        HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = _FILE.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_bytes(pickle.dumps((self.container, self.karma, self.around, self.unit.model)))
        partial.replace(_FILE)
        now = datetime.datetime.now().strftime("%H:%M:%S")
        with CHARM_LOG.open("a", encoding="utf-8") as log:
            log.writelines(f"unit-{self.unit.name.replace('/', '-')}: {now} {line}\n" for line in self.unit.log)
        self.unit.log.clear()

    def remove(self) -> None:
        """End all that runs, and leave nothing behind."""
        for application in self.applications.values():
            for one in application.units.values():
                one.remove()
        for other in self.around.others:
            other.remove()
        self.container.remove()
        shutil.rmtree(HOME, ignore_errors=True)


def load() -> Session | None:
    """Read what the last command has written down; None if nothing was started.

    Raises:
        PlaygroundError: if it cannot be read, as after an upgrade of ops.
    """
    try:
        content = _FILE.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Session(*pickle.loads(content))  # noqa: S301 -- this user's own file, which nobody else may write
    except Exception as error:  # whatever has changed since, it shows as any exception
        raise PlaygroundError(f"{_FILE} is of another version ({error}): end its processes, and remove it") from error


@contextlib.contextmanager
def locked() -> Generator[None]:
    """Let one command at a time work on the playground."""
    HOME.parent.mkdir(parents=True, exist_ok=True)
    # The lock of a directory leaves no file behind.
    directory = os.open(HOME.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another command of the playground to end ...", file=sys.stderr, flush=True)
            fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


@contextlib.contextmanager
def opened() -> Generator[Session]:
    """Take up the playground that runs, and write down what has become of it.

    Raises:
        PlaygroundError: if none runs.
    """
    with locked():
        session = load()
        if session is None:
            raise PlaygroundError("nothing runs here yet: begin with `./play run`")
        if not session.container.is_alive():
            raise PlaygroundError(
                "the workload container has ended, by itself or with the machine: `./play run` mends it"
            )
        try:
            yield session
        finally:
            session.save()
