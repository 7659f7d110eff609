"""What operators say of single Alertmanagers: what is read of it, and every fault at once."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.alertmanagers import external_alertmanagers, selected_headers, selected_settings
from tests.support.refusal import why_refused

ALL = """\
timeout: 5s
cluster: c
proxy: true
external_uri: 'https://{application}.{model}.example/{name}'
proxy_url: http://proxy.example:3128
cors: {credentials: omit}
healthcheck: {visible: false, filters: {prometheus: [alertname=Watchdog]}}
tls: {insecureSkipVerify: true}
"""
KEYS = {
    "timeout": "5s",
    "cluster": "c",
    "proxy": True,
    "external_uri": "https://{application}.{model}.example/{name}",
    "proxy_url": "http://proxy.example:3128",
    "cors": {"credentials": "omit"},
    "healthcheck": {"visible": False, "filters": {"prometheus": ["alertname=Watchdog"]}},
    "tls": {"insecureSkipVerify": True},
    "readonly": False,
}
THERE_ARE = "name, cluster, proxy, readonly, timeout, external_uri, proxy_url, cors, healthcheck, tls"


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def test_karmas_own_keys_are_read_as_they_stand_in_its_file():
    assert selected_settings(f"'*':\n{indented(ALL)}am-0: {{name: Office}}\nb:\n") == {
        "*": KEYS,
        "am-0": {"name": "Office"},
        "b": {},
    }
    assert external_alertmanagers(f"- uri: http://am\n  name: office\n{indented(ALL)}") == [
        {**KEYS, "name": "office", "uri": "http://am"}
    ]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("5", "must be a mapping of Karma's keys of a server"),
        ("{nope: 1}", f"has no key nope; there are {THERE_ARE}"),
        ("{proxy: 1}", "proxy must be true or false"),
        ("{readonly: 'true'}", "readonly must be true or false"),
        ("{proxy: true, readonly: true}", "proxy and readonly cannot both be true"),
        ("{timeout: 5}", "timeout must be a duration such as 5s"),
        ("{timeout: soon}", "timeout must be a duration such as 5s"),
        ("{timeout: 0s}", "timeout must be at least 100ms, is 0s"),
        ("{cluster: 5}", "cluster must be a text, in quotes where it looks like a number"),
        ("{cluster: ''}", "cluster must be a text, in quotes where it looks like a number"),
        (f"{{cluster: {'a' * 254}}}", "cluster is longer than 253 characters"),
        ("{external_uri: 'ftp://h'}", "external_uri must be an http or https URL"),
        ("{external_uri: 'http://{unit}'}", "external_uri may hold {name}, {cluster}, {application}, {model}, {host}"),
        ("{proxy_url: proxy.example}", "proxy_url must be a URL that starts with http://, https://, socks5://"),
        ("{proxy_url: 'http://[x'}", "proxy_url must be a URL that starts with http://, https://, socks5://"),
        ("{proxy_url: 'http://u:p@h'}", "proxy_url holds a user or password, which anybody could read"),
        ("{cors: omit}", "cors must be a mapping of credentials"),
        ("{healthcheck: {alerts: []}}", "healthcheck must be a mapping of visible, filters"),
        ("{healthcheck: {visible: 1}}", "healthcheck has visible, which must be true or false"),
        ("{healthcheck: {filters: [a]}}", "healthcheck has filters, which must be a mapping of names to lists of fil"),
        ("{healthcheck: {filters: {a: b}}}", "healthcheck has filters, which must be a mapping of names to lists of"),
        ("{tls: {insecureSkipVerify: 1}}", "tls has insecureSkipVerify, which must be true or false"),
        ("{headers: {a: b}}", "must not set headers: use alertmanager-headers"),
        ("{tls: {ca: x}}", "must not set tls.ca: integrate receive-ca-cert"),
        ("{tls: {cert: x}}", "must not set tls.cert: use alertmanager-client-certificate"),
    ],
)
def test_what_karma_could_not_use_or_is_the_charms_is_refused(keys: str, why: str):
    assert why_refused(selected_settings, f"am: {keys}").startswith(f"am: {why}")
    if keys.startswith("{"):
        entry = f"- {{name: am, uri: 'http://am', {keys[1:]}"
        assert why_refused(external_alertmanagers, entry).startswith(f"am: {why}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{name: a, uri: 'http://a'}", "must be a YAML list (`- {name: office, uri: 'https://am.example'}`)"),
        ("[a]", "entry 1: must be a mapping with name and uri"),
        ("[{}]", "entry 1: name is missing; entry 1: uri is missing"),
        ("[{name: 5, uri: 'http://a'}]", "entry 1: name must be a text, in quotes where it looks like a number"),
        ("[{name: a, uri: 5}]", "a: uri must be a text"),
        ("[{name: a, uri: 'ftp://a'}]", "a: uri is not an http or https URL"),
        ("[{name: a, uri: 'http://u:p@a'}]", "a: uri holds a user or password"),
    ],
)
def test_an_alertmanager_outside_of_juju_needs_a_name_and_a_good_address(text: str, why: str):
    assert why_refused(external_alertmanagers, text) == why


def test_all_faults_come_in_one_message():
    text = "am: {name: x, uri: y, timeout: 0s}\nam-0: {proxy: 1}"
    assert why_refused(selected_settings, text) == (
        "am: must not set uri: each Alertmanager tells its own; one outside of Juju stands in external-alertmanagers; "
        "am: timeout must be at least 100ms, is 0s; am: name is for one unit, such as am-0; "
        "am-0: proxy must be true or false"
    )
    assert why_refused(external_alertmanagers, "[{name: a}, 5]") == (
        "a: uri is missing; entry 2: must be a mapping with name and uri"
    )


def test_headers_are_for_all_or_for_those_that_a_selector_names():
    assert selected_headers(("X: a\nprod: {Authorization: Bearer b}\n'*': {Y: c}",)) == {
        "*": {"X": "a", "Y": "c"},
        "prod": {"Authorization": "Bearer b"},
    }


words = st.sampled_from(["a", "*", "am-0", "name", "uri", "tls", "headers", "cors", "http://a", "5s"])
trees: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


@given(trees)
def test_nothing_else_than_a_refusal_comes_of_what_is_written(tree: Any):
    for read in (selected_settings, external_alertmanagers):
        with contextlib.suppress(ValueError):
            read(str(tree))
