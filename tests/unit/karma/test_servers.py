"""Which servers become of what Alertmanagers publish."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from karma.servers import Alertmanager, servers


def am(relation_id: int, number: int, application: str = "am", uri: str = "") -> Alertmanager:
    return Alertmanager(relation_id, f"{application}/{number}", uri or f"http://{application}-{number}:9093", True)


def names(*alertmanagers: Alertmanager) -> list[str]:
    return [server["name"] for server in servers(alertmanagers)]


def test_a_server_is_named_for_its_unit_and_its_cluster_for_the_application():
    [one, other] = servers([am(2, 10, "staging"), am(1, 0)])
    assert (one["name"], one["cluster"]) == ("am-0", "am")
    assert (other["name"], other["cluster"]) == ("staging-10", "staging")


def test_units_come_by_number_and_relations_by_age():
    assert names(am(3, 0, "a"), am(1, 10), am(1, 9), am(2, 0, "z")) == ["am-9", "am-10", "z-0", "a-0"]


def test_units_behind_one_ingress_are_one_server():
    shared = "http://ingress/prod-am"
    assert names(am(1, 1, uri=shared), am(1, 0, uri=shared), am(1, 2)) == ["am-0", "am-2"]


def test_the_same_address_in_another_relation_is_another_server():
    assert names(am(1, 0, uri="http://ingress"), am(2, 0, "b", uri="http://ingress")) == ["am-0", "b-0"]


def test_an_application_that_is_related_twice_is_shown_through_the_older_relation():
    assert names(am(2, 0), am(2, 1), am(1, 0, uri="http://old")) == ["am-0"]


def test_a_server_has_a_timeout_of_ten_seconds_unless_set():
    assert servers([am(1, 0)])[0]["timeout"] == "10s"
    assert servers([am(1, 0)], timeout="2s")[0]["timeout"] == "2s"


def test_nobody_there_gives_no_server():
    assert servers([]) == []


# As in Juju, an application has a relation of its own, and none has a name that ends like a unit's.
units = st.builds(am, st.just(0), st.integers(0, 12), st.sampled_from("abc"), st.sampled_from(["", "http://x"]))
models = st.lists(units, max_size=12, unique_by=lambda one: one.unit).map(
    lambda model: [one._replace(relation_id=ord(one.application)) for one in model]
)


@given(models, st.randoms(use_true_random=False))
def test_the_order_in_which_units_come_does_not_matter(model: list[Alertmanager], random: Random):
    shuffled = list(model)
    random.shuffle(shuffled)
    assert servers(shuffled) == servers(model)


@given(models, st.sampled_from("abc"))
def test_a_relation_that_comes_or_goes_changes_nothing_of_another(model: list[Alertmanager], gone: str):
    left = servers([one for one in model if one.application != gone])
    assert [server for server in servers(model) if server["cluster"] != gone] == left
    assert len({server["name"] for server in servers(model)}) == len(servers(model))
