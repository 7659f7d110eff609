"""Karma in its image, and the Pebble that runs it, on top of what ops.testing mocks."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import json
import re
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import ops
import yaml
from ops import pebble, testing

# The methods of ops.Container that become requests to Pebble.
_READS = (
    "can_connect",
    "get_plan",
    "get_services",
    "get_service",
    "get_checks",
    "pull",
    "list_files",
    "exists",
    "isdir",
)
_WRITES = (
    *("add_layer", "replan", "start", "stop", "restart", "start_checks", "stop_checks", "send_signal"),
    *("push", "push_path", "make_dir", "remove_path", "exec"),
)
TMP = "/tmp"
SERVER_KEYS = {
    *("name", "uri", "cluster", "timeout", "proxy", "readonly", "cors", "proxy_url"),
    *("headers", "healthcheck", "external_uri", "tls"),
}
NO_THEME = """level=ERROR msg="Execution failed" error="invalid ui.theme value 'bad'\""""


@dataclasses.dataclass
class Karma:
    """The program in the image."""

    version: str | None = "v0.133"
    """What it answers when asked; None where it does not know the question."""
    refuses: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Text in any file of a configuration -> what `--check-config` prints of it."""
    dies_of: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Text in the configuration -> what Pebble says when Karma is started with that."""
    missing: bool = False
    """Whether the image holds no /karma."""
    cannot_run: Exception | None = None
    """What Pebble answers when it is asked to run it for a moment."""
    last_words: str | None = None
    """What `pebble logs` prints."""

    def execs(self) -> set[testing.Exec]:
        """Play the program."""
        answers: set[testing.Exec] = set()
        if self.last_words is not None:
            answers.add(testing.Exec(["/charm/bin/pebble", "logs"], stdout=self.last_words))
        if not self.missing:
            answers.add(testing.Exec(["/karma", "--check-config"]))
            code = 0 if self.version else 1
            answers.add(testing.Exec(["/karma", "--version"], return_code=code, stdout=f"{self.version}\n"))
        return answers


@dataclasses.dataclass(frozen=True)
class Running:
    """A Karma that was started: with which entry of the plan, and what it read then."""

    entry: dict[str, Any]
    text: str


@dataclasses.dataclass
class Fault:
    """Requests to Pebble that fail."""

    error: Exception
    first: int
    """Index of the first one in a hook."""
    last: float
    answered: bool = False
    """Whether what was asked is done, and only the answer is lost."""
    of: str = ""
    """Only the requests of this name, such as `push`; all of them if empty."""


