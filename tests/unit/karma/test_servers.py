"""Which servers become of what Alertmanagers publish."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from karma.servers import Alertmanager, servers


def am(relation_id: int, number: int, application: str = "am", **changes: str) -> Alertmanager:
    unit = f"{application}/{number}"
    uri = changes.get("uri", f"http://{application}-{number}.r{relation_id}:9093")
    return Alertmanager(
        relation_id, unit, changes.get("name", unit), uri, changes.get("cluster", f"prod_{application}"), True
    )


def names(*alertmanagers: Alertmanager) -> list[str]:
    return [server["name"] for server in servers(alertmanagers)]


def clusters(*alertmanagers: Alertmanager) -> list[str | None]:
    return [server.get("cluster") for server in servers(alertmanagers)]


def test_a_slash_has_no_place_in_a_name():
    assert names(am(1, 0), am(1, 1)) == ["am-0", "am-1"]


def test_whatever_is_unsafe_in_a_path_has_no_place_in_a_name():
    assert names(am(1, 0, name="..")) == ["-."]
    assert names(am(1, 0, name=".")) == ["-"]
    assert names(am(1, 0, name="a b%2F?#é")) == ["a-b-2F---"]
    assert names(am(1, 0, name="a.b_c-D9")) == ["a.b_c-D9"]


def test_units_come_by_number_and_relations_by_age():
    assert names(am(3, 0, "a"), am(1, 10), am(1, 9), am(2, 0, "z")) == ["am-9", "am-10", "z-0", "a-0"]


def test_equal_names_and_clusters_of_two_controllers_are_told_apart_by_the_later_relation():
    assert names(am(7, 0), am(4, 0)) == ["am-0", "am-0-7"]
    assert clusters(am(7, 0), am(4, 0)) == ["prod_am", "prod_am-7"]


def test_units_of_one_relation_with_one_cluster_stay_one_cluster():
    assert clusters(am(1, 0), am(1, 1), am(2, 0), am(2, 1)) == ["prod_am", "prod_am", "prod_am-2", "prod_am-2"]


def test_a_relation_may_hold_several_clusters():
    assert clusters(am(1, 0, cluster="x"), am(1, 1, cluster="y"), am(2, 0, cluster="y")) == ["x", "y", "y-2"]


def test_a_name_that_looks_like_one_made_unique_is_no_clash():
    assert names(
        am(1, 0, name="a-2"), am(2, 0, name="a"), am(2, 1, name="a"), am(2, 2, name="a"), am(2, 3, name="a")
    ) == [
        "a-2",
        "a",
        "a-2-2",
        "a-2-3",
        "a-2-4",
    ]


def test_names_that_become_equal_are_told_apart():
    assert names(am(5, 0, name="a/b"), am(5, 1, name="a b"), am(5, 2, name="a-b")) == ["a-b", "a-b-5", "a-b-5-2"]


def test_units_behind_one_ingress_are_one_server():
    shared = "http://ingress/prod-am"
    assert names(am(1, 1, uri=shared), am(1, 0, uri=shared), am(1, 2)) == ["am-0", "am-2"]


def test_the_same_address_in_another_cluster_or_relation_is_another_server():
    shared = "http://ingress"
    assert names(am(1, 0, uri=shared, cluster="x"), am(1, 1, uri=shared, cluster="y")) == ["am-0", "am-1"]
    assert names(am(1, 0, uri=shared), am(2, 0, uri=shared)) == ["am-0", "am-0-2"]


def test_a_cluster_that_was_not_published_is_not_rendered():
    assert "cluster" not in servers([am(1, 0, cluster="")])[0]
    assert clusters(am(1, 0, cluster=""), am(2, 0, cluster="")) == [None, None]


def test_a_server_has_a_timeout_of_ten_seconds_unless_set():
    assert servers([am(1, 0)])[0]["timeout"] == "10s"
    assert servers([am(1, 0)], timeout="2s")[0]["timeout"] == "2s"


def test_nobody_there_gives_no_server():
    assert servers([]) == []


units = st.builds(
    Alertmanager,
    relation_id=st.integers(0, 4),
    unit=st.builds("{}/{}".format, st.sampled_from(["a", "b"]), st.integers(0, 12)),
    name=st.one_of(
        st.sampled_from(["a/0", "a-0", "a", "a-1", "a-2", "a-1-2", "..", "/"]), st.text(min_size=1, max_size=9)
    ),
    uri=st.sampled_from(["http://x", "http://y"]),
    cluster=st.one_of(st.sampled_from(["", "c", "c-1", "c-2"]), st.text(max_size=3)),
    proxy=st.booleans(),
)
models = st.lists(units, max_size=12, unique_by=lambda one: (one.relation_id, one.unit))


@given(models, st.randoms(use_true_random=False))
def test_the_order_in_which_units_come_does_not_matter(model: list[Alertmanager], random: Random):
    shuffled = list(model)
    random.shuffle(shuffled)
    assert servers(shuffled) == servers(model)


@given(models)
def test_names_are_unique_and_clusters_belong_to_one_relation(model: list[Alertmanager]):
    found = servers(model)
    assert len({server["name"] for server in found}) == len(found)
    assert {(server["uri"]) for server in found} == {one.uri for one in model}
    owner: dict[str, set[tuple[int, str]]] = {}
    kept = {
        (one.relation_id, one.cluster, one.uri): one for one in sorted(model, key=lambda one: one.order, reverse=True)
    }
    for one, server in zip(sorted(kept.values(), key=lambda one: one.order), found, strict=True):
        assert server["uri"] == one.uri
        assert ("cluster" in server) == bool(one.cluster)
        owner.setdefault(server.get("cluster", ""), set()).add((one.relation_id, one.cluster))
    owner.pop("", None)
    assert all(len(claims) == 1 for claims in owner.values())


@given(models, models)
def test_a_new_relation_renames_nothing_that_is_there(model: list[Alertmanager], more: list[Alertmanager]):
    before = servers(model)
    newer = [Alertmanager(one.relation_id + 10, one.unit, one.name, one.uri, one.cluster, one.proxy) for one in more]
    assert servers([*newer, *model])[: len(before)] == before
