"""From the value of an option to that of a Karma key: what is refused, and in which words."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from settings.parsers import OWNED, headers, longer_than_zero, overlay, uri_template
from tests.support.refusal import why_refused

FIELDS_ONLY = "may hold {name}, {cluster}, {host}, {port} only"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("https://{name.__class__}/", FIELDS_ONLY),
        ("https://{name.__class__.__mro__[1]}/", FIELDS_ONLY),
        ("https://{name[0]}/", FIELDS_ONLY),
        ("https://{0}/", FIELDS_ONLY),
        ("https://{}/", FIELDS_ONLY),
        ("https://{name!r:>10}/", FIELDS_ONLY),
        ("https://{name!s}/", FIELDS_ONLY),
        ("https://{port:0>99999999}/", FIELDS_ONLY),
        ("https://{name:{port}}/", FIELDS_ONLY),
        ("https://{unit}/", FIELDS_ONLY),
        ("https://{ name }/", FIELDS_ONLY),
        ("https://{name/", "has a brace without its partner"),
        ("https://name}/", "has a brace without its partner"),
        ("{name}", "must be an http or https URL"),
        ("ftp://{host}/", "must be an http or https URL"),
        ("javascript:alert(1)//{host}", "must be an http or https URL"),
        ("https://{host}/ x", "must be an http or https URL"),
        ("https://{host}/\n", "must be an http or https URL"),
        ("https://{host}/\u202e", "must be an http or https URL"),
        ("https://user:secret@{host}/", "must not hold a user or password"),
        ("http://{name}@{host}/", "must not hold a user or password"),
    ],
)
def test_a_template_that_is_none_is_refused(template: str, why: str):
    assert why_refused(uri_template, template) == why


@pytest.mark.parametrize(
    "template", ["https://am.example.com", "http://{host}:{port}/x/{cluster}/{name}?q={{literal}}", "https://x/a@b"]
)
def test_a_good_template_stays_as_it_is(template: str):
    assert uri_template(template) == template


@given(st.text(alphabet="{}:!.[]_nameporthcluster0123 /", max_size=40))
def test_a_template_that_passes_can_be_filled_in(text: str):
    template = f"https://{text}"
    assume(not why_refused(uri_template, template))
    filled = template.format(name="am-0", cluster="c", host="h", port=9093)
    assert len(filled) <= len(template) + 40
    assert "<" not in filled


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must be a YAML mapping (`key: value`)"),
        ("{}", "holds no header"),
        ("Bearer abc", "must be a YAML mapping (`key: value`)"),
        ("a: b\nX Y: c", "header 2 has a name that HTTP does not allow"),
        ("'': c", "header 1 has a name that HTTP does not allow"),
        ('"X\\nY": c', "header 1 has a name that HTTP does not allow"),
        ("X-Ü: c", "header 1 has a name that HTTP does not allow"),
        ("X: 17", "header 1 must have a text, in quotes where it looks like a number"),
        ("X: true", "header 1 must have a text, in quotes where it looks like a number"),
        ("X:", "header 1 must have a text, in quotes where it looks like a number"),
        ("X: [a]", "header 1 must have a text, in quotes where it looks like a number"),
        ('X: "a\\nY: b"', "header 1 holds control characters"),
        ('X: "a\\r"', "header 1 holds control characters"),
        ("5: a", "must be a YAML mapping whose keys are texts"),
    ],
)
def test_headers_that_are_none_are_refused_by_their_number(text: str, why: str):
    assert why_refused(headers, (text,)) == why


def test_headers_are_read_as_texts():
    assert headers(("Authorization: Bearer a=b:c\nX-Since: 2026-01-01\nX-On: yes\nX-N: '1'\nX-Empty: ''",)) == {
        "Authorization": "Bearer a=b:c",
        "X-Since": "2026-01-01",
        "X-On": "yes",
        "X-N": "1",
        "X-Empty": "",
    }


@pytest.mark.parametrize(("path", "instead"), OWNED.items())
@pytest.mark.parametrize("value", ["{}", "null", "[a]", "x", "{a: b}"])
def test_what_the_charm_owns_is_refused_by_name(path: str, instead: str, value: str):
    text = value
    for key in reversed(path.split(".")):
        text = f"{{{key}: {text}}}"
    assert why_refused(overlay, text) == f"must not set {path}: {instead}"


def test_what_lies_beside_the_owned_keys_is_free():
    text = "{alertmanager: {interval: 1m}, authorization: {groups: []}, customs: 1}"
    assert overlay(text) == {"alertmanager": {"interval": "1m"}, "authorization": {"groups": []}, "customs": 1}


@pytest.mark.parametrize("value", ["0s", "0", "0h0.00m", "-5s", " -5s", "-0s", "+0s", "00"])
def test_a_duration_that_makes_no_sense_is_refused(value: str):
    with pytest.raises(ValueError, match=r"^must be longer than 0s, is "):
        longer_than_zero(value)