class Pebble:
    """Counts what the charm asks of Pebble, lets requests fail, and knows which Karma really runs.

    Args:
        karma: what it runs.
        root: the directory that the container has as its /tmp.
    """

    def __init__(self, karma: Karma, root: Path):
        self._karma = karma
        self._root = root
        self.requests: list[str] = []
        """Of the last hook, by the names of ops.Container's methods."""
        self.checked: list[str] = []
        """The configurations that Karma was asked to check in the last hook."""
        self.timeouts: list[float] = []
        """The seconds that it was given for each."""
        self.fault: Fault | None = None
        self.running: Running | None = None
        self.starts = 0

    @property
    def writes(self) -> list[str]:
        """The requests of the last hook that change something or run something."""
        return [request for request in self.requests if request in _WRITES]

    @contextlib.contextmanager
    def watched(self) -> Generator[None]:
        """Watch one hook."""
        self.requests, self.checked, self.timeouts = [], [], []
        with contextlib.ExitStack() as stack:
            for name in (*_READS, *_WRITES):
                stack.enter_context(mock.patch.object(ops.Container, name, self._watch(name)))
            yield

    def _watch(self, name: str) -> Callable[..., Any]:
        original = getattr(ops.Container, name)
        effects: dict[str, Callable[..., Any]] = {
            "replan": self._replan,
            "stop": self._stop,
            "exec": self._exec,
        }
        effect = effects.get(name)

        def method(container: ops.Container, *args: Any, **kwargs: Any) -> Any:
            def carry_out() -> Any:
                return effect(original, container, *args, **kwargs) if effect else original(container, *args, **kwargs)

            return self._request(name, carry_out)

        return method

    def _request(self, name: str, carry_out: Callable[[], Any]) -> Any:
        index = len(self.requests)
        self.requests.append(name)
        fault = self.fault
        if not fault or not fault.first <= index <= fault.last or (fault.of and fault.of != name):
            return carry_out()
        if fault.answered:
            self._lose(carry_out)
        raise fault.error

    @staticmethod
    def _lose(carry_out: Callable[[], Any]) -> None:
        with contextlib.suppress(pebble.Error):
            answer = carry_out()
            if isinstance(answer, io.IOBase):
                answer.close()

    def _replan(self, original: Callable[..., None], container: ops.Container) -> None:
        """Start what is enabled and does not run, and start anew what runs with another entry."""
        service = container.pebble.get_plan().services.get("karma")
        enabled = service is not None and service.startup == "enabled"
        if service and (self.running.entry != service.to_dict() if self.running else enabled):
            self._run(container)
        original(container)

    def _stop(self, original: Callable[..., None], container: ops.Container, *names: str) -> None:
        original(container, *names)
        self.running = None

    def _run(self, container: ops.Container) -> None:
        entry: dict[str, Any] = dict(container.pebble.get_plan().services["karma"].to_dict())
        self.starts += 1
        self.running = None
        text = self._file(entry["environment"]["CONFIG_FILE"]).read_text()
        if said := next((said for cause, said in self._karma.dies_of.items() if cause in text), ""):
            container.pebble.stop_services(["karma"])
            raise change_error('Start service "karma" (cannot start service: exited quickly with code 1)', said)
        self.running = Running(entry, text)

    def _exec(self, original: Callable[..., Any], container: ops.Container, command: list[str], **kwargs: Any) -> Any:
        output, error = None, self._karma.cannot_run
        if command[:2] == ["/karma", "--check-config"]:
            texts = [path.read_text() for path in self._file(kwargs["working_dir"]).iterdir() if path.is_file()]
            for cause, said in self._karma.refuses.items():
                if any(cause in text for text in texts):
                    error = error or pebble.ExecError(command, 1, "", said)
            text = self._file(kwargs["environment"]["CONFIG_FILE"]).read_text()
            parsed(text)
            self.checked.append(text)
            self.timeouts.append(kwargs["timeout"])
        if isinstance(self._karma.cannot_run, pebble.APIError):
            raise self._karma.cannot_run
        try:
            output = original(container, command, **kwargs).wait_output()
        except pebble.Error as failure:
            error = error or failure

        def answer() -> Any:
            if error:
                raise error
            return output

        return mock.Mock(wait_output=lambda: self._request("wait_output", answer))

    def _file(self, path: str) -> Path:
        return self._root / Path(path).relative_to(TMP)


def change_error(err: str, *log: str) -> pebble.ChangeError:
    """Make the error of a change of Pebble's, with what the one task of it has logged."""
    now = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
    progress = pebble.TaskProgress("", 1, 1)
    task = pebble.Task(pebble.TaskID("8"), "start", "", "Error", list(log), progress, now, now)
    said = f"cannot perform the following tasks:\n- {err}"
    change = pebble.Change(pebble.ChangeID("7"), "replan", "", "Error", [task], True, said, now, now)
    return pebble.ChangeError(said, change)


def memory(files: Mapping[str, str]) -> dict[str, Any]:
    """Find what the charm remembers among the files of a container: `good`, and what Karma has `refused`."""
    [text] = [text for path, text in files.items() if path.endswith("/memory.json")]
    return json.loads(text)


def parsed(text: str) -> dict[str, Any]:
    """Parse a configuration as strictly as Karma does, as far as a charm and its relations can get it wrong."""
    document = yaml.safe_load(text)
    servers = document["alertmanager"]["servers"]
    assert servers
    names = [server["name"] for server in servers]
    assert len(set(names)) == len(names)
    for server in servers:
        assert set(server) <= SERVER_KEYS
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", server["name"])
        assert re.match(r"https?://[^/@\s]+", server["uri"], re.IGNORECASE)
        assert not (server["proxy"] and server.get("readonly"))
        assert isinstance(server.get("cluster", ""), str)
        assert server.get("cluster") != ""
        assert server["proxy"] or "headers" not in server, "Karma shows them to browsers"
    return document
