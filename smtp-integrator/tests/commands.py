"""The `juju` commands of the documents, run on ops.testing in place of Juju: what Juju refuses is refused here."""

import pathlib
import re
import shlex
from typing import Any

import yaml
from ops import testing

import juju

CHARMCRAFT: dict[str, Any] = yaml.safe_load((juju.ROOT / "charmcraft.yaml").read_text())
_TYPES: dict[str, Any] = {
    "int": int,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
    "secret": str,
}


class RefusedError(Exception):
    """Juju has no such command, or does not take it."""


def commands(page: pathlib.Path) -> list[list[str]]:
    """Give the commands in the code blocks of a page, word by word, without their comments."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line[:1] == ["juju"]]


class Model:
    """A model with this charm in it, one user secret, and whatever consumers are integrated.

    Attributes:
        state: the leader's unit.
        consumers: the relations by what is integrated, such as `smtp-integrator:smtp penpot:smtp`.
        results: what the last action said.
    """

    def __init__(self, app: str = "smtp-integrator"):
        self.ctx, self.app = juju.provider(app_name=app), app
        self.state = testing.State(leader=True, relations=[testing.PeerRelation("smtp-peers")])
        self.consumers: dict[str, testing.Relation] = {}
        self.results: dict[str, Any] = {}
        self._secret, self._granted = "", False

    def run(self, *line: str) -> None:
        """Run one command, given word by word.

        Raises:
            RefusedError: if Juju would not take it.
        """
        _, command, *arguments = line
        method = getattr(self, f"_{command.replace('-', '_')}", None)
        if method is None:
            raise RefusedError(f"no such command: {line}")
        try:
            method(*arguments)
        except (TypeError, KeyError, ValueError) as error:
            raise RefusedError(f"{line}: {error}") from error

    def _emit(self, event: Any) -> None:
        self.state = self.ctx.run(event, self.state)

    def _known(self, app: str) -> None:
        if app != self.app:
            raise ValueError(f"no application {app}")

    def _deploy(self, charm: str, app: str) -> None:
        if not re.fullmatch(r"\./smtp-integrator[\w*]*\.charm", charm):
            raise ValueError("Charmhub's is another charm")
        self._known(app)
        self._emit(self.ctx.on.install())

    def _refresh(self, app: str, flag: str, charm: str) -> None:
        self._known(app)
        if (flag, charm) != ("--path", "./smtp-integrator.charm"):
            raise ValueError("not this charm")
        self._emit(self.ctx.on.upgrade_charm())

    def _config(self, app: str, *pairs: str) -> None:
        self._known(app)
        options, changed = CHARMCRAFT["config"]["options"], dict(self.state.config)
        if pairs[:1] == ("--reset",):
            for option in pairs[1].split(","):
                changed.pop(option if option in options else options[option], None)
            self.state = juju.change(self.state, config=changed)
            return  # fires no hook on 4.0
        for pair in pairs:
            option, value = pair.split("=", 1)
            changed[option] = _TYPES[options[option]["type"]](value)
        self.state = juju.change(self.state, config=changed)
        if pairs:
            self._emit(self.ctx.on.config_changed())

    def _keep(self, content: str, *, granted: bool) -> None:
        key, value = content.split("=", 1)
        self._secret, self._granted = content, granted
        secret = testing.Secret({"key": "past"}, latest_content={key: value}, id=juju.SECRET_ID)
        others = juju.own_secrets(self.state)
        self.state = juju.change(self.state, secrets=[*others, secret] if granted else others)

    def _add_secret(self, _: str, content: str) -> None:
        self._keep(content, granted=False)

    def _update_secret(self, _: str, content: str) -> None:
        self._keep(content, granted=self._granted)
        if self._granted:
            self._emit(self.ctx.on.secret_changed(self.state.get_secret(id=juju.SECRET_ID)))

    def _grant_secret(self, _: str, app: str) -> None:
        self._known(app)
        self._keep(self._secret, granted=True)  # fires no hook

    def _integrate(self, ours: str, theirs: str) -> None:
        app, endpoint = ours.split(":")
        self._known(app)
        relation = testing.Relation(endpoint, remote_app_name=theirs.split(":", maxsplit=1)[0])
        self.consumers[f"{ours} {theirs}"] = relation
        self.state = juju.change(self.state, relations=[*self.state.relations, relation])
        self._emit(self.ctx.on.relation_created(relation))

    def _remove_relation(self, ours: str, theirs: str) -> None:
        relation = self.state.get_relation(self.consumers.pop(f"{ours} {theirs}").id)
        self._emit(self.ctx.on.relation_broken(relation))
        self.state = juju.change(self.state, relation)

    def _run(self, unit: str, action: str, *pairs: str) -> None:
        self._known(unit.split("/", maxsplit=1)[0])
        described = CHARMCRAFT["actions"][action]
        params = {key: yaml.safe_load(value) for key, value in (pair.split("=", 1) for pair in pairs)}
        for key, value in params.items():
            if described["params"][key]["type"] != "string" or not isinstance(value, str):
                raise ValueError(f"{key} is no text to YAML")
        self.ctx.run(self.ctx.on.action(action, params=params), self.state)
        self.results = dict(self.ctx.action_results or {})

    def _status(self, *arguments: str) -> None:
        # On 4.0 --watch is gone, and --relations with a name leaves out every relation with another application.
        if arguments not in ((), ("--relations",), (self.app,)):
            raise ValueError("not so on Juju 4.0")

    def _show_unit(self, unit: str) -> None:
        self._known(unit.split("/", maxsplit=1)[0])  # a consumer's own side writes nothing, so there is nothing to see
