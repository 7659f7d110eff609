"""One unit of the charm over its life: what its operator says, what is related, what comes of each event."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, cast
from unittest import mock

import ops
import scenario._runtime
import scenario.mocking
import yaml
from ops import pebble, testing

from charm import KarmaCharm
from inputs import Inputs, read
from settings.options import SETTINGS
from tests.support.fake_pebble import TMP, Karma, Pebble, parsed
from workload.service import CHECK, LISTENS

ROOT = Path(__file__).parents[2]
ADDRESS = "192.0.2.7"
FQDN = "karma-0.karma-endpoints.prod.svc.cluster.local"
APPLICATION = "karma"
MODEL = testing.Model("prod", uuid="a3a2b3c4-0000-4000-8000-000000000000", type="kubernetes")
EVENTS = ["update_status", "config_changed", "leader_elected", "upgrade_charm", "start", "pebble_ready"]
"""Hooks that bring no news by themselves."""
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


def recorded(interface: str) -> dict[str, Any]:
    """Read the databags that were recorded of public charms at an interface, by what they were recorded of."""
    return yaml.safe_load((ROOT / "tests" / "support" / "recordings.yaml").read_text())[interface]


def declared(file: str) -> dict[str, Any]:
    """Read what Juju reads, less the texts for people: ops.testing writes it anew for every hook."""
    found = yaml.safe_load((ROOT / file).read_text())
    return {key: value for key, value in found.items() if key not in ("description", "links")}


@contextlib.contextmanager
def units(application: str = APPLICATION) -> Generator[NewUnit]:
    """Make units that know nothing of each other, for as long as this is entered."""
    types = {name: {"type": option["type"]} for name, option in declared("config.yaml")["options"].items()}
    meta, config, actions = declared("metadata.yaml"), {"options": types}, declared("actions.yaml")
    context = testing.Context(KarmaCharm, meta=meta, config=config, actions=actions, app_name=application)
    # It says in every hook that the container's root is made anew; what lasts is mounted into it.
    logging.getLogger("ops-scenario.mocking").setLevel(logging.ERROR)
    runtime_class: Any = scenario._runtime.Runtime
    make_root = runtime_class._virtual_charm_root

    def charm_root(runtime: Any) -> contextlib.AbstractContextManager[Path]:
        return contextlib.nullcontext(root) if runtime._charm_spec.charm_type is KarmaCharm else make_root(runtime)

    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        # For every hook ops.testing writes the charm's metadata and parses it, which took half of a hook's time.
        root = Path(tempfile.mkdtemp(dir=directory))
        for file, content in (("metadata", meta), ("config", config), ("actions", actions)):
            (root / f"{file}.yaml").write_text(json.dumps(content))  # JSON is YAML
        stack.enter_context(mock.patch.object(runtime_class, "_virtual_charm_root", charm_root))
        stack.enter_context(mock.patch.object(ops.CharmMeta, "from_yaml", functools.cache(ops.CharmMeta.from_yaml)))

        def make(options: Mapping[str, Any] | None = None, *, is_leader: bool = True) -> Unit:
            unit = Unit(context, Path(tempfile.mkdtemp(dir=directory)), options or {})
            unit.is_leader = is_leader
            return unit

        yield make


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
        self.address = ADDRESS
        self.fqdn = FQDN
        self.reachable = True
        self.shakes_hands: bool | None = None
        """What comes of a TLS connection with Karma."""
        self.secrets: dict[str, testing.Secret] = {}
        """Of the operator, by id."""
        self.denied: set[str] = set()
        """The secrets that this application has no grant for."""
        self.inputs: Inputs
        """What the charm has read in the last hook."""
        self.state = testing.State(
            leader=True,
            model=MODEL,
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

    def join(self, endpoint: str, relation_id: int, application: str = "other") -> Inputs:
        """Integrate with an application that has published nothing yet; returns what the charm has read then."""
        self.relations[relation_id] = testing.Relation(endpoint, id=relation_id, remote_app_name=application)
        return self.read("relation_created", relation_id)

    def answer(self, relation_id: int, data: Mapping[str, str]) -> Inputs:
        """Let the application on the other side publish this, and no more; returns what the charm has read then."""
        relation = dataclasses.replace(self.relations[relation_id], remote_app_data=dict(data))
        self.relations[relation_id] = relation
        return self.read("relation_changed", relation_id, remote_unit=0)

    def depart(self, relation_id: int) -> Inputs:
        """Let the unit on the other side go; returns what the charm has read then."""
        self.relations[relation_id] = dataclasses.replace(self.relations[relation_id], remote_units_data={})
        return self.read("relation_departed", relation_id, remote_unit=0, departing_unit=0)

    def unrelate(self, relation_id: int) -> Inputs:
        """Remove a relation; returns what the charm has read in the last hook of it."""
        self.depart(relation_id)
        self.emit("relation_broken", relation_id)
        del self.relations[relation_id]
        return self.inputs

    def said(self, relation_id: int) -> dict[str, str]:
        """What the unit has published, less what Juju itself puts there."""
        of_juju = ("egress-subnets", "ingress-address", "private-address")
        return {key: value for key, value in self.relations[relation_id].local_unit_data.items() if key not in of_juju}

    def application_said(self, relation_id: int) -> dict[str, str]:
        """What the application has published."""
        return dict(self.relations[relation_id].local_app_data)

    @property
    def is_leader(self) -> bool:
        """Whether the unit leads, which can be set; no event is sent."""
        return self.state.leader

    @is_leader.setter
    def is_leader(self, leads: bool) -> None:
        self.state = dataclasses.replace(self.state, leader=leads)

    def set(self, **options: Any) -> None:
        """Set options by name; for a secret give a tuple of its texts. No event is sent."""
        for option, value in options.items():
            keys = SETTINGS[option].keys_of_secret
            self.options[option] = self.add_secret(**dict(zip(keys, value, strict=True))) if keys else value

    def let(self, **circumstances: Any) -> None:
        """Set attributes of this unit, of its Karma or its Pebble; options come on top. No event is sent."""
        for name, value in circumstances.items():
            [holder, *_] = [one for one in (self, self.karma, self.pebble) if hasattr(one, name)]
            setattr(holder, name, {**self.options, **value} if name == "options" else value)

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
        self._end_karma(pebble.ServiceStatus.ERROR)

    def stop_karma(self) -> None:
        """Stop Karma by hand, as with `pebble stop karma`; no event is sent."""
        self._end_karma(pebble.ServiceStatus.INACTIVE)

    def _end_karma(self, status: pebble.ServiceStatus) -> None:
        self._change_container(service_statuses={"karma": status})
        self.fail_check(LISTENS)
        self.pebble.running = None

    def fail_check(self, name: str = CHECK) -> testing.CheckInfo:
        """Let a check of the plan fail as often as it may; no event is sent, but see `emit(…, info=…)`."""
        [check] = [info for info in self._container.check_infos if info.name == name]
        down = dataclasses.replace(check, status=pebble.CheckStatus.DOWN, failures=check.threshold)
        self._change_container(check_infos={*self._container.check_infos} - {check} | {down})
        return down

    def _change_container(self, **changes: Any) -> None:
        container = dataclasses.replace(self._container, **changes)
        self.state = dataclasses.replace(self.state, containers={container})

    def emit(self, event: str = "update_status", relation_id: int | None = None, **arguments: Any) -> ops.StatusBase:
        """Run one hook.

        Args:
            event: its name in `ops.testing.CharmEvents`.
            relation_id: for an event of a relation.
            arguments: further arguments of the event.

        Returns:
            What `juju status` shows afterwards.
        """
        before = self._model()
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

    def read(self, event: str, relation_id: int | None = None, **arguments: Any) -> Inputs:
        """Run one hook, as `emit` does, and return what the charm has read in it."""
        self.emit(event, relation_id, **arguments)
        return self.inputs

    def act(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Run an action.

        Returns:
            Its results.

        Raises:
            testing.ActionFailed: with the sentence that its user reads.
        """
        before = self._model()
        with self._juju():
            after = self._context.run(self._context.on.action(action, params=parameters), before)
        container, unchanged = after.get_container("karma"), before.get_container("karma")
        assert (container.layers, container.service_statuses) == (unchanged.layers, unchanged.service_statuses)
        for of_model in ("unit_status", "relations", "opened_ports", "workload_version"):
            assert getattr(after, of_model) == getattr(before, of_model), "an action changes nothing"
        return dict(self._context.action_results or {})

    def _model(self) -> testing.State:
        """Make what Juju and Pebble know before a hook."""
        addresses = [testing.BindAddress([testing.Address(self.address)])] if self.address else []
        container = dataclasses.replace(self._container, can_connect=self.reachable, execs=self.karma.execs())
        return dataclasses.replace(
            self.state,
            config=self.options,
            relations=set(self.relations.values()),
            secrets={SECRET, *self.secrets.values(), *self.owned},
            networks={testing.Network("alerting", bind_addresses=addresses)},
            containers={container},
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

        def spy(*arguments: Any) -> Inputs:
            self.inputs = read(*arguments)
            return self.inputs

        self._context.juju_log.clear()
        named = mock.patch("socket.getfqdn", return_value=self.fqdn)
        granting = mock.patch.object(backend, "secret_get", granted)
        shaking = mock.patch("karma.api.shakes_hands", return_value=self.shakes_hands)
        with self.pebble.watched(), named, granting, shaking, mock.patch("charm.read", spy):
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

    def remember(self, text: str) -> None:
        """Put something else in the place of what the charm has written down for later hooks."""
        [path] = self._root.rglob("memory.json")
        path.write_text(text)

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


NewUnit = Callable[..., Unit]
