"""A unit's life as Juju leads it: `./dispatch` of a packed charm, in a clean environment, with hook tools on the PATH.

The names in the environment, and of the hook tools, are those of Juju 4.0's uniter (`internal/worker/uniter/runner`).
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.hook_tools import HookTools

_READING: dict[str, object] = {
    "credential-get": {},
    "goal-state": {"units": {}, "relations": {}},
    "is-leader": True,
    "network-get": {
        "bind-addresses": [{"interface-name": "eth0", "addresses": [{"value": "10.1.0.7", "cidr": "10.1.0.7/32"}]}],
        "ingress-addresses": ["10.1.0.7"],
        "egress-subnets": ["10.1.0.7/32"],
    },
    "opened-ports": [],
    "relation-get": {},
    "relation-ids": [],
    "relation-list": [],
    "relation-model-get": {"uuid": "a3a2b3c4-0000-4000-8000-000000000000"},
    "secret-ids": [],
    "state-get": {},
    "status-get": {"status": "unknown", "message": "", "status-data": {}},
}
_WRITING = (
    *("action-fail", "action-log", "action-set", "application-version-set", "close-port", "juju-log", "open-port"),
    *("relation-set", "secret-grant", "secret-remove", "secret-revoke", "secret-set"),
    *("state-delete", "state-set", "status-set"),
)
LOCATOR = "9m4e2mr0ui3e8a215n4g"
MARKER = "of the test"
"""What every secret holds."""
_OF_SECRET = {"JUJU_SECRET_ID": f"secret:{LOCATOR}", "JUJU_SECRET_LABEL": "of-the-test", "JUJU_SECRET_REVISION": "1"}
_INFO = {LOCATOR: {"label": "of-the-test", "revision": 1, "owner": "application", "rotation": "never"}}
_UNKNOWN = 'case $* in *--label*) echo "ERROR secret not found" >&2; exit 1 ;; esac\n'
_BEHAVING = {
    "secret-add": f"SECRET={LOCATOR}\n{Path(__file__).with_name('secret-add.sh').read_text()}",
    "secret-get": f"""{_UNKNOWN} echo '{{"password": "{MARKER}"}}'""",
    "secret-info-get": f"{_UNKNOWN} echo {shlex.quote(json.dumps(_INFO))}",
}


class Event(NamedTuple):
    """What Juju dispatches."""

    path: str
    """As in JUJU_DISPATCH_PATH: `hooks/install`, `actions/get-url`."""
    environment: Mapping[str, str] = {}
    answers: Mapping[str, str] = {}
    """What hook tools answer from now on: see HookTools."""
    afterwards: Mapping[str, str] = {}
    """What they answer once the event is over."""


class Outcome(NamedTuple):
    """What a dispatched event came to."""

    code: int
    output: str
    calls: list[str]
    """The hook tools that were called, each with its arguments."""

    @property
    def status(self) -> str:
        """The unit's status that was set last, and its message; empty if none was."""
        start = "status-set --application=False "
        said = [call.removeprefix(start) for call in self.calls if call.startswith(start)]
        return said[-1] if said else ""


class Told(NamedTuple):
    """What people and other charms tell a unit."""

    options: Mapping[str, object] = {}
    """What is configured, besides the defaults."""
    parameters: Mapping[str, object] = {}
    """With which every action is run."""
    remote: Mapping[str, Mapping[str, str]] = {}
    """Endpoint -> what the application at its other end publishes, and each of its units too."""


