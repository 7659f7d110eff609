"""The charm library from both sides, in small charms such as others write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import ops
import pytest
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer, KarmaProvider
from hypothesis import given
from hypothesis import strategies as st
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
    meta={"name": "am", "provides": {"karma-dashboard": {"interface": "karma_dashboard"}}},
    config={"options": OPTIONS},
    app_name="am",
    unit_id=3,
)
CONSUMER = testing.Context(Dashboard, meta={"name": "d", "requires": {"dashboard": {"interface": "karma_dashboard"}}})
MODEL = testing.Model("prod")
GOOD = {"name": "am/3", "uri": "http://am-3:9093/am", "cluster": "prod_am", "proxy": "true"}
JUJU = {"egress-subnets": "10.0.0.1/32", "ingress-address": "10.0.0.1", "private-address": "10.0.0.1"}


def dashboard(**databags: Mapping[str, str]) -> testing.Relation:
    return testing.Relation("karma-dashboard", remote_app_name="karma", local_unit_data=dict(databags.get("own", JUJU)))


def own(state: testing.State, relation: testing.RelationBase) -> dict[str, str]:
    """What the provider has published."""
    data = dict(state.get_relation(relation.id).local_unit_data)
    return {key: value for key, value in data.items() if key not in JUJU}


def configured(url: str, *relations: testing.Relation, **options: Any) -> testing.State:
    return testing.State(config={"url": url, **options}, relations=relations, model=MODEL)


def set_target(url: str, *relations: testing.Relation, **options: Any) -> testing.State:
    return PROVIDER.run(PROVIDER.on.config_changed(), configured(url, *relations, **options))


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


BAD_URLS = {
    "": "is not an http or https URL",
    "am": "is not an http or https URL",
    "am:9093": "is not an http or https URL",
    "//am:9093": "is not an http or https URL",
    "/am": "is not an http or https URL",
    "ftp://am": "is not an http or https URL",
    "javascript:alert(1)": "is not an http or https URL",
    "file:///etc/passwd": "is not an http or https URL",
    "http:am": "has no valid host and port",
    "http://": "has no valid host and port",
    "http:///am": "has no valid host and port",
    "http://:9093": "has no valid host and port",
    "http://am:": "has no valid host and port",
    "http://am:0": "has no valid host and port",
    "http://am:65536": "has no valid host and port",
    "http://am:x": "has no valid host and port",
    "http://am:90931093": "has no valid host and port",
    "http://-am": "has no valid host and port",
    "http://a,b": "has no valid host and port",
    "http://{{a}}": "has no valid host and port",
    "http://a%41": "has no valid host and port",
    "http://fd00::1": "has no valid host and port",
    "http://[fe80::1%25eth0]": "has no valid host and port",
    "http://user@am": "holds a user or password",
    "http://user:word@am:9093": "holds a user or password",
    "http://am\\@evil": "holds a user or password",
    "http://am?x=1": "has a query or fragment",
    "http://am/#x": "has a query or fragment",
    "http://am/%": "has a malformed path",
    "http://am/%zz": "has a malformed path",
    "http://am/a\\b": "has a malformed path",
    "http://am/a b": "holds white space or control characters",
    " http://am": "holds white space or control characters",
    "http://am\n": "holds white space or control characters",
    "http://am/\nname: x": "holds white space or control characters",
    "http://am/\t": "holds white space or control characters",
    "http://am/\x00": "holds white space or control characters",
    "http://am/\u202egro.live": "holds white space or control characters",
    "http://am/\u2066x": "holds white space or control characters",
    "http://am/\u200b": "holds white space or control characters",
    "http://am/\u2028": "holds white space or control characters",
    "http://am/" + "a" * 2039: "is longer than 2048 characters",
}
# Which of two reasons it is depends on the version of Python.
NOT_A_URL = ("http://[]", "http://[::1", "http://[am]", "http://am\u2100")
GOOD_URLS = [
    "http://am",
    "https://am:1",
    "HTTP://am:65535",
    "http://am-0.am-endpoints.prod.svc.cluster.local:9093",
    "http://am.",
    "http://a_b",
    "http://10.1.2.3:9093/",
    "http://[::1]:9093",
    "https://[fd00::7]/prod-am",
    "http://am/a%20b/~c;d=e",
    "http://bücher.example/ä",
    "http://am/" + "a" * 2038,
]


@pytest.mark.parametrize(("url", "why"), BAD_URLS.items())
def test_a_target_that_is_no_url_is_refused_and_what_was_published_stays(url: str, why: str):
    relation = dashboard(own={**JUJU, **GOOD})
    with PROVIDER(PROVIDER.on.update_status(), configured("", relation)) as manager:
        manager.charm.karma.target = GOOD["uri"]
        with pytest.raises(ValueError, match=f"^the target of karma-dashboard {why}$"):
            manager.charm.karma.target = url
        assert manager.charm.karma.target == GOOD["uri"]
        state = manager.run()
    assert own(state, relation) == GOOD


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_url_of_any_form_makes_the_whole_way(url: str):
    provider_side = dashboard()
    published = own(set_target(url, provider_side), provider_side)
    assert read({3: {**JUJU, **published}}) == [{"name": "am/3", "uri": url, "cluster": "prod_am", "proxy": True}]


def read(units: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    """What a dashboard reads of these databags; nothing is written, and it holds that it is valid if there is any."""
    relation = testing.Relation(
        "dashboard", remote_app_name="am", remote_units_data={number: dict(data) for number, data in units.items()}
    )
    before = testing.State(relations={relation})
    with CONSUMER(CONSUMER.on.update_status(), before) as manager:
        found = manager.charm.karma.get_alertmanager_servers()
        assert manager.charm.karma.config_valid == bool(found)
        after = manager.run()
    assert after.relations == before.relations
    return found


def reasons(*databags: Mapping[str, str]) -> list[str]:
    """Why a dashboard does not take these databags."""
    relation = testing.Relation(
        "dashboard", remote_app_name="am", remote_units_data={n: dict(data) for n, data in enumerate(databags)}
    )
    with CONSUMER(CONSUMER.on.update_status(), testing.State(relations={relation})) as manager:
        found = manager.charm.karma.read()
        assert [(entry.unit, entry.relation_id) for entry in found.rejected] == [
            (f"am/{number}", relation.id) for number in range(len(databags))
        ]
        assert found.servers == ()
        return [entry.reason for entry in found.rejected]


def test_what_a_dashboard_reads_has_the_published_form():
    assert read({3: {**JUJU, **GOOD}}) == [
        {"name": "am/3", "uri": "http://am-3:9093/am", "cluster": "prod_am", "proxy": True}
    ]


def test_an_old_databag_without_cluster_and_proxy_is_read():
    assert read({0: {**JUJU, "name": "am/0", "uri": "http://am"}}) == [
        {"name": "am/0", "uri": "http://am", "cluster": "", "proxy": True}
    ]


@pytest.mark.parametrize(("url", "why"), BAD_URLS.items())
def test_a_databag_with_such_a_url_is_left_out_with_the_reason(url: str, why: str):
    assert reasons({**GOOD, "uri": url}) == ["uri is missing" if url == "" else f"uri {why}"]


@pytest.mark.parametrize("url", NOT_A_URL)
def test_what_python_cannot_take_apart_is_no_url(url: str):
    (reason,) = reasons({**GOOD, "uri": url})
    assert reason in ("uri is not a URL", "uri has no valid host and port")


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
    assert reasons({**GOOD, **changes}) == [why]


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
    some = testing.Relation("dashboard", id=2, remote_app_name="am", remote_units_data={10: JUJU, 9: {}, 1: GOOD})
    none = testing.Relation("dashboard", id=1, remote_app_name="other", remote_units_data={})
    with CONSUMER(CONSUMER.on.update_status(), testing.State(relations={some, none})) as manager:
        found = manager.charm.karma.read()
    assert found.related
    assert found.silent == ("other", "am/9", "am/10")
    assert [(server.unit, server.relation_id) for server in found.servers] == [("am/1", 2)]


def test_without_a_relation_nothing_is_read():
    with CONSUMER(CONSUMER.on.update_status(), testing.State()) as manager:
        found = manager.charm.karma.read()
        assert not manager.charm.karma.config_valid
    assert (found.servers, found.rejected, found.silent, found.related) == ((), (), (), False)


@pytest.mark.parametrize(
    ("event", "arguments", "seen"),
    [
        ("relation_changed", {"remote_unit": 0}, ["am/0"]),
        ("relation_departed", {"remote_unit": 1, "departing_unit": 1}, ["am/0"]),
        ("relation_broken", {}, []),
    ],
)
def test_a_dashboard_is_told_and_reads_what_is_left(event: str, arguments: dict[str, Any], seen: list[str]):
    relation = testing.Relation("dashboard", remote_app_name="am", remote_units_data={0: {**GOOD, "name": "am/0"}})
    make = getattr(CONSUMER.on, event)
    with CONSUMER(make(relation, **arguments), testing.State(relations={relation})) as manager:
        manager.run()
        assert [[server["name"] for server in told] for told in manager.charm.told] == [seen]


@pytest.mark.parametrize("event", ["relation_created", "relation_joined"])
def test_a_dashboard_is_not_told_of_those_who_have_nothing_to_say_yet(event: str):
    relation = testing.Relation("dashboard", remote_app_name="am", remote_units_data={0: {}})
    with CONSUMER(getattr(CONSUMER.on, event)(relation), testing.State(relations={relation})) as manager:
        manager.run()
        assert manager.charm.told == []


words = st.text() | st.sampled_from(["true", "false", "am/0", "http://am", "https://[::1]:1/x", *BAD_URLS, *NOT_A_URL])
databags = st.dictionaries(st.sampled_from([*GOOD, *JUJU, "x"]), words)


@given(st.lists(databags, max_size=4))
def test_no_databag_raises_and_what_is_read_would_be_published_too(units: list[dict[str, str]]):
    for server in read(dict(enumerate(units))):
        relation = dashboard()
        assert own(set_target(server["uri"], relation), relation)["uri"] == server["uri"]
        assert server["name"]
        assert server["name"].isprintable()
        assert server["cluster"].isprintable() or not server["cluster"]


@given(words)
def test_no_target_raises_anything_but_a_value_error(url: str):
    relation = dashboard()
    with PROVIDER(PROVIDER.on.update_status(), configured("", relation)) as manager:
        try:
            manager.charm.karma.target = url
        except ValueError as error:
            assert str(error).startswith("the target of karma-dashboard ")
            assert manager.charm.karma.target == ""
        else:
            assert manager.charm.karma.target == url
