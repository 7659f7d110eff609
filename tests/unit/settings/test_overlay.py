"""`karma-config`: what is merged over the other options, and who is blamed for it."""

from __future__ import annotations

from typing import Any

import ops
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from karma.config import render
from tests.support.unit import Unit
from tests.unit.conftest import NewUnit

NEW = 'level=ERROR msg="Execution failed" error="'
SERVERS = [{"name": "a", "uri": "http://a"}]


def merged(values: dict[str, Any], overlay: Any) -> dict[str, Any]:
    """Render options and an overlay; what the charm itself puts there is left out."""
    document = yaml.safe_load(render({**values, "karma-config": overlay}, SERVERS).text)
    del document["listen"], document["alertmanager"]["servers"]
    return {section: keys for section, keys in document.items() if keys != {} or section != "alertmanager"}


@pytest.mark.parametrize(
    ("values", "overlay", "expected"),
    [
        ({}, {"ui": {"theme": "dark"}}, {"ui": {"theme": "dark"}}),
        ({"ui-theme": "dark"}, {"ui": {"refresh": "5s"}}, {"ui": {"theme": "dark", "refresh": "5s"}}),
        ({"ui-theme": "dark"}, {"ui": {"theme": "light"}}, {"ui": {"theme": "light"}}),
        ({"labels-keep": ["a", "b"]}, {"labels": {"keep": ["c"]}}, {"labels": {"keep": ["c"]}}),
        ({"labels-keep": ["a"]}, {"labels": {"keep": []}}, {"labels": {"keep": []}}),
        ({"ui-theme": "dark"}, {"ui": {}}, {"ui": {"theme": "dark"}}),
        ({"ui-theme": "dark"}, {"ui": None}, {"ui": {"theme": "dark"}}),
        ({"ui-theme": "dark"}, {"ui": {"theme": None}}, {"ui": {"theme": "dark"}}),
        ({"ui-theme": "dark"}, {"ui": "x"}, {"ui": "x"}),
        ({}, {"ui": None}, {"ui": None}),
        ({"alertmanager-interval": "5s"}, {"alertmanager": {"interval": "9s"}}, {"alertmanager": {"interval": "9s"}}),
        ({}, {}, {}),
        (
            {"labels-color-static": ["job"]},
            {"labels": {"color": {"custom": {"a": [{"value": "b"}]}}}},
            {"labels": {"color": {"static": ["job"], "custom": {"a": [{"value": "b"}]}}}},
        ),
    ],
)
def test_the_overlay_goes_over_the_options(values: dict[str, Any], overlay: Any, expected: dict[str, Any]):
    assert merged(values, overlay) == expected


leaves = st.one_of(st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2))
trees = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(leaves, lambda t: st.dictionaries(st.sampled_from("abc"), t, min_size=1)),
)


@given(trees, st.permutations(["ui-theme", "labels-keep", "log-level"]))
def test_all_of_the_overlay_stands_in_the_file_and_nothing_else_is_lost(overlay: dict[str, Any], order: list[str]):
    values: dict[str, Any] = {"ui-theme": "dark", "labels-keep": ["a"], "log-level": "info"}
    found = merged({option: values[option] for option in order}, overlay)
    assert found == {**overlay, "ui": {"theme": "dark"}, "labels": {"keep": ["a"]}, "log": {"level": "info"}}


def test_the_overlay_is_not_changed_by_what_is_merged_into_the_file():
    overlay: dict[str, Any] = {"ui": {"theme": "dark"}, "labels": {"keep": ["a"]}}
    first = render({"karma-config": overlay, "ui-refresh": "5s"}, SERVERS).text
    assert render({"karma-config": overlay, "ui-refresh": "5s"}, SERVERS).text == first
    assert overlay == {"ui": {"theme": "dark"}, "labels": {"keep": ["a"]}}


THEME = "invalid ui.theme value 'bad', allowed options: light, dark, auto"
KEEP = "keep regex rule '(' is invalid"
COLOR = "failed to parse custom color regex rule '(' for 'x' label"
FILE_NAME = r"failed to parse configuration file \"/tmp/karma/0123/karma.yaml\": yaml: unmarshal errors:\n  "


@pytest.mark.parametrize(
    ("options", "overlay", "said", "blamed"),
    [
        ({"ui-theme": "bad"}, "labels: {keep: [a]}", THEME, "ui-theme"),
        ({"ui-theme": "light"}, "ui: {theme: bad}", THEME, "karma-config"),
        ({"ui-theme": "bad"}, "ui: {refresh: 5s}", THEME, "ui-theme"),
        ({"ui-theme": "bad"}, "ui: {theme: null}", THEME, "ui-theme"),
        ({"labels-order": "a"}, "karma: {name: k}", "line 10: field order not found", "labels-order"),
        ({"labels-order": "a"}, "ui: {bar: 1}", "line 15: field bar not found", "karma-config"),
        ({"labels-order": "a", "ui-theme": "dark"}, "foo: 1", "line 7: field foo not found", "karma-config"),
        ({"labels-keep-re": "("}, "", KEEP, "labels-keep-re"),
        ({"log-level": "info"}, "receivers: {keep_re: ['(']}", KEEP, "karma-config"),
        ({}, "labels: {keep_re: ['(']}", KEEP, "karma-config"),
        ({"labels-keep-re": "a"}, "receivers: {keep_re: ['(']}", KEEP, "karma-config"),
        ({"labels-keep-re": "a"}, "labels: {color: {custom: {x: [{value_re: '('}]}}}", COLOR, "karma-config"),
    ],
)
def test_who_has_set_a_key_is_blamed_for_it(
    new_unit: NewUnit, options: dict[str, Any], overlay: str, said: str, blamed: str
):
    unit = new_unit({"log-level": "info"})
    unit.relate(1, {"name": "a", "uri": "http://a"})
    assert unit.emit() == ops.ActiveStatus()
    unit.options |= {**options, "karma-config": overlay}
    words = FILE_NAME + said if said.startswith("line") else said
    unit.karma.refuses = {"": f'{NEW}{words}"'}  # whatever is new
    status = unit.emit("config_changed")
    assert status.name == "blocked"
    assert status.message.partition(": ")[0] == blamed, unit.pebble.checked[0]


def test_a_key_with_a_line_break_does_not_tear_the_message_apart(related: Unit):
    overlay = '"a\\nb": 1'
    related.karma.refuses = {"": NEW + FILE_NAME + 'line 1: field a b not found"'}
    related.options["karma-config"] = overlay
    status = related.emit("config_changed")
    assert status == ops.BlockedStatus("karma-config: a b: field a b not found")
    assert related.emit() == status
