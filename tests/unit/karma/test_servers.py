"""Which servers become of what Alertmanagers publish."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karma.servers import Alertmanager, Servers
from karma.servers import servers as entries_of
from problems import Problem, Severity
from settings.options import Options, settings


def am(relation_id: int, number: int, application: str = "am", uri: str = "", proxy: bool = True) -> Alertmanager:
    return Alertmanager(relation_id, f"{application}/{number}", uri or f"http://{application}-{number}:9093", proxy)


def servers(alertmanagers: Iterable[Alertmanager], **options: Any) -> list[dict[str, Any]]:
    return made(alertmanagers, **options).entries


def made(alertmanagers: Iterable[Alertmanager], **options: Any) -> Servers:
    """Make the entries for options in the operator's own words; of a secret it is the text."""
    texts: dict[str, Any] = {name: (text,) if name.endswith("headers") else text for name, text in options.items()}
    found = settings(Options(**texts))
    assert not found.invalid
    return entries_of(alertmanagers, found.values, model="prod")


SHARED = "http://ingress/prod-am"


@pytest.mark.parametrize(
    ("alertmanagers", "names"),
    [
        ([am(3, 0, "a"), am(1, 10), am(1, 9), am(2, 0, "z")], ["am-9", "am-10", "z-0", "a-0"]),
        ([am(1, 1, uri=SHARED), am(1, 0, uri=SHARED), am(1, 2)], ["am-0", "am-2"]),
        ([am(1, 0, uri=SHARED), am(2, 0, "b", uri=SHARED)], ["am-0", "b-0"]),
        ([am(2, 0), am(2, 1), am(1, 0, uri="http://old")], ["am-0"]),
    ],
    ids=["by number and age", "one ingress", "an ingress of two applications", "related twice: the older relation"],
)
def test_units_become_servers_that_are_named_for_them(alertmanagers: list[Alertmanager], names: list[str]):
    assert [(server["name"], server["cluster"]) for server in servers(alertmanagers)] == [
        (name, name.partition("-")[0]) for name in names
    ]


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


THREE = (am(1, 0), am(1, 1), am(2, 0, "b"))


@pytest.mark.parametrize(
    ("text", "timeouts"),
    [
        ("'*': {timeout: 1s}", ["1s", "1s", "1s"]),
        ("am: {timeout: 1s}", ["1s", "1s", "9s"]),
        ("am-1: {timeout: 1s}", ["9s", "1s", "9s"]),
        ("am-1: {timeout: 1s}\nam: {timeout: 2s}\n'*': {timeout: 3s}", ["2s", "1s", "3s"]),
        ("'*': {timeout: 3s}\nam: {timeout: null, cluster: c}", ["9s", "9s", "3s"]),
        ("am-1: {name: x, timeout: 1s}\nx: {timeout: 2s}", ["9s", "2s", "9s"]),
    ],
)
def test_the_narrower_selector_wins_key_by_key_over_the_wider_and_the_options(text: str, timeouts: list[str]):
    found = servers(THREE, alertmanager_timeout="9s", alertmanager_settings=text)
    assert [one["timeout"] for one in found] == timeouts


def test_two_applications_may_be_one_cluster():
    found = servers(THREE, alertmanager_settings="am: {cluster: prod}\nb: {cluster: prod}")
    assert {one["cluster"] for one in found} == {"prod"}


@pytest.mark.parametrize(
    ("published", "access", "text", "proxy", "readonly"),
    [
        (True, "published", "", True, None),
        (False, "published", "", False, None),
        (False, "proxy", "", True, None),
        (True, "direct", "", False, None),
        (True, "readonly", "", False, True),
        (False, "readonly", "", False, True),
        (True, "published", "am: {readonly: true}", False, True),
        (True, "proxy", "am: {readonly: true}", False, True),
        (True, "proxy", "am: {proxy: false}", False, None),
        (True, "direct", "am: {proxy: true}", True, None),
        (True, "readonly", "am: {proxy: true}", True, None),
        (True, "readonly", "am: {readonly: false}", True, None),
        (True, "published", "'*': {readonly: true}\nam: {proxy: true}", True, None),
        (True, "published", "'*': {proxy: true}\nam: {readonly: true}", False, True),
        (True, "published", "'*': {readonly: true}\nam: {readonly: false}", True, None),
    ],
)
def test_browsers_reach_it_as_is_said_and_karma_is_never_asked_for_proxy_and_readonly_at_once(
    published: bool, access: str, text: str, proxy: bool, readonly: Any
):
    [found] = servers([am(1, 0, proxy=published)], alertmanager_access=access, alertmanager_settings=text)
    assert (found["proxy"], found.get("readonly")) == (proxy, readonly)


def test_browsers_bring_no_credentials_to_what_is_not_proxied_unless_told_to():
    found = servers(
        THREE, alertmanager_settings="am-0: {proxy: false}\nb: {proxy: false, cors: {credentials: include}}"
    )
    assert [one.get("cors") for one in found] == [{"credentials": "omit"}, None, {"credentials": "include"}]


def test_certificates_are_believed_by_one_alone_and_that_is_told():
    secure = (am(1, 0, uri="https://a"), am(1, 1, uri="HTTPS://b"), am(1, 2))
    found = made(secure, alertmanager_settings="am: {tls: {insecureSkipVerify: true}}\nam-0: {tls: null}")
    assert [one.get("tls") for one in found.entries] == [None, {"insecureSkipVerify": True}, None]
    told = "alertmanager-settings: certificates are not verified of am-1"
    assert found.problems == (Problem(Severity.ACTIVE, told),)


