"""What the charm reads of Juju's model: recorded databags of public charms, and what Juju leaves out early and late."""

from __future__ import annotations

from unittest import mock

import ops
import pytest

from tests.support.unit import Unit, published, recorded

PUBLISHED = [
    pytest.param(application, databag, id=f"{application}: {what}")
    for application, recordings in recorded("karma_dashboard").items()
    for what, databag in recordings.items()
]
OLD = pytest.param("am", {"name": "am/0", "uri": "http://am:9093"}, id="an old databag without cluster and proxy")


@pytest.mark.parametrize(("application", "databag"), [*PUBLISHED, OLD])
def test_what_public_charms_published_is_shown(unit: Unit, application: str, databag: dict[str, str]):
    unit.relate(1, databag, application=application)
    assert unit.emit() == ops.ActiveStatus()
    uri, name = databag["uri"], f"{application}-0"
    assert unit.servers == [{"name": name, "cluster": application, "uri": uri, "proxy": True, "timeout": "10s"}]


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
