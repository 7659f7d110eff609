"""A unit pays for the libraries of those relations only that it has."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from relations.auth_proxy import GROUPS_HEADER
from settings.parsers import USER_HEADERS
from tests.support.unit import ROOT

HOOK = """
import json
import sys
import playground  # before ops: see there
from ops import testing
from charm import KarmaCharm
from tests.support.unit import published
said, *endpoints = sys.argv[1:]
heavy = ("charmlibs", "cosl", "pydantic", "cryptography", "jsonschema", "lightkube")
assert not [name for name in heavy if name in sys.modules], "needed by the test itself"
context = testing.Context(KarmaCharm, app_name="karma")
relations = {testing.Relation("alerting", remote_units_data={0: published(0)})}
relations |= {testing.Relation(endpoint, local_app_data=json.loads(said)) for endpoint in endpoints}
state = testing.State(leader=True, relations=relations, containers={testing.Container("karma")})
context.run(context.on.update_status(), state)
print(*[name for name in heavy if name in sys.modules])
"""


def imported(*endpoints: str, **said: list[str]) -> list[str]:
    published = {key: json.dumps(value) for key, value in said.items()}
    command = [sys.executable, "-c", HOOK, json.dumps(published), *endpoints]
    environment = {"PYTHONPATH": ":".join(str(ROOT / one) for one in (".", "src", "lib")), "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("endpoints", [(), ("ingress", "catalogue"), ("require-cmr-mesh", "provide-cmr-mesh")])
def test_without_relations_that_need_a_library_none_is_imported(endpoints: tuple[str, ...]):
    assert imported(*endpoints) == []


NEED = [
    "certificates",
    "receive-ca-cert",
    "auth-proxy",
    "metrics-endpoint",
    "grafana-dashboard",
    "logging",
    "service-mesh",
]


@pytest.mark.parametrize("endpoint", NEED)
def test_the_relation_that_needs_its_library_imports_it(endpoint: str):
    assert {"charmlibs", "cosl"} & {*imported(endpoint)}


def test_a_proxy_that_knows_everything_already_costs_no_import():
    headers = [*USER_HEADERS.values(), GROUPS_HEADER]
    assert imported("auth-proxy", protected_urls=[], headers=headers, allowed_endpoints=[]) == []