@pytest.mark.parametrize(
    ("uri", "template", "link"),
    [
        ("http://am:9093", "https://{name}.example.com/", "https://am-0.example.com/"),
        ("http://am:9093/x", "http://{host}:{port}/{cluster}", "http://am:9093/am"),
        ("http://am", "https://x/{cluster}/{port}", "https://x/am/80"),
        ("https://am", "https://x/{cluster}/{port}", "https://x/am/443"),
        ("http://[fd00::7]:9093", "https://{host}:{port}/", "https://[fd00::7]:9093/"),
        ("https://[fd00::7]/x", "https://{host}/{port}", "https://[fd00::7]/443"),
        ("http://192.0.2.1:80", "https://{host}-{port}", "https://192.0.2.1-80"),
        ("http://AM.Example:9093", "https://{host}/", "https://am.example/"),
        ("http://am", "https://x/{cluster}?a={{b}}", "https://x/am?a={b}"),
        ("http://am", "https://{application}.{model}.example/{cluster}", "https://am.prod.example/am"),
    ],
)
def test_the_link_that_a_browser_follows(uri: str, template: str, link: str):
    alertmanagers = [am(1, 0, uri=uri), am(2, 0, "far")]
    own = "far: {external_uri: 'http://{name}/{cluster}'}"
    found = servers(alertmanagers, alertmanager_external_uri=template, alertmanager_settings=own)
    assert [(one["external_uri"], one["uri"]) for one in found] == [
        (link, uri),
        ("http://far-0/far", "http://far-0:9093"),
    ]


def test_a_token_goes_to_whom_it_is_for_and_to_nobody_else():
    text = (
        "X-All: '1'\nam: {Authorization: Bearer am}\nam-1: {authorization: Bearer one}\nfar: {Authorization: Bearer f}"
    )
    outside = "[{name: office, uri: 'https://o'}, {name: far, uri: 'https://f'}]"
    found = made(THREE, alertmanager_headers=text, external_alertmanagers=outside)
    assert {one["name"]: one["headers"] for one in found.entries} == {
        "am-0": {"X-All": "1", "Authorization": "Bearer am"},
        "am-1": {"X-All": "1", "authorization": "Bearer one"},
        "b-0": {"X-All": "1"},
        "office": {"X-All": "1"},
        "far": {"X-All": "1", "Authorization": "Bearer f"},
    }
    assert found.problems == ()


def test_what_the_charm_sends_by_itself_is_for_proxied_ones_and_beaten_by_what_is_set():
    values = settings(
        Options(alertmanager_access="direct", alertmanager_headers=cast("Any", ("b: {cookie: x}",)))
    ).values
    assert "headers" not in entries_of([THREE[0]], values, headers={"Cookie": ""}).entries[0]
    del values["alertmanager-access"]
    found = entries_of([THREE[0], THREE[2]], values, headers={"Cookie": ""}).entries
    assert [one["headers"] for one in found] == [{"Cookie": ""}, {"cookie": "x"}]


OUTSIDE = "[{name: am-0, uri: 'http://o'}, {name: a b, uri: 'http://p'}, {name: a-b, uri: 'http://q'}, {name: ..x, uri: 'http://r'}]"


def test_a_chosen_name_is_safe_and_unique_and_never_that_of_a_unit():
    text = "am-0: {name: b-7}\nam-1: {name: a b}"
    found = names_with(alertmanager_settings=text, external_alertmanagers=OUTSIDE)
    assert found == ["b-7_2", "a-b", "b-0", "am-0_2", "a-b_2", "a-b_3", "-.x"]
    assert names_with(external_alertmanagers=OUTSIDE) == ["am-0", "am-1", "b-0", "am-0_2", "a-b", "a-b_2", "-.x"]


def names_with(**options: Any) -> list[str]:
    return [one["name"] for one in servers(THREE, **options)]


def test_nobody_outside_of_juju_gets_what_is_meant_for_an_application():
    found = made(
        THREE,
        external_alertmanagers="[{name: b, uri: 'https://evil'}]",
        alertmanager_headers="b: {Authorization: Bearer b}",
        alertmanager_settings="am-0: {name: b}",
    )
    assert [(one["name"], one["cluster"], one.get("headers")) for one in found.entries] == [
        ("b", "am", None),
        ("am-1", "am", None),
        ("b-0", "b", {"Authorization": "Bearer b"}),
        ("b_2", "b_2", None),
    ]
    told = "external-alertmanagers: b is shown as b_2: an application has that name"
    assert found.problems == (Problem(Severity.ACTIVE, told),)


def test_those_outside_of_juju_are_settled_like_the_others():
    outside = "[{name: o, uri: 'https://o/x', cluster: c, proxy: false, timeout: null}, {name: p, uri: 'http://p'}]"
    [_, first, second] = servers(
        [am(1, 0)], external_alertmanagers=outside, alertmanager_settings="'*': {timeout: 1s}\np: {timeout: 2s}"
    )
    omit = {"credentials": "omit"}
    assert first == {"name": "o", "cluster": "c", "uri": "https://o/x", "proxy": False, "cors": omit, "timeout": "10s"}
    assert second == {"name": "p", "cluster": "p", "uri": "http://p", "proxy": True, "timeout": "2s"}


def test_selectors_of_nobody_are_told_and_of_a_secret_only_how_many():
    text = "'*': {}\nzz: {}\nam: {}\nyy-0: {}"
    found = made(THREE, alertmanager_settings=text, alertmanager_headers="gone: {X: a}\nb: {X: a}")
    assert [problem.message for problem in found.problems] == [
        "alertmanager-settings: no Alertmanager is named yy-0, zz",
        "alertmanager-headers: no Alertmanager is named as 1 of its selectors",
    ]
    assert made([], alertmanager_settings=text).problems == ()
