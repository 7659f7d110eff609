"""One unit of the charm over its life: what its operator says, what is related, what comes of each event."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, cast
from unittest import mock

import ops
import scenario.mocking
from ops import pebble, testing

from charm import KarmaCharm
from settings.options import SETTINGS
from tests.support.fake_pebble import TMP, Karma, Pebble, parsed

ROOT = Path(__file__).parents[2]
DATABAGS = ROOT / "tests" / "support" / "databags"
FQDN = "karma-0.karma-endpoints.prod.svc.cluster.local"
SECRET = testing.Secret({"password": "not-read-by-anyone"})


def published(number: int, application: str = "am", **changes: str) -> dict[str, str]:
    """Make what unit `number` of alertmanager-k8s in the model `prod` publishes, but for some keys."""
    host = f"{application}-{number}.{application}-endpoints.prod.svc.cluster.local"
    cluster = f"prod_{application}"
    return {
        "name": f"{application}/{number}",
        "uri": f"http://{host}:9093",
        "cluster": cluster,
        "proxy": "true",
        **changes,
    }


class Unit:
    """A unit of the charm. Each event finds what the one before has left.

    Args:
        context: what ops.testing knows of the charm.
        root: an empty directory, for the container's /tmp.
        options: what the operator has set.
    """

    def __init__(self, context: testing.Context[KarmaCharm], root: Path, options: Mapping[str, Any]):
        self._context = context
        self._root = root
        self.karma = Karma()
        self.pebble = Pebble(self.karma, root)
        self.options: dict[str, Any] = dict(options)
        self.relations: dict[int, testing.Relation] = {}
        self.address = "192.0.2.7"
        self.reachable = True
        self.secrets: dict[str, testing.Secret] = {}
        """Of the operator, by id."""
        self.denied: set[str] = set()
        """The secrets that this application has no grant for."""
        self.state = testing.State(
            leader=True,
            model=testing.Model("prod", type="kubernetes"),
            secrets={SECRET},
            containers={self._new_container()},
        )

    def _new_container(self) -> testing.Container:
        return testing.Container("karma", mounts={"tmp": testing.Mount(location=TMP, source=self._root)})

    def relate(self, relation_id: int, *units: Mapping[str, str], application: str = "am") -> None:
        """Have a relation in which units 0, 1, … publish this, whatever was there before; no event is sent."""
        data = {number: dict(databag) for number, databag in enumerate(units)}
        self.relations[relation_id] = testing.Relation(
            "alerting", id=relation_id, remote_app_name=application, remote_units_data=data
        )

    def integrate(self, relation_id: int, endpoint: str, **published: str) -> None:
        """Have a relation of another endpoint in which the application publishes this; no event is sent."""
        known = self.relations.get(relation_id, testing.Relation(endpoint, id=relation_id))
        self.relations[relation_id] = dataclasses.replace(known, remote_app_data=published)

    def set(self, **options: Any) -> None:
        """Set options by name; for a secret give a tuple of its texts. No event is sent."""
        for option, value in options.items():
            keys = SETTINGS[option].keys_of_secret
            self.options[option] = self.add_secret(**dict(zip(keys, value, strict=True))) if keys else value

    def add_secret(self, **content: str) -> str:
        """Add a secret of the operator's, and grant it; returns its id."""
        secret = testing.Secret(content)
        self.secrets[secret.id] = secret
        return secret.id

    def update_secret(self, secret_id: str, **content: str) -> None:
        """Make a new revision of a secret; no event is sent."""
        self.secrets[secret_id] = dataclasses.replace(self.secrets[secret_id], latest_content=content)

    def empty_container(self) -> None:
        """Let the container start anew: no files, no plan, nothing that runs; no event is sent."""
        for path in self._root.iterdir():
            shutil.rmtree(path)
        self.pebble.running = None
        self.state = dataclasses.replace(self.state, containers={self._new_container()})

    def kill_karma(self) -> None:
        """Let Karma die in such a way that Pebble waits before it starts it again; no event is sent."""
        container = dataclasses.replace(self._container, service_statuses={"karma": pebble.ServiceStatus.ERROR})
        self.state = dataclasses.replace(self.state, containers={container})
        self.pebble.running = None

    def emit(self, event: str = "update_status", relation_id: int | None = None, **arguments: Any) -> ops.StatusBase:
        """Run one hook.

        Args:
            event: its name in `ops.testing.CharmEvents`.
            relation_id: for an event of a relation.
            arguments: further arguments of the event.

        Returns:
            What `juju status` shows afterwards.
        """
        before = self._model(dict(self.options))
        if event.startswith("pebble_"):
            arguments["container"] = before.get_container("karma")
        if event.startswith("secret_"):
            arguments["secret"] = before.get_secret(id=arguments.get("secret", SECRET).id)
        if relation_id is not None:
            arguments["relation"] = before.get_relation(relation_id)
        with self._juju():
            self.state = self._context.run(getattr(self._context.on, event)(**arguments), before)
        for relation in before.get_relations("alerting"):
            assert relation == self.state.get_relation(relation.id), "the requirer of `alerting` never writes"
        self.relations = {one.id: cast("testing.Relation", one) for one in self.state.relations}
        self.secrets = {secret.id: secret for secret in self.state.secrets if secret.id in self.secrets}
        return self.status

    def act(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Run an action.

        Returns:
            Its results.

        Raises:
            testing.ActionFailed: with the sentence that its user reads.
        """
        before = self._model({**self.options, **parameters})
        with self._juju():
            after = self._context.run(self._context.on.action(action, params=parameters), before)
        container, unchanged = after.get_container("karma"), before.get_container("karma")
        assert (container.layers, container.service_statuses) == (unchanged.layers, unchanged.service_statuses)
        for of_model in ("unit_status", "relations", "opened_ports", "workload_version"):
            assert getattr(after, of_model) == getattr(before, of_model), "an action changes nothing"
        return dict(self._context.action_results or {})

    def _model(self, asked: Mapping[str, Any]) -> testing.State:
        """Make what Juju and Pebble know before a hook; `asked` is what Karma may be asked to judge."""
        addresses = [testing.BindAddress([testing.Address(self.address)])] if self.address else []
        container = dataclasses.replace(self._container, can_connect=self.reachable, execs=self.karma.execs(asked))
        return dataclasses.replace(
            self.state,
            config=self.options,
            relations=set(self.relations.values()),
            secrets={SECRET, *self.secrets.values(), *self.owned},
            networks={testing.Network("alerting", bind_addresses=addresses)},
            containers={container},
            unit_status=testing.UnknownStatus(),
        )

    @contextlib.contextmanager
    def _juju(self) -> Generator[None]:
        """Watch one hook, and answer it as Juju does where ops.testing does not."""
        backend = scenario.mocking._MockModelBackend  # pyright: ignore[reportPrivateUsage]
        secret_get = backend.secret_get

        def granted(itself: Any, *, id: str | None = None, **how: Any) -> dict[str, str]:  # noqa: A002 -- ops' name
            if id and any(id.endswith(denied.removeprefix("secret:")) for denied in self.denied):
                raise ops.ModelError(f'ERROR permission denied: "{id}" is not allowed to read this secret')
            return secret_get(itself, id=id, **how)

        self._context.juju_log.clear()
        named = mock.patch("socket.getfqdn", return_value=FQDN)
        with self.pebble.watched(), named, mock.patch.object(backend, "secret_get", granted):
            yield

    @property
    def status(self) -> ops.StatusBase:
        """What `juju status` shows."""
        status = self.state.unit_status
        assert len(status.message.encode()) <= 120
        assert status.message.isprintable()
        assert not status.message[:1].isupper()
        return ops.StatusBase.from_name(status.name, status.message)

    @property
    def owned(self) -> list[testing.Secret]:
        """The secrets that the charm itself has made."""
        return [secret for secret in self.state.secrets if secret.owner]

    @property
    def log(self) -> str:
        """What the last hook has logged."""
        return "\n".join(f"{line.level} {line.message}" for line in self._context.juju_log)

    @property
    def _container(self) -> testing.Container:
        return self.state.get_container("karma")

    @property
    def plan(self) -> pebble.Plan:
        """Pebble's plan."""
        return self._container.plan

    @property
    def is_running(self) -> bool:
        """Whether Pebble says that Karma runs."""
        says = self._container.service_statuses.get("karma") == pebble.ServiceStatus.ACTIVE
        assert says == bool(self.pebble.running)
        return says

    @property
    def config(self) -> dict[str, Any]:
        """The configuration with which Karma runs."""
        assert self.is_running
        assert self.pebble.running
        return parsed(self.pebble.running.text)

    @property
    def servers(self) -> list[dict[str, Any]]:
        """The Alertmanagers that Karma shows."""
        return self.config["alertmanager"]["servers"]

    @property
    def files(self) -> dict[str, str]:
        """Path -> text of the files in the container's /tmp."""
        return {
            f"{TMP}/{path.relative_to(self._root)}": path.read_text()
            for path in self._root.rglob("*")
            if path.is_file()
        }

    @property
    def modes(self) -> dict[str, str]:
        """Path -> permissions of all that is in the container's /tmp."""
        return {
            f"{TMP}/{path.relative_to(self._root)}": oct(path.stat().st_mode & 0o777) for path in self._root.rglob("*")
        }

    @property
    def outcome(self) -> dict[str, Any]:
        """All that hooks have left behind."""
        return {
            "status": self.status,
            "plan": self.plan.to_dict(),
            "files": self.modes | self.files,
            "running": self.is_running and self.pebble.running,
            "version": self.state.workload_version,
            "ports": self.state.opened_ports,
        }
