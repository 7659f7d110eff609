"""Two small charms with the charm library, such as others write: an Alertmanager and a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ops
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer, KarmaProvider
from ops import testing


class Alertmanager(ops.CharmBase):
    """Publishes what its action says, whenever its action says so."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.karma = KarmaProvider(self, proxy=self.config.get("proxied", True) is True)
        framework.observe(self.on.config_changed, self._on_config_changed)

    def _on_config_changed(self, _: ops.EventBase) -> None:
        self.karma.target = str(self.config["url"])


class Dashboard(ops.CharmBase):
    """Remembers how often it was told, and what it could read then."""

    told: list[list[dict[str, Any]]]

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.told = []
        self.karma = KarmaConsumer(self)
        framework.observe(self.karma.on.alertmanager_config_changed, self._on_told)

    def _on_told(self, _: ops.EventBase) -> None:
        self.told.append(self.karma.get_alertmanager_servers())


OPTIONS = {"url": {"type": "string"}, "proxied": {"type": "boolean", "default": True}}
PROVIDER = testing.Context(
    Alertmanager,
    meta={"name": "am", "provides": {"dashboard": {"interface": "karma_dashboard"}}},
    config={"options": OPTIONS},
    app_name="am",
    unit_id=3,
)
ENDPOINT = "karma-dashboard"
CONSUMER = testing.Context(Dashboard, meta={"name": "d", "requires": {ENDPOINT: {"interface": "karma_dashboard"}}})
MODEL = testing.Model("prod")
GOOD = {"name": "am/3", "uri": "http://am-3:9093/am", "cluster": "prod_am", "proxy": "true"}
JUJU = {"egress-subnets": "10.0.0.1/32", "ingress-address": "10.0.0.1", "private-address": "10.0.0.1"}


def dashboard(**databags: Mapping[str, str]) -> testing.Relation:
    return testing.Relation("dashboard", remote_app_name="karma", local_unit_data=dict(databags.get("own", JUJU)))


def own(state: testing.State, relation: testing.RelationBase) -> dict[str, str]:
    """What the provider has published."""
    data = dict(state.get_relation(relation.id).local_unit_data)
    return {key: value for key, value in data.items() if key not in JUJU}


def configured(url: str, *relations: testing.Relation, **options: Any) -> testing.State:
    return testing.State(config={"url": url, **options}, relations=relations, model=MODEL)


def set_target(url: str, *relations: testing.Relation, **options: Any) -> testing.State:
    return PROVIDER.run(PROVIDER.on.config_changed(), configured(url, *relations, **options))


def read(units: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    """What a dashboard reads of these databags; nothing is written, and it holds that it is valid if there is any."""
    relation = testing.Relation(
        ENDPOINT, remote_app_name="am", remote_units_data={number: dict(data) for number, data in units.items()}
    )
    before = testing.State(relations={relation})
    with CONSUMER(CONSUMER.on.update_status(), before) as manager:
        found = manager.charm.karma.get_alertmanager_servers()
        assert manager.charm.karma.config_valid == bool(found)
        after = manager.run()
    assert after.relations == before.relations
    return found


def why_left_out(databag: Mapping[str, str]) -> str:
    """Why a dashboard does not take this databag."""
    relation = testing.Relation(ENDPOINT, remote_app_name="am", remote_units_data={0: dict(databag)})
    with CONSUMER(CONSUMER.on.update_status(), testing.State(relations={relation})) as manager:
        found = manager.charm.karma.read()
    [left_out] = found.rejected
    assert (left_out.unit, left_out.relation_id, found.servers) == ("am/0", relation.id, ())
    return left_out.reason
