"""The charm library from both sides, in small charms such as others write."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import ops
import pytest
from charms.karma_k8s.v0 import karma_dashboard
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer, KarmaProvider
from ops import testing

from tests.support.dashboard_charms import (
    CONSUMER,
    GOOD,
    JUJU,
    MODEL,
    PROVIDER,
    dashboard,
    own,
    read,
    set_target,
    why_left_out,
)


def test_the_library_is_what_vendors_of_the_published_patch_know():
    """Names, signatures and defaults of patch 9 of LIBAPI 0: it may only grow."""
    assert (karma_dashboard.LIBID, karma_dashboard.LIBAPI) == ("98f9dc00f7ff4b1197895886bdd92037", 0)
    assert karma_dashboard.LIBPATCH > 9
    consumer = inspect.signature(KarmaConsumer).parameters
    provider = inspect.signature(KarmaProvider).parameters
    assert list(consumer) == ["charm", "relation_name"]
    assert list(provider)[:2] == ["charm", "relation_name"]
    assert all(one.kind is one.KEYWORD_ONLY for one in list(provider.values())[2:])
    assert (consumer["relation_name"].default, provider["relation_name"].default) == ("karma-dashboard", "dashboard")
    with CONSUMER(CONSUMER.on.update_status(), testing.State()) as manager:
        karma = manager.charm.karma
        assert (karma.charm, karma.name) == (manager.charm, "karma-dashboard")
        assert karma.get_alertmanager_servers() == []
        assert karma.config_valid is False
        assert isinstance(karma.on.alertmanager_config_changed, ops.BoundEvent)
    with PROVIDER(PROVIDER.on.update_status(), testing.State(model=MODEL)) as manager:
        assert (manager.charm.karma.charm, manager.charm.karma.name) == (manager.charm, "dashboard")
        assert manager.charm.karma.target == ""


def test_a_target_is_published_to_every_relation():
    first, second = dashboard(), dashboard()
    state = set_target("http://am-3:9093/am", first, second)
    assert own(state, first) == own(state, second) == GOOD
    assert not any(relation.local_app_data for relation in state.relations if isinstance(relation, testing.Relation))


def test_an_alertmanager_that_browsers_reach_themselves():
    relation = dashboard()
    assert own(set_target("http://a", relation, proxied=False), relation)["proxy"] == "false"


def test_a_target_without_a_relation_is_kept_for_one_made_later():
    state = set_target("http://am-3:9093/am")
    relation = dashboard()
    later = dataclasses.replace(state, relations={relation})
    assert own(PROVIDER.run(PROVIDER.on.relation_created(relation), later), relation) == GOOD


@pytest.mark.parametrize("event", ["relation_created", "relation_joined", "relation_changed"])
def test_without_a_target_nothing_is_published(event: str):
    relation = dashboard()
    state = PROVIDER.run(getattr(PROVIDER.on, event)(relation), testing.State(relations={relation}, model=MODEL))
    assert own(state, relation) == {}


def test_a_new_target_takes_the_place_of_the_old_one():
    relation = dashboard()
    state = set_target("http://old", relation)
    again = dataclasses.replace(state, config={"url": "https://new"})
    assert own(PROVIDER.run(PROVIDER.on.config_changed(), again), relation) == {**GOOD, "uri": "https://new"}


def test_what_is_published_already_is_not_written_again(monkeypatch: pytest.MonkeyPatch):
    relation = dashboard(own={**JUJU, **GOOD})
    written: list[str] = []
    original = ops.RelationDataContent.update

    def record(content: ops.RelationDataContent, data: Mapping[str, str]) -> None:
        written.extend(data)
        original(content, data)

    monkeypatch.setattr(ops.RelationDataContent, "update", record)
    set_target("http://am-3:9093/am", relation)
    assert written == []
    set_target("http://am-3:9094/am", relation)
    assert written == ["uri"]


def test_a_databag_that_someone_spoiled_is_put_right():
    relation = dashboard(own={**JUJU, **GOOD, "uri": "http://spoiled", "cluster": ""})
    assert own(set_target("http://am-3:9093/am", relation), relation) == GOOD


def test_a_relation_that_is_going_is_not_written_to():
    going, staying = dashboard(), dashboard()
    state = set_target("http://am-3:9093/am")
    with PROVIDER(
        PROVIDER.on.relation_broken(going), dataclasses.replace(state, relations={going, staying})
    ) as manager:
        manager.charm.karma.target = "http://am-3:9093/am"
        state = manager.run()
    assert own(state, going) == {}
    assert own(state, staying) == GOOD


def test_a_relation_that_juju_no_longer_knows_keeps_the_target_from_no_other(monkeypatch: pytest.MonkeyPatch):
    gone, there = dashboard(), dashboard()
    original = ops.RelationDataContent.update

    def update(content: ops.RelationDataContent, data: Mapping[str, str]) -> None:
        if content.relation.id == gone.id:
            raise ops.RelationNotFoundError
        original(content, data)

    monkeypatch.setattr(ops.RelationDataContent, "update", update)
    assert own(set_target("http://am-3:9093/am", gone, there), there) == GOOD


def test_an_old_databag_without_cluster_and_proxy_is_read():
    assert read({0: {**JUJU, "name": "am/0", "uri": "http://am"}}) == [
        {"name": "am/0", "uri": "http://am", "cluster": "", "proxy": True}
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": ""}, "name is missing"),
        ({"name": "a\nb"}, "name holds control characters"),
        ({"name": "\u202eb"}, "name holds control characters"),
        ({"name": "a" * 254}, "name is longer than 253 characters"),
        ({"cluster": "a\x00"}, "cluster holds control characters"),
        ({"cluster": "a" * 254}, "cluster is longer than 253 characters"),
        ({"proxy": "yes"}, "proxy is neither true nor false"),
        ({"proxy": "1"}, "proxy is neither true nor false"),
        ({"proxy": "true\n"}, "proxy is neither true nor false"),
    ],
)
def test_other_bad_values_are_left_out_with_the_reason(changes: dict[str, str], why: str):
    assert why_left_out({**GOOD, **changes}) == why


@pytest.mark.parametrize(
    ("word", "proxy"), [("true", True), ("True", True), ("", True), ("false", False), ("FALSE", False)]
)
def test_the_words_for_proxy(word: str, proxy: bool):
    assert [server["proxy"] for server in read({0: {**GOOD, "proxy": word}})] == [proxy]


def test_a_bad_unit_does_not_take_the_good_ones_with_it():
    units = {0: GOOD, 1: {**GOOD, "uri": "x"}, 2: {}, 3: JUJU, 10: GOOD}
    assert [server["name"] for server in read(units)] == ["am/3", "am/3"]


def test_servers_are_sorted_by_name():
    units = {number: {**GOOD, "name": name} for number, name in enumerate(["c", "a", "b"])}
    assert [server["name"] for server in read(units)] == ["a", "b", "c"]


def test_who_has_not_spoken_yet_is_told():
    some = testing.Relation("karma-dashboard", id=2, remote_app_name="am", remote_units_data={10: JUJU, 9: {}, 1: GOOD})
    none = testing.Relation("karma-dashboard", id=1, remote_app_name="other", remote_units_data={})
    with CONSUMER(CONSUMER.on.update_status(), testing.State(relations={some, none})) as manager:
        found = manager.charm.karma.read()
    assert found.related
    assert found.silent == ("other", "am/9", "am/10")
    assert [(server.unit, server.relation_id) for server in found.servers] == [("am/1", 2)]


@pytest.mark.parametrize(
    ("event", "arguments", "seen"),
    [
        ("relation_changed", {"remote_unit": 0}, ["am/0"]),
        ("relation_departed", {"remote_unit": 1, "departing_unit": 1}, ["am/0"]),
        ("relation_broken", {}, []),
    ],
)
def test_a_dashboard_is_told_and_reads_what_is_left(event: str, arguments: dict[str, Any], seen: list[str]):
    relation = testing.Relation(
        "karma-dashboard", remote_app_name="am", remote_units_data={0: {**GOOD, "name": "am/0"}}
    )
    make = getattr(CONSUMER.on, event)
    with CONSUMER(make(relation, **arguments), testing.State(relations={relation})) as manager:
        manager.run()
        assert [[server["name"] for server in told] for told in manager.charm.told] == [seen]


@pytest.mark.parametrize("event", ["relation_created", "relation_joined"])
def test_a_dashboard_is_not_told_of_those_who_have_nothing_to_say_yet(event: str):
    relation = testing.Relation("karma-dashboard", remote_app_name="am", remote_units_data={0: {}})
    with CONSUMER(getattr(CONSUMER.on, event)(relation), testing.State(relations={relation})) as manager:
        manager.run()
        assert manager.charm.told == []
