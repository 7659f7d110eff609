"""A unit pays for the libraries of those relations only that it has."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.unit import ROOT

HOOK = """
import sys
from ops import testing
from charm import KarmaCharm
from tests.unit.unit import published
endpoints = sys.argv[1:]
heavy = ("charmlibs", "pydantic", "cryptography", "jsonschema")
assert not [name for name in heavy if name in sys.modules], "needed by the test itself"
context = testing.Context(KarmaCharm, app_name="karma")
relations = {testing.Relation("alerting", remote_units_data={0: published(0)})}
relations |= {testing.Relation(endpoint) for endpoint in endpoints}
state = testing.State(leader=True, relations=relations, containers={testing.Container("karma")})
context.run(context.on.update_status(), state)
print(*[name for name in heavy if name in sys.modules])
"""


def imported(*endpoints: str) -> list[str]:
    command = [sys.executable, "-c", HOOK, *endpoints]
    environment = {"PYTHONPATH": ":".join(str(ROOT / one) for one in (".", "src", "lib")), "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("endpoints", [(), ("ingress",), ("catalogue",), ("ingress", "catalogue")])
def test_without_relations_that_need_a_library_none_is_imported(endpoints: tuple[str, ...]):
    assert imported(*endpoints) == []


@pytest.mark.parametrize("endpoint", ["certificates", "receive-ca-cert", "auth-proxy"])
def test_the_relation_that_needs_its_library_imports_it(endpoint: str):
    assert "charmlibs" in imported(endpoint)