class Unit:
    """A unit of a packed charm, the only one of its application and its leader.

    Args:
        charm: the unpacked charm, in a folder of its own; it is run there, and not copied.
        folder: an empty one, for the hook tools.
        python: path of the interpreter that `python3` is.
        told: what it has to work on.
    """

    def __init__(self, charm: Path, folder: Path, python: str, told: Told):
        self._charm, self._told = charm, told
        self._metadata = _read(charm / "metadata.yaml")
        self._related: dict[str, object] = {}  # as goal-state tells it
        self._endpoints = [one for role in ("requires", "provides", "peers") for one in self._metadata.get(role, {})]
        self.name = str(self._metadata["name"])
        options = _read(charm / "config.yaml").get("options", {})
        defaults = {name: option["default"] for name, option in options.items() if "default" in option}
        read = {**_READING, "config-get": {**defaults, **told.options}, "action-get": told.parameters}
        answers = {**{tool: json.dumps(answer) for tool, answer in read.items()}, **dict.fromkeys(_WRITING, "")}
        self._tools = HookTools(folder, [*answers, *_BEHAVING], answers)
        self._tools.behave(_BEHAVING)
        (folder / "bin").mkdir()
        (folder / "bin/python3").symlink_to(python)
        self._environment = {
            "CLOUD_API_VERSION": "v1.34.0",
            "JUJU_AGENT_SOCKET_ADDRESS": "@/var/lib/juju/agents/unit-of-the-test/agent.socket",
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
            "JUJU_CHARM_DIR": str(charm),
            "JUJU_CONTEXT_ID": f"{self.name}/0-run-1",
            "JUJU_MODEL_NAME": "cos",
            "JUJU_MODEL_UUID": "a3a2b3c4-0000-4000-8000-000000000000",
            "JUJU_UNIT_NAME": f"{self.name}/0",
            "JUJU_VERSION": "4.0.15",
            "LANG": "C.UTF-8",
            "PATH": f"{self._tools.path}:{folder / 'bin'}:{os.defpath}",
        }

    def dispatch(self, event: Event) -> Outcome:
        """Run `./dispatch` for one event, as Juju does."""
        self._tools.answer(event.answers)
        self._tools.record()
        kind, name = event.path.split("/")
        dispatched = {"JUJU_DISPATCH_PATH": event.path, "JUJU_HOOK_NAME": name if kind == "hooks" else ""}
        done = subprocess.run(
            [self._charm / "dispatch"],
            cwd=self._charm,
            env={**self._environment, **dispatched, **event.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self._tools.answer(event.afterwards)
        return Outcome(done.returncode, done.stdout, self._tools.recorded())

    def life(self) -> Iterator[Event]:
        """Tell every event of a unit's life, in the order of a real Juju; the first endpoint's relation stays on."""
        first, *others = self._endpoints
        containers = list(self._metadata.get("containers", {}))
        joining, leaving = ("created", "joined", "changed"), ("departed", "broken")
        yield from map(Event, ("hooks/install", "hooks/leader-elected", "hooks/config-changed", "hooks/start"))
        yield from self._of_containers(containers, "pebble-ready")
        yield from (self._relation(first, step) for step in joining)
        yield from (self._relation(other, step) for other in others for step in (*joining, *leaving))
        yield Event("hooks/update-status")
        yield from (Event(f"hooks/secret-{step}", _OF_SECRET) for step in ("changed", "rotate", "expired", "remove"))
        yield from self._of_containers(containers, "pebble-check-failed", "pebble-check-recovered")
        for action in _read(self._charm / "actions.yaml"):
            of_action = {"JUJU_ACTION_NAME": action, "JUJU_ACTION_UUID": "1", "JUJU_ACTION_TAG": "action-1"}
            yield Event(f"actions/{action}", of_action)
        yield from map(Event, ("hooks/stop", "hooks/upgrade-charm", "hooks/config-changed", "hooks/start"))
        yield from self._of_containers(containers, "pebble-ready")
        yield from (self._relation(first, step) for step in leaving)
        yield from map(Event, ("hooks/leader-settings-changed", "hooks/stop", "hooks/remove"))

    @staticmethod
    def _of_containers(containers: list[str], *kinds: str) -> Iterator[Event]:
        for container in containers:
            for kind in kinds:
                check = {"JUJU_PEBBLE_CHECK_NAME": "up"} if "check" in kind else {}
                yield Event(f"hooks/{container}-{kind}", {"JUJU_WORKLOAD_NAME": container, **check})

    def _relation(self, endpoint: str, step: str) -> Event:
        is_peer, there = endpoint in self._metadata.get("peers", {}), step in ("joined", "changed")
        application = self.name if is_peer else f"other-{endpoint}"
        relation = f"{endpoint}:{self._endpoints.index(endpoint)}"
        unit = f"{application}/1"
        environment = {
            "JUJU_RELATION": endpoint,
            "JUJU_RELATION_ID": relation,
            "JUJU_REMOTE_APP": application,
            "JUJU_REMOTE_UNIT": unit if there or step == "departed" else "",
            **({"JUJU_DEPARTING_UNIT": unit} if step == "departed" else {}),
        }
        answers: dict[str, object] = {
            f"relation-ids {endpoint} --format=json": [relation],
            f"relation-list --format=json -r {relation}": [unit] if there else [],
            f"relation-list --format=json --app -r {relation}": application,
        }
        if there and not is_peer:
            published = self._told.remote.get(endpoint, {})
            answers[f"relation-get --format=json -r {relation} - {unit}"] = published
            answers[f"relation-get --format=json -r {relation} --app - {application}"] = published
        if endpoint in self._metadata.get("requires", {}):  # what is offered to other models goal-state leaves out
            self._related[endpoint] = {application: {"status": "joined", "since": "2026-01-01T00:00:00Z"}}
        answers["goal-state --format=json"] = {"units": {}, "relations": self._related}
        texts = {call: json.dumps(answer) for call, answer in answers.items()}
        gone: dict[str, str] = {}
        if step == "broken":
            self._related.pop(endpoint, None)
            goal = json.dumps({"units": {}, "relations": self._related})
            gone = {f"relation-ids {endpoint} --format=json": "[]", "goal-state --format=json": goal}
        return Event(f"hooks/{endpoint}-relation-{step}", environment, texts, gone)


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text()) if path.exists() else {}
