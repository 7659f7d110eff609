"""What the tests share: both charms, their contexts, and the hand-over of data from one to the other."""

import contextlib
import dataclasses
import functools
import importlib.util
import pathlib
import pkgutil
import sys
from collections.abc import Callable, Generator, Mapping
from typing import Any
from unittest import mock

import ops
import yaml
from ops import testing

from charm import SmtpIntegratorOperatorCharm
from charms.smtp_integrator.v0.smtp import (
    SmtpDataAvailableEvent,
    SmtpDataRemovedEvent,
    SmtpRelationData,
    SmtpRequires,
)

ROOT = pathlib.Path(__file__).parent.parent
MAILER_ROOT = ROOT / "examples" / "mailer"


def _mailer_charm() -> type[ops.CharmBase]:
    # By path: both charms' modules are named charm, as Charmcraft wants them.
    spec = importlib.util.spec_from_file_location("mailer_charm", MAILER_ROOT / "src" / "charm.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.MailerCharm


MailerCharm = _mailer_charm()
LISTENER_META: dict[str, Any] = {
    "name": "listener",
    "requires": {"smtp": {"interface": "smtp"}, "smtp-legacy": {"interface": "smtp"}},
}


SECRET_ID = "secret:d5v2q1s3ics06kltaimg"
DATABAG = {
    "host": "smtp.example.com",
    "port": "25",
    "auth_type": "plain",
    "transport_security": "tls",
    "skip_ssl_verify": "False",
    "user": "alice",
}


class Listener(ops.CharmBase):
    """A consumer that writes down what the library tells it."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.told: list[Any] = []
        self.smtp, self.legacy = SmtpRequires(self), SmtpRequires(self, "smtp-legacy")
        for relay in (self.smtp, self.legacy):
            framework.observe(relay.on.smtp_data_available, self._on_available)
            framework.observe(relay.on.smtp_data_removed, self._on_removed)

    def _on_available(self, event: SmtpDataAvailableEvent):
        names = [field.name for field in dataclasses.fields(SmtpRelationData)]
        self.told.append({name: getattr(event, name) for name in names})
        asked = self.smtp if event.relation.name == self.smtp.relation_name else self.legacy
        again = asked.get_relation_data_from_relation(event.relation)
        assert again == SmtpRelationData(**self.told[-1])

    def _on_removed(self, _: SmtpDataRemovedEvent):
        self.told.append("removed")


ProviderContext = testing.Context[SmtpIntegratorOperatorCharm]
MailerContext = testing.Context[ops.CharmBase]


def provider(**kwargs: Any) -> ProviderContext:
    """Make a context for the SMTP Integrator."""
    return testing.Context(SmtpIntegratorOperatorCharm, **kwargs)


def terse_provider() -> ProviderContext:
    """Make a context that knows what Juju enforces and none of the prose.

    ops.testing writes all of `charmcraft.yaml` out again in every run; without it that takes half the time.
    """
    full: dict[str, Any] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text())
    meta = {"name": full["name"], "provides": full["provides"], "peers": full["peers"]}
    options = {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in full["config"]["options"].items()
    }
    actions: dict[str, Any] = {name: {} for name in full["actions"]}
    return testing.Context(SmtpIntegratorOperatorCharm, meta=meta, config={"options": options}, actions=actions)


def mailer(**kwargs: Any) -> MailerContext:
    """Make a context for the example consumer."""
    return testing.Context(MailerCharm, **kwargs)


def listener() -> testing.Context[Listener]:
    """Make a context for the consumer that writes down what it is told."""
    return testing.Context(Listener, meta=LISTENER_META)


@contextlib.contextmanager
def denied(secret_id: str) -> Generator[None]:
    """Make Juju answer as it does where a grant is missing: with an error of no special type.

    ops.testing knows the missing secret only, and raises SecretNotFoundError.
    """
    get_secret, get_content = ops.Model.get_secret, ops.Secret.get_content

    def refuse(asked: str | None) -> None:
        if asked == secret_id:
            raise ops.ModelError(f'ERROR "{asked}" is not allowed to read this secret')

    def denied_get_secret(model: ops.Model, **how: Any) -> ops.Secret:
        refuse(how.get("id"))
        return get_secret(model, **how)

    def denied_get_content(secret: ops.Secret, *, refresh: bool = False):
        refuse(secret.id)
        return get_content(secret, refresh=refresh)

    with (
        mock.patch.object(ops.Model, "get_secret", denied_get_secret),
        mock.patch.object(ops.Secret, "get_content", denied_get_content),
    ):
        yield


@contextlib.contextmanager
def watched(*tools: str, refuse: Exception | None = None, relation_id: int | None = None) -> Generator[list[str]]:
    """Write down each call of some of Juju's tools, by the names that ops gives them, and let some fail.

    Args:
        tools: the methods of ops' backend.
        refuse: what the calls raise; None lets them pass.
        relation_id: the one relation whose calls count; None counts all.
    """
    called: list[str] = []

    def watch(name: str, tool: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(tool)
        def run(*args: Any, **kwargs: Any) -> Any:
            numbers = [value for value in (*args, *kwargs.values()) if type(value) is int]  # True equals 1
            if relation_id is None or relation_id in numbers:
                called.append(name)
                if refuse is not None:
                    raise refuse
            return tool(*args, **kwargs)

        return run

    with contextlib.ExitStack() as stack:
        for name in tools:
            path = f"scenario.mocking._MockModelBackend.{name}"
            stack.enter_context(mock.patch(path, watch(name, pkgutil.resolve_name(path))))
        yield called


def databag(state: testing.State, relation: testing.Relation) -> Mapping[str, str]:
    """Give what the application says on one relation."""
    return state.get_relation(relation.id).local_app_data


def own_secrets(state: testing.State) -> list[testing.Secret]:
    """Give the secrets that the application owns."""
    return [secret for secret in state.secrets if secret.owner == "app"]


def change(state: testing.State, *gone: testing.RelationBase, **changes: Any) -> testing.State:
    """Give the state with some of its parts replaced and some relations gone."""
    if gone:
        ids = {relation.id for relation in gone}
        changes["relations"] = [relation for relation in state.relations if relation.id not in ids]
    return dataclasses.replace(state, **changes)


def hand_over(state: testing.State, relation: testing.Relation) -> testing.State:
    """Give what the consumer at the other end of a relation sees: the databag, the secrets granted to it."""
    return testing.State(
        leader=True,
        relations=[testing.Relation(relation.endpoint, id=relation.id, remote_app_data=dict(databag(state, relation)))],
        secrets=[
            testing.Secret(dict(secret.latest_content), id=secret.id)
            for secret in own_secrets(state)
            if relation.id in secret.remote_grants
        ],
    )


def told(event: Any, state: testing.State) -> tuple[list[Any], testing.State]:
    ctx = listener()
    with ctx(getattr(ctx.on, event[0])(*event[1:]), state) as manager:
        out = manager.run()
        return manager.charm.told, out


def available(databag: Mapping[str, str], *secrets: testing.Secret) -> list[Any]:
    relation = testing.Relation("smtp", remote_app_data=dict(databag))
    return told(("relation_changed", relation), testing.State(relations=[relation], secrets=secrets))[0]
