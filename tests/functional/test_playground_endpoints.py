"""The playground's applications at the endpoints other than `alerting`: how they come, mend and go."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from playground.around.browser import Browser
from playground.around.reverse_proxy import PORT
from playground.machine.waiting import eventually
from tests.functional.playground_commands import Playground, row

INGRESS = Browser("https://127.0.0.1:18443/playground-karma-k8s/")


@pytest.fixture
def behind_ingress(shows_alerts: Playground) -> Generator[Playground]:
    """A unit that an ingress serves."""
    assert row(shows_alerts.well("integrate", "ingress")) == ("active", "")
    assert eventually(INGRESS.is_up, wanted=True)
    yield shows_alerts
    shows_alerts("remove-relation", "ingress")


def ingress_process(play: Playground) -> int:
    """The id of the reverse proxy's process."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in play.processes()}
    found = [pid for pid, command in commands.items() if "playground.around.reverse_proxy" in command]
    assert len(found) == 1
    return found[0]


def test_an_ingress_that_died_serves_again_after_the_next_command(behind_ingress: Playground):
    os.kill(ingress_process(behind_ingress), signal.SIGKILL)
    assert not eventually(INGRESS.is_up, wanted=False)
    behind_ingress.well("fire", "update-status")
    assert eventually(INGRESS.is_up, wanted=True)


def test_an_ingress_whose_port_is_taken_says_so_and_serves_once_it_is_free(shows_alerts: Playground):
    with socket.create_server(("127.0.0.1", PORT)):
        said = shows_alerts("integrate", "ingress")
        assert (said.code, said.err.count("\n")) == (1, 1)
        assert said.err.startswith("ERROR the reverse proxy does not serve: ")
        assert "in use" in said.err
    assert row(shows_alerts.well("fire", "update-status")) == ("active", "")
    assert eventually(INGRESS.is_up, wanted=True)
    assert "traefik-k8s" not in shows_alerts.well("remove-relation", "ingress")
    assert not INGRESS.is_up()


def test_an_endpoint_takes_as_many_as_it_does_on_juju(behind_ingress: Playground):
    again = behind_ingress("integrate", "ingress")
    assert again.err == 'ERROR "karma-k8s:ingress traefik-k8s:ingress": relation already exists\n'
    other = behind_ingress("integrate", "ingress", "nginx")
    assert other.err == 'ERROR "karma-k8s:ingress" takes one relation, and has traefik-k8s already\n'
    behind_ingress.well("integrate", "receive-ca-cert", "one")
    behind_ingress.well("integrate", "receive-ca-cert", "other")
    which = behind_ingress("remove-relation", "receive-ca-cert")
    assert which.err == "ERROR receive-ca-cert has several: name one of one, other\n"
    behind_ingress.well("remove-relation", "receive-ca-cert", "one")
    assert re.findall(r"^(\S+):send-ca-cert", behind_ingress.well("status"), re.MULTILINE) == ["other"]
    behind_ingress.well("remove-relation", "receive-ca-cert")


def test_who_publishes_by_hand_is_not_answered_over(behind_ingress: Playground):
    out = behind_ingress.well("publish", "ingress", 'ingress={"url": "https://k.example.com/a"}')
    assert "serves http://127.0.0.1:8080/a/" in out
    assert "serves http://127.0.0.1:8080/a/" in behind_ingress.well("fire", "update-status")
    assert "https://k.example.com/a" in behind_ingress.well("show-unit")
