"""What the charm reads of Juju's model: recorded databags of public charms, and what Juju leaves out early and late."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import ops
import pytest
import yaml

from tests.support.unit import DATABAGS, Unit, published

RECORDINGS = sorted(DATABAGS.glob("karma_dashboard--*.yaml"))


def consumer_side(recording: Path) -> list[dict[str, Any]]:
    """List the relations as the requirer saw them."""
    units = yaml.safe_load(recording.read_text())
    return [
        relation for unit in units.values() for relation in unit["relation-info"] if relation["endpoint"] == "dashboard"
    ]


def test_there_are_recordings():
    assert len(RECORDINGS) == 7


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem.removeprefix("karma_dashboard--"))
def test_what_public_charms_published_is_shown(unit: Unit, recording: Path):
    expected: list[dict[str, Any]] = []
    for relation in consumer_side(recording):
        databags = {name: entry["data"] for name, entry in relation["related-units"].items()}
        application = next(iter(databags)).partition("/")[0]
        unit.relate(relation["relation-id"], *databags.values(), application=application)
        expected += [
            {
                "name": unit_.replace("/", "-"),
                "uri": databag["uri"],
                "cluster": application,
                "proxy": databag["proxy"] == "true",
                "timeout": "10s",
            }
            for unit_, databag in databags.items()
        ]
    assert unit.emit() == ops.ActiveStatus()
    assert unit.servers == expected
    assert expected


def test_an_old_databag_without_cluster_and_proxy_is_proxied(unit: Unit):
    unit.relate(1, {"name": "am/0", "uri": "http://am:9093"})
    unit.emit()
    assert unit.servers == [{"name": "am-0", "cluster": "am", "uri": "http://am:9093", "proxy": True, "timeout": "10s"}]


@pytest.mark.parametrize(
    "binding",
    [
        mock.Mock(return_value=None),
        mock.Mock(side_effect=ops.RelationNotFoundError),
        mock.Mock(side_effect=ops.ModelError("network-get: no network config found")),
        mock.Mock(return_value=mock.Mock(network=mock.Mock(bind_address=None))),
    ],
    ids=["no binding", "no relation", "an error", "no address in it"],
)
def test_a_unit_without_an_address_yet_waits_for_it(unit: Unit, binding: mock.Mock):
    unit.relate(1, published(0))
    with mock.patch.object(ops.Model, "get_binding", binding):
        assert unit.emit() == ops.WaitingStatus("waiting for the unit's IP address")
    assert not unit.is_running


@pytest.mark.parametrize("address", ["10.1.2.3", "fd00::7"])
def test_any_address_will_do(unit: Unit, address: str):
    unit.address = address
    unit.relate(1, published(0))
    assert unit.emit() == ops.ActiveStatus()


def test_a_unit_that_goes_while_it_is_read_is_no_error(related: Unit):
    with mock.patch.object(ops.RelationData, "__getitem__", side_effect=ops.ModelError("permission denied")):
        assert related.emit() == ops.ActiveStatus()
    assert [server["name"] for server in related.servers] == ["am-0"], "a look that fails is no absence"
