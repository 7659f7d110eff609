"""The packed charms, started as Juju starts them: nothing of this checkout is within their reach."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from packing.charms import CHARMS
from tests.dispatch.conftest import NAMES, PYTHONS, Charms
from tests.dispatch.juju import LOCATOR, MARKER, Event

ON_PYTHONS = pytest.mark.parametrize(
    "python",
    [
        *PYTHONS,
        *(
            pytest.param(version, marks=pytest.mark.skip(f"there is no Python {version} on this machine"))
            for version in {"3.10", "3.12"} - set(PYTHONS)
        ),
    ],
)
RELATE = "blocked -- alerting: run `juju integrate karma-k8s:alerting <alertmanager>`"
ALSO = "; also: waiting for the karma container"
NO_RELATION = '{"units": {}, "relations": {}}'
CONTAINER = "waiting -- waiting for the karma container"
MAILER_RELATE = "blocked -- juju integrate mailer:smtp smtp-integrator:smtp"
MAILER_ACTIVE = "active -- sends mail through smtp.example.com"
# Event -> the unit's status each time it is over. Pebble is never reached: a state that a charm has to live with.
STATUSES = {
    "karma-k8s": {
        "hooks/install": [""],
        "hooks/start": [RELATE, CONTAINER],
        "hooks/alerting-relation-created": [f"waiting -- alerting: waiting for data from other-alerting{ALSO}"],
        "hooks/certificates-relation-changed": [
            f"waiting -- certificates: waiting for a certificate from other-certificates{ALSO}"
        ],
        "hooks/certificates-relation-broken": [CONTAINER],
        "hooks/update-status": [CONTAINER],
        "hooks/secret-changed": [CONTAINER],
        "hooks/alerting-relation-broken": [RELATE],
        "hooks/remove": [""],
    },
    "smtp-integrator": {path: ["active -- "] for path in ("hooks/update-status", "hooks/smtp-relation-broken")},
    "mailer": {
        "hooks/start": [MAILER_RELATE, MAILER_ACTIVE],
        "hooks/smtp-relation-created": ["waiting -- waiting for the relay's data"],
        "hooks/smtp-relation-broken": [MAILER_RELATE],
    },
}


@ON_PYTHONS
@pytest.mark.parametrize("name", NAMES)
def test_a_unit_lives_from_install_to_remove(charms: Charms, name: str, python: str):
    life = charms.life(name, python)
    failed = [(event.path, outcome.output, outcome.calls[-1:]) for event, outcome in life if outcome.code]
    assert failed == []
    errors = [call for _, outcome in life for call in outcome.calls if call.startswith("juju-log --log-level ERROR")]
    assert errors == []
    paths = [event.path for event, _ in life]
    assert (paths[0], paths[-1]) == ("hooks/install", "hooks/remove")
    statuses = {path: [outcome.status for event, outcome in life if event.path == path] for path in STATUSES[name]}
    assert statuses == STATUSES[name]


def test_endpoints_without_a_relation_cost_a_hook_one_question(charms: Charms):
    life = charms.life("karma-k8s", next(iter(PYTHONS)))
    [calls] = [outcome.calls for event, outcome in life if event.path == "hooks/update-status"]
    assert [call for call in calls if not call.startswith("juju-log")] == [
        "goal-state --format=json",
        "relation-ids alerting --format=json",
        "relation-list --format=json -r alerting:0",
        "relation-get --format=json -r alerting:0 - other-alerting/1",
        "config-get --format=json",
        "network-get --format=json alerting",
        "relation-ids metrics-endpoint --format=json",
        "relation-ids grafana-dashboard --format=json",
        "is-leader --format=json",
        "status-get --include-data --format=json --application=false",
        f"status-set --application=False {CONTAINER}",
    ]


def test_what_goal_state_does_not_tell_is_asked_for(charms: Charms, tmp_path: Path):
    unit = charms.unit("karma-k8s", tmp_path)
    related = {event.path: event for event in unit.life()}["hooks/ingress-relation-changed"]
    in_another_hook = related._replace(path="hooks/update-status", environment={})
    for answer, is_known in (
        ("no JSON", False),
        ("null", False),
        (NO_RELATION, True),
        ('{"units": {}, "relations": {"ingress": {}}}', False),
    ):
        answers = {**related.answers, "goal-state --format=json": answer}
        asked = unit.dispatch(in_another_hook._replace(answers=answers)).calls
        assert ("relation-ids ingress --format=json" not in asked) == is_known, answer
    told = unit.dispatch(related._replace(answers={**related.answers, "goal-state --format=json": NO_RELATION}))
    assert "relation-ids ingress --format=json" in told.calls, "the event has said that there is one"


def test_a_hook_is_traced_where_that_is_related_and_pays_nothing_elsewhere(charms: Charms, tmp_path: Path):
    unit = charms.unit("karma-k8s", tmp_path)
    life = {event.path: event for event in unit.life()}
    buffer = tmp_path / "charm/.tracing-data.db"
    unit.dispatch(life["hooks/config-changed"])
    assert not buffer.exists()
    with receiver() as (url, received):
        sent = json.dumps([{"protocol": {"name": "otlp_http", "type": "http"}, "url": url}])
        related = life["hooks/tracing-relation-changed"]
        answers = {call: json.dumps({"receivers": sent}) for call in related.answers if call.startswith("relation-get")}
        answers["config-get --format=json"] = json.dumps({"basic-auth-users": f"secret:{LOCATOR}"})
        outcome = unit.dispatch(related._replace(answers={**related.answers, **answers}))
    assert outcome.code == 0, outcome.output
    spans = {span["name"] for text in received for span in _spans(json.loads(text))}
    assert spans >= {"ops.main", "read", "decide", "apply", "publish"}
    assert [call for call in outcome.calls if call.startswith("secret-get")]
    assert MARKER not in "".join(received)


@contextlib.contextmanager
def receiver() -> Generator[tuple[str, list[str]]]:
    """Take traces over OTLP; gives its URL, and what was sent to it."""
    received: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(http.HTTPStatus.OK)
            self.end_headers()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def _spans(node: Any) -> Iterator[dict[str, Any]]:
    for resource in node["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from scope["spans"]


def not_executable(charm: Path) -> None:
    (charm / "src/charm.py").chmod(0o644)


def without_a_package(charm: Path) -> None:
    (charm / "venv/yaml/__init__.py").unlink()


def needing_the_checkout(charm: Path) -> None:
    main = charm / "src/charm.py"
    main.write_text(main.read_text().replace("import ops\n", "import ops\nimport packing\n", 1))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (not_executable, "Permission denied"),
        (without_a_package, "yaml"),
        (needing_the_checkout, "No module named 'packing'"),
    ],
)
def test_a_charm_packed_badly_does_not_start(charms: Charms, tmp_path: Path, spoil: Callable[[Path], None], said: str):
    unit = charms.unit("karma-k8s", tmp_path)
    spoil(tmp_path / "charm")
    outcome = unit.dispatch(Event("hooks/install"))
    assert outcome.code != 0
    assert said in outcome.output + "".join(outcome.calls)


def test_only_what_a_charm_needs_is_packed(charms: Charms):
    described = {"actions.yaml", "dispatch", "lib", "manifest.yaml", "metadata.yaml", "src", "venv"}
    listed = {"config.yaml", "icon.svg", "LICENSE"}
    packed = {name: {path.name for path in charms.folder(name).iterdir()} for name in NAMES}
    assert packed == {"karma-k8s": described | listed, "smtp-integrator": described | listed, "mailer": described}
    assert not [path for name in NAMES for path in charms.folder(name).rglob("__pycache__")]


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_point_is_a_program(name: str):
    path = CHARMS[name] / "src/charm.py"
    assert path.read_text().startswith("#!/usr/bin/env python3\n")
    assert os.access(path, os.X_OK)
    staged = subprocess.run(["git", "ls-files", "--stage", path], cwd=path.parent, capture_output=True, check=True)
    assert staged.stdout.startswith(b"100755 "), "git does not record it as executable"
