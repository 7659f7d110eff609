"""The playground's commands where something is wrong: with what is typed, or with the machine."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys

from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP, INSTANCES
from tests.functional.playground_commands import Playground, row

REFUSED = {
    "config nosuch=1": 'unknown option "nosuch"',
    "config nosuch": 'unknown option "nosuch"',
    "config --reset nosuch": 'unknown option "nosuch"',
    "config ui-minimal-group-width=wide": 'option "ui-minimal-group-width" expected int, got "wide"',
    "config ui-animations=yes": 'option "ui-animations" expected boolean, got "yes"',
    "config alertmanager-headers=nosuch": 'option "alertmanager-headers" expected secret, got "nosuch"',
    "config custom-css=@nowhere": "cannot read nowhere: No such file or directory",
    "relate Not/aName": 'invalid application name "Not/aName"',
    "unrelate nosuch": 'relation "karma-k8s:alerting nosuch:karma-dashboard" not found',
    "kill nosuch/0": 'unit "nosuch/0" not found among the Alertmanagers that were started',
    "secret grant nosuch": 'secret "nosuch" not found',
    "secret add bad Authorization=x": 'key "Authorization" not valid',
    "action nosuch": 'action "nosuch" not found',
    "action check-config": 'check-config requires the parameter "config"',
    "action check-config config=@overlay.yaml": 'parameter "config" is not YAML: ',
    "action check-config 'config={ui: {theme: dark}}'": 'parameter "config": json: unsupported type: ',
    "action check-config 'config=[{a: b}]'": 'parameter "config": json: unsupported type: ',
    "action check-config config=5": 'parameter "config" must be of type string, got 5',
    "action get-url x=1": 'get-url has no parameter "x"',
    "run": "the playground runs already",
    "relate x --client-authentication": "--client-authentication goes with --tls",
    "relate x --tls --url http://h": "--tls is for Alertmanagers that are started",
    "integrate certificates --http": "--http goes with ingress",
    "integrate ingress --user bob": "--user goes with auth-proxy",
    "remove-relation ingress": 'relation "karma-k8s:ingress traefik-k8s:ingress" not found',
    "publish receive-ca-cert a=b": 'relation "karma-k8s:receive-ca-cert company-ca:send-ca-cert" not found',
    "certify": 'relation "karma-k8s:certificates self-signed-certificates:certificates" not found',
}


def test_what_juju_refuses_is_one_line_and_changes_nothing(playing: Playground):
    before = playing.well("config")
    said = {words: playing(*shlex.split(words)) for words in REFUSED}
    assert {words for words, one in said.items() if (one.code, one.out, one.err.count("\n")) != (1, "", 1)} == set()
    assert {words: one.err for words, one in said.items() if not one.err.startswith(f"ERROR {REFUSED[words]}")} == {}
    assert playing.well("config") == before


def test_after_a_crash_one_line_says_so_and_run_mends_it(shows_alerts: Playground):
    shows_alerts.well("config", "ui-theme=dark")
    for process in shows_alerts.processes():
        with contextlib.suppress(ProcessLookupError):  # it went with one that was killed before it
            os.kill(process, signal.SIGKILL)
    assert eventually(shows_alerts.processes, []) == []
    said = shows_alerts("status")
    assert said.code == 1
    assert said.err == "ERROR the workload container has ended, by itself or with the machine: `./play run` mends it\n"
    out = shows_alerts.well("run")
    assert row(out) == ("active", "")
    assert "alertmanager/0 had ended too" in out
    assert HTTP.settings()["Theme"] == "dark"
    assert eventually(HTTP.alerts, INSTANCES) == INSTANCES


def test_stop_leaves_neither_processes_nor_files(shows_alerts: Playground):
    assert shows_alerts.processes()
    assert shows_alerts.well("stop") == "Everything has ended, and its files are removed.\n"
    assert shows_alerts.processes() == []
    assert not shows_alerts.home.exists()
    assert [path.name for path in shows_alerts.temporary.iterdir() if path.name.startswith("karma-playground")] == []
    assert not HTTP.is_up()
    assert shows_alerts.well("stop") == "Nothing runs here.\n"
    said = shows_alerts("status")
    assert (said.code, said.err) == (1, "ERROR nothing runs here yet: begin with `./play run`\n")


def test_what_stands_in_the_way_of_run_is_one_line(play: Playground):
    play("stop")
    said = play("run", "--karma", sys.executable)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"ERROR {sys.executable} is no Karma")
    with socket.create_server(("127.0.0.1", 8080)):
        said = play("run")
    assert (said.code, said.err) == (1, "ERROR port 8080 is taken on this machine: end what listens there\n")
    assert not play.home.exists()


def test_without_user_namespaces_run_says_so(play: Playground):
    play("stop")
    refusal = "unshare: unshare failed: Operation not permitted"
    (play.temporary / "unshare").write_text(f"#!/bin/sh\necho '{refusal}' >&2\nexit 1\n")
    (play.temporary / "unshare").chmod(0o755)
    environment = {**play.environment, "PATH": f"{play.temporary}:{os.environ['PATH']}"}
    run = subprocess.run(play.command("run"), env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert run.stderr == (
        f"ERROR no container can be made on this machine: {refusal}; user namespaces may be switched off here\n"
    )
    assert play.processes() == []
    assert not play.home.exists()
