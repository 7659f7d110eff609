"""Runs the charm's hooks without Juju: ops.testing's State is the model, and Pebble and what it runs are real."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import traceback
import types
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import ops
import scenario.mocking
from ops import pebble, testing

from charm import KarmaCharm
from playground.juju.user_secrets import UserSecret, UserSecrets
from playground.machine.waiting import eventually

ALERTING = "alerting"
ADDRESS = "127.0.0.1"
_RECOVERY = 15.0
"""Seconds in which a check recovers that can: Pebble looks every ten."""


@dataclass(frozen=True)
class Model:
    """All that Juju knows, so that a unit can be taken up by another process; it can be pickled."""

    state: testing.State
    next_relation: int
    secrets: Mapping[str, UserSecret]


class Hooks:
    """Runs the hooks and actions of one unit, and keeps what Juju knows of it.

    Args:
        client: makes a client of the Pebble in the workload container.
        application: the name of the application.
        number: of the unit; number 0 leads.
        address: of the unit.
        model: what Juju knows of the unit already; nothing if not given.
    """

    def __init__(
        self,
        client: Callable[[], pebble.Client],
        application: str = "karma-k8s",
        number: int = 0,
        address: str = ADDRESS,
        model: Model | None = None,
    ):
        self._client = client
        self._context = testing.Context(KarmaCharm, app_name=application, unit_id=number)
        self._next_relation = model.next_relation if model else 1
        self.secrets = UserSecrets(model.secrets if model else None)
        self.name = f"{application}/{number}"
        self.host = f"{application}-{number}.{application}-endpoints.playground.svc.cluster.local"
        """What the cluster's DNS calls it."""
        self.log: list[str] = []
        """What `juju debug-log` would show from level INFO on."""
        self._were_down: frozenset[str] = frozenset()
        """The checks of whose recovery the unit is to be told."""
        self.state = model.state if model else _fresh_state(address, leads=number == 0)

    @property
    def model(self) -> Model:
        """All that Juju knows."""
        return Model(self.state, self._next_relation, dict(self.secrets.all))

    @property
    def status(self) -> ops.StatusBase:
        """What `juju status` shows of the unit, once Juju has told it of a check of Pebble's that recovers."""
        owed = self._were_down if self.state.unit_status.name == "waiting" else None
        if owed and not eventually(self._down, wanted=frozenset(), seconds=_RECOVERY):
            self._tell_of_recovery(min(owed))
        return ops.StatusBase.from_name(self.state.unit_status.name, self.state.unit_status.message)

    def fire(self, event: Any) -> None:
        """Send one event, as `unit.on.update_status()` makes it, and take over what the charm did to the model.

        Raises:
            testing.errors.UncaughtCharmError: for what the charm does not catch; the unit is in error state then.
        """
        before = self._down()
        with self._juju(name := event.name.replace("_", "-")):
            try:
                self.state = self._context.run(event, self.state)
            except testing.errors.UncaughtCharmError as error:
                self.log.append(f"ERROR {''.join(traceback.format_exception(error.__cause__ or error))}")
                self._replace(unit_status=testing.ErrorStatus(f'hook failed: "{name}"'))
                raise
        self._were_down = (before | self._down()) if self._karma_runs() else frozenset()

    def _down(self) -> frozenset[str]:
        """The checks that have failed as often as they may."""
        with contextlib.suppress(pebble.Error, OSError):
            checks = self._client().get_checks()
            return frozenset(one.name for one in checks if one.status == pebble.CheckStatus.DOWN)
        return frozenset()

    def _karma_runs(self) -> bool:
        with contextlib.suppress(pebble.Error, OSError):
            return any(service.is_running() for service in self._client().get_services())
        return False

    def _tell_of_recovery(self, check: str) -> None:
        [real] = self._client().get_checks(names=[check])
        info = testing.CheckInfo(check, level=real.level, startup=real.startup, threshold=real.threshold)
        bare, plan = self.state.get_container("karma"), pebble.Layer(self._client().get_plan().to_yaml())
        container = dataclasses.replace(bare, check_infos={info}, layers={"plan": plan})
        self._replace(containers={container})
        self.fire(self.on.pebble_check_recovered(container, info))
        self._replace(containers={bare})

    def run_action(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run an action and return its results.

        Raises:
            testing.ActionFailed: with the words of the charm.
        """
        with self._juju(name):
            self.state = self._context.run(self.on.action(name, params=params), self.state)
        return self._context.action_results or {}

    @contextlib.contextmanager
    def _juju(self, name: str) -> Generator[None]:
        """Let the charm see a real Pebble and Juju's rules for secrets, and take over what it logs."""
        # The seams of ops.testing at which its mocks can be replaced by something real.
        backend = scenario.mocking._MockModelBackend  # pyright: ignore[reportPrivateUsage]

        def get_pebble(_: object, __: str) -> pebble.Client:
            return self._client()

        def secret_get(of: object, **asked: object) -> dict[str, str]:
            return self.secrets.secret_get(of, **asked)

        try:
            with (
                mock.patch("socket.getfqdn", return_value=self.host),
                mock.patch.object(backend, "get_pebble", get_pebble),
                mock.patch.object(backend, "secret_get", secret_get),
                # It writes and reads the charm's metadata for each hook, which takes most of the time, but not as JSON.
                mock.patch("scenario._runtime.yaml", types.SimpleNamespace(safe_dump=json.dumps)),
            ):
                yield
        finally:
            self.log += [
                f"{line.level} {line.message}"
                for line in self._context.juju_log
                if line.level != "DEBUG" and line.message != f"ops {ops.__version__} up and running."
            ]
            self.log.append(f"INFO ran {name}")
            self._context.juju_log.clear()

    @property
    def on(self) -> testing.CharmEvents:
        """Makes events."""
        return self._context.on

    def _replace(self, **changes: Any) -> None:
        self.state = dataclasses.replace(self.state, **changes)


def _fresh_state(address: str, *, leads: bool) -> testing.State:
    bound = [testing.BindAddress([testing.Address(address)])]
    return testing.State(
        leader=leads,
        model=testing.Model("playground", type="kubernetes"),
        containers={testing.Container("karma", can_connect=True)},
        networks={testing.Network(ALERTING, bind_addresses=bound)},
        planned_units=1,
    )
