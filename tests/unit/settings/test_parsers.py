"""From the value of an option to that of a Karma key: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from settings.alertmanagers import selected_headers
from settings.bounds import between, captures, filters, lasts, named, origins, seconds, trimmed
from settings.options import JUDGES
from settings.overlay import OWNED
from settings.overlay import why_refused as overlay
from settings.parsers import acl, groups, uri_template, users
from settings.yaml_text import mapping
from tests.support.refusal import each_of, why_refused

NO_NAME = "header 1 has a name that HTTP does not allow"
NO_TEXT = "header 1 must have a text, in quotes where it looks like a number"
FIELDS_ONLY = "may hold {name}, {cluster}, {application}, {model}, {host}, {port} only"


@pytest.mark.parametrize(
    ("template", "why"),
    each_of(
        {
            FIELDS_ONLY: [
                *("https://{name.__class__}/", "https://{name.__class__.__mro__[1]}/", "https://{name[0]}/"),
                *("https://{0}/", "https://{}/", "https://{name!r:>10}/", "https://{name!s}/"),
                *("https://{port:0>99999999}/", "https://{name:{port}}/", "https://{unit}/", "https://{ name }/"),
            ],
            "has a brace without its partner": ["https://{name/", "https://name}/"],
            "must be an http or https URL": [
                *("{name}", "ftp://{host}/", "javascript:alert(1)//{host}", "https://{host}/ x", "https://{host}/\nx"),
                *("https://{host}/\u202e", "https://", "https:///{name}"),
            ],
            "must not hold a user or password": ["https://user:secret@{host}/", "http://{name}@{host}/"],
        }
    ),
)
def test_a_template_that_is_none_is_refused(template: str, why: str):
    assert why_refused(uri_template, template) == why


@pytest.mark.parametrize(
    "template", ["https://am.example.com", "http://{host}:{port}/x/{cluster}/{name}?q={{literal}}", "HTTPS://x/a@b"]
)
def test_a_good_template_stays_as_it_is(template: str):
    assert uri_template(template) == template


@given(st.text(alphabet="{}:!.[]_nameporthcluster0123 /", max_size=40))
def test_a_template_that_passes_can_be_filled_in(text: str):
    template = f"https://{text}"
    assume(not why_refused(uri_template, template))
    filled = template.format(name="am-0", cluster="c", application="am", model="m", host="h", port=9093)
    assert len(filled) <= len(template) + 40
    assert "<" not in filled


@pytest.mark.parametrize(
    ("text", "why"),
    each_of(
        {
            "holds no header": ["", "{}", "prod: {}"],
            "header 2 is there twice": ["a: b\nA: c"],
            "header 1 has white space around its text": ["a: ' b'"],
            "must be a YAML mapping (`key: value`)": ["Bearer abc"],
            "header 2 has a name that HTTP does not allow": ["a: b\nX Y: c"],
            f"{NO_NAME}; {NO_TEXT}": ["'': 1"],
            NO_NAME: ["'': c", '"X\\nY": c', "X-Ü: c"],
            NO_TEXT: ["X: 17", "X: true", "X:", "X: [a]"],
            "header 1 of selector 1 must have a text, in quotes where it looks like a number": ["prod: {X: 17}"],
            "header 2 of selector 2 is there twice": ["X: a\nprod: {Y: a, y: b}"],
            "header 1 of selector 2 is there twice": ["X: a\n'*': {x: b}"],
            "header 1 of selector 1 has a name that HTTP does not allow; header 2 of selector 1 must have a text, in "
            "quotes where it looks like a number": ["prod: {'X Y': a, Z: [b]}"],
            "header 1 holds control characters": ['X: "a\\nY: b"', 'X: "a\\r"'],
            "header 1 is one that Karma cannot send": ["Host: a"],
            "must be a YAML mapping whose keys are texts": ["5: a"],
        }
    ),
)
def test_headers_that_are_none_are_refused_by_their_number(text: str, why: str):
    assert why_refused(selected_headers, (text,)) == why


def test_headers_are_read_as_texts():
    text = "Authorization: Bearer a=b:c\nX-Since: 2026-01-01\nX-On: yes\nX-N: '1'\nX-Empty: ''"
    expected = {"Authorization": "Bearer a=b:c", "X-Since": "2026-01-01", "X-On": "yes", "X-N": "1", "X-Empty": ""}
    assert selected_headers((text,)) == {"*": expected}


@pytest.mark.parametrize(("path", "instead"), OWNED.items())
@pytest.mark.parametrize("value", ["{}", "null", "[a]", "x", "{a: b}"])
def test_what_the_charm_owns_is_refused_by_name(path: str, instead: str, value: str):
    text = value
    for key in reversed(path.split(".")):
        text = f"{{{key.removesuffix('[]')}: {f'[{text}]' if key.endswith('[]') else text}}}"
    also = (
        f"alertmanager.servers: {OWNED['alertmanager.servers']}; " if path.startswith("alertmanager.servers[]") else ""
    )
    assert overlay(mapping(text), JUDGES) == f"must not set {also}{path}: {instead}"


def test_what_lies_beside_the_owned_keys_is_free():
    text = "{alertmanager: {interval: 1m}, history: {workers: 9}, customs: 1}"
    assert overlay(mapping(text), JUDGES) == ""


TWO_FILTERS = ["severity=critical @state=active", "a=b;@state=x", "a!=b c=~d", "@state=active a > 1"]
NO_ORIGIN = "is no origin such as https://example.com, without path and default port"
NO_ORIGINS = [
    *("https://a.example/", "a.example", "//a", "null", "https://a.example/x", "https://a https://b", "https://u:p@a"),
    *("https://a.example:443", "http://a.example:80", "http://bücher.example", "https://a?x", ""),
]


@pytest.mark.parametrize(
    ("judge", "value", "why"),
    [
        (between(1, 9), 0, "must be at least 1, is 0"),
        (between(1, 9), 10.5, "must be at most 9, is 10.5"),
        (between(1, 9), float("inf"), "must be at most 9, is inf"),
        *((between(1, 9), free, "") for free in (1, 9, "0", None, True, [0])),
        *(
            (lasts("1s", "1h"), short, f"must be at least 1s, is {short}")
            for short in ("0", "-5s", "0h0.00m", "999ms", "-0s")
        ),
        *((lasts("1s", "1h"), long, f"must be at most 1h, is {long}") for long in ("1h1ns", "3601s", "61m")),
        (lasts("1s", "1h"), "9" * 5000 + "s", f"must be at most 1h, is {'9' * 40}…"),
        *((lasts("1s", "1h"), free, "") for free in ("1s", "1h", "+1m0.5s", "abc", "30", "s", "", 0, None)),
        *((captures, free, "") for free in ("(.+)", "user=(.+)", "(?P<u>.+)", "(?<u>.+)", "(?i)(a)", None)),
        *(
            (captures, bad, "needs parentheses around what it is to find, as in (.+)")
            for bad in (".+", r"\(.+\)", "[(].+[)]", "(?:.+)", "(?i).+", r"\Q(a)\E", r"\Q(a", "[(" * 30_000)
        ),
        (trimmed, " @cluster", "has white space around it"),
        (trimmed, ["a", "b "], "has white space around it"),
        (trimmed, "a\x00b", "must be one line, without control characters"),
        *((named, free, "") for free in (["@receiver", "a.b", "c-d", "größe", "app.k8s.io/name"], "a", [1, None])),
        *(
            (
                named,
                [f"a{odd}b"],
                f"has a name with {'white space' if odd == ' ' else odd} in it; put a comma between names",
            )
            for odd in " ;|=\uff0c\u3001,\\'${}()"
        ),
        *((filters, [free], "") for free in ("@state=active", "a=~b c", "url=http://x?a=b&c=d", "any words", "a=b; c")),
        *((filters, [two], "has two filters in one item; put a comma between filters") for two in TWO_FILTERS),
        *((origins, [free], "") for free in ("*", "https://*.a.example", "HTTP://A:8080", "http://[::1]:3000")),
        *((origins, ["*", bad], f"item 2 {NO_ORIGIN}") for bad in NO_ORIGINS),
        *((trimmed, free, "") for free in ("a b", ["a"], 1, None, {" a": " b"})),
    ],
)
def test_bounds(judge: Any, value: Any, why: str):
    assert why_refused(judge, value) == why


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1m30s", 90), ("-.5h", -1800), ("2us", 2e-6), ("1.s", 1), ("0", 0), ("5", None), ("s", None), ("1s ", None)],
)
def test_durations_of_go(text: str, expected: float | None):
    assert seconds(text) == expected


def test_all_that_is_wrong_is_told_at_once():
    assert why_refused(users, ("# nobody",)) == "holds no user"
    assert why_refused(acl, "rules:\n# - {action: block, reason: x}") == "holds no rule"
    assert why_refused(users, ("a: 1\nb: ''\n':': x\nc: \"x\\0\"\nd: $2y$05$abc",)) == (
        "user 1 must have a text as password, in quotes where it looks like a number; user 2 has no password; "
        "user 3 has a name that a browser cannot send; user 4 has a password that a browser cannot send; "
        "user 5 has a hash for a password, which Karma takes as it is written"
    )
    assert why_refused(groups, "[{name: a, members: ['b ']}, {name: ' a', members: [b]}, c]") == (
        "the members of group 1 must be a list of texts; the name of group 2 must be a text; "
        "group 3 must have name and members, and nothing else"
    )
    text = (
        "{listen: {port: 9}, custom: {css: x}, ui: {alertsPerGroup: -1, refresh: 0s}, labels: {keep: [' a']}, "
        "history: {workers: 1e9}, alertmanager: {interval: 20m}, grid: {sorting: {label: ' a'}}}"
    )
    assert overlay(mapping(text), JUDGES) == (
        "must not set custom.css: use custom-css; listen.port: leave it out, it is 8080; "
        "alertmanager.interval must be at most 15m, is 20m; grid.sorting.label has white space around it; "
        "history.workers must be at most 1000, is 1000000000.0; labels.keep has white space around it; "
        "ui.alertsPerGroup must be at least 1, is -1; ui.refresh must be at least 1s, is 0s"
    )


def test_a_login_for_a_proxy_is_no_secret_in_the_overlay():
    why = overlay(mapping("history: {rewrite: [{source: a, proxy_url: 'http://u:p@h'}]}"), JUDGES)
    assert why == "history.rewrite[].proxy_url holds a user or password, which anybody could read"
    assert overlay(mapping("history: {rewrite: [{source: a, uri: 'http://u:p@h'}]}"), JUDGES) == why.replace(
        "proxy_url", "uri"
    )
