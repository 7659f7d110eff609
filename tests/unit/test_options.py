"""Every option: what it becomes in Karma's configuration, and which values the charm itself refuses."""

from __future__ import annotations

import functools
import operator
from typing import Any, cast

import ops
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from options import SETTINGS, Options, items, settings
from tests.unit.conftest import NewUnit
from tests.unit.unit import ROOT, published

DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]

# Option -> (a value that an operator sets, Karma's path, what Karma is to read there).
EXPECTED: dict[str, tuple[Any, str, Any]] = {
    "alertmanager-access": ("direct", "alertmanager.servers.proxy", False),
    "alertmanager-interval": ("30s", "alertmanager.interval", "30s"),
    "alertmanager-timeout": ("5s", "alertmanager.servers.timeout", "5s"),
    "default-filters": ("@state=active, severity=critical", "filters.default", ["@state=active", "severity=critical"]),
    "karma-name": ("karma: «prod»", "karma.name", "karma: «prod»"),
    "log-format": ("json", "log.format", "json"),
    "log-level": ("warning", "log.level", "warning"),
    "ui-alerts-per-group": (7, "ui.alertsPerGroup", 7),
    "ui-animations": (False, "ui.animations", False),
    "ui-collapse-groups": ("collapsedOnMobile", "ui.collapseGroups", "collapsedOnMobile"),
    "ui-color-titlebar": (True, "ui.colorTitlebar", True),
    "ui-hide-filters-when-idle": (False, "ui.hideFiltersWhenIdle", False),
    "ui-minimal-group-width": (420, "ui.minimalGroupWidth", 420),
    "ui-multi-grid-label": ("@auto", "ui.multiGridLabel", "@auto"),
    "ui-multi-grid-sort-reverse": (True, "ui.multiGridSortReverse", True),
    "ui-refresh": ("10s", "ui.refresh", "10s"),
    "ui-theme": ("dark", "ui.theme", "dark"),
}
# What stands there when nobody sets anything: only what the charm needs.
UNSET = {
    "listen": {"port": 8080},
    "alertmanager": {
        "servers": [
            {
                "name": "am-0",
                "uri": "http://am-0.am-endpoints.prod.svc.cluster.local:9093",
                "cluster": "prod_am",
                "proxy": True,
                "timeout": "10s",
            }
        ]
    },
}


def rendered(new_unit: NewUnit, options: dict[str, Any]) -> dict[str, Any]:
    unit = new_unit(options)
    unit.relate(1, published(0))
    assert unit.emit("config_changed") == ops.ActiveStatus()
    return unit.config


def at(document: dict[str, Any], path: str) -> Any:
    """Look a path up; of the servers it is the first one's."""
    first = {
        **document,
        "alertmanager": {**document["alertmanager"], "servers": document["alertmanager"]["servers"][0]},
    }
    return functools.reduce(operator.getitem, path.split("."), cast("Any", first))


def test_what_the_operator_can_set_is_what_the_table_knows_and_what_is_tested_here():
    assert set(SETTINGS) == set(DECLARED) == set(EXPECTED)


def test_options_with_their_types_are_the_same_in_config_yaml_and_in_the_code():
    types = {"string": "str | None", "int": "int | None", "boolean": "bool | None"}
    declared = {option.replace("-", "_"): types[entry["type"]] for option, entry in DECLARED.items()}
    assert Options.__annotations__ == declared


def test_no_option_has_a_default_of_the_charm():
    assert [option for option, entry in DECLARED.items() if "default" in entry] == []


def test_options_are_sorted_and_described():
    assert list(DECLARED) == sorted(DECLARED)
    assert all(entry["description"].strip().endswith(".") for entry in DECLARED.values())


def test_unset_options_are_not_rendered(new_unit: NewUnit):
    assert rendered(new_unit, {}) == UNSET


@pytest.mark.parametrize("option", [option for option, entry in DECLARED.items() if entry["type"] == "string"])
def test_an_empty_option_is_not_rendered(new_unit: NewUnit, option: str):
    assert rendered(new_unit, {option: ""}) == UNSET


@pytest.mark.parametrize("option", EXPECTED)
def test_an_option_that_is_set_stands_at_its_key_and_nothing_else_changes(new_unit: NewUnit, option: str):
    value, path, expected = EXPECTED[option]
    document = rendered(new_unit, {option: value})
    found = at(document, path)
    assert (found, type(found)) == (expected, type(expected))
    assert paths(document) == paths(UNSET) | {path}


def paths(document: dict[str, Any]) -> set[str]:
    """List the paths of a file: of sections, of the Alertmanagers' section, of the first server."""
    alertmanager = dict(document["alertmanager"])
    found = {f"alertmanager.servers.{key}" for key in alertmanager.pop("servers")[0]}
    sections = {**document, "alertmanager": alertmanager}
    return found | {f"{section}.{key}" for section, keys in sections.items() for key in keys}


def test_all_options_together(new_unit: NewUnit):
    document = rendered(new_unit, {option: value for option, (value, _, _) in EXPECTED.items()})
    assert {path: at(document, path) for _, path, _ in EXPECTED.values()} == {
        path: expected for _, path, expected in EXPECTED.values()
    }


@pytest.mark.parametrize(
    ("access", "published_proxy", "proxy", "readonly"),
    [
        ("published", "true", True, None),
        ("published", "false", False, None),
        ("proxy", "false", True, None),
        ("direct", "true", False, None),
        ("readonly", "true", False, True),
        ("readonly", "false", False, True),
    ],
)
def test_how_browsers_reach_the_alertmanagers(
    new_unit: NewUnit, access: str, published_proxy: str, proxy: bool, readonly: bool | None
):
    unit = new_unit({"alertmanager-access": access})
    unit.relate(1, published(0, proxy=published_proxy))
    unit.emit()
    assert (unit.servers[0]["proxy"], unit.servers[0].get("readonly")) == (proxy, readonly)


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("ui-alerts-per-group", 0, "must be at least 1, is 0"),
        ("ui-alerts-per-group", -1, "must be at least 1, is -1"),
        ("ui-minimal-group-width", 0, "must be at least 1, is 0"),
        ("ui-minimal-group-width", -5, "must be at least 1, is -5"),
        ("ui-refresh", "0s", "must be longer than 0s, is 0s"),
        ("ui-refresh", "0", "must be longer than 0s, is 0"),
        ("ui-refresh", "0h0.00m", "must be longer than 0s, is 0h0.00m"),
        ("ui-refresh", " -5s", "must be longer than 0s, is -5s"),
        ("alertmanager-timeout", "0s", "must be longer than 0s, is 0s"),
        ("alertmanager-timeout", "-1s", "must be longer than 0s, is -1s"),
        ("alertmanager-access", "Proxy", "must be one of published, proxy, readonly, direct"),
        ("alertmanager-access", "none", "must be one of published, proxy, readonly, direct"),
        ("default-filters", "- a\n- [b", "is not a YAML list (line 2, column 5)"),
        ("default-filters", "- a: b", "must be a plain list of texts"),
        ("default-filters", "- - a", "must be a plain list of texts"),
        ("default-filters", "- &a [*a]", "is not a YAML list (line 1, column 3)"),
        ("default-filters", "- *a", "is not a YAML list (line 1, column 3)"),
        ("default-filters", "- a\nb: c", "is not a YAML list (line 2, column 1)"),
        ("default-filters", "- a\n---\n- b", "is not a YAML list (line 2, column 1)"),
        ("default-filters", "- \x07", "is not a YAML list"),
        ("default-filters", "- " + "[" * 5000, "is not a YAML list"),
        ("default-filters", "- " + "[" * 5000 + "]" * 5000, "is not a YAML list"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_and_not_tried(new_unit: NewUnit, option: str, value: Any, why: str):
    unit = new_unit({option: value})
    unit.relate(1, published(0))
    assert unit.emit("config_changed") == ops.BlockedStatus(f"{option}: {why}")
    assert not unit.is_running
    assert unit.pebble.writes == []


@pytest.mark.parametrize("value", ["10s", "0.5s", "1m0s", "100ms", "30", "abc", "s"])
def test_what_may_be_a_duration_is_left_to_karma(new_unit: NewUnit, value: str):
    assert rendered(new_unit, {"ui-refresh": value})["ui"]["refresh"] == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , b,", ["a", "b"]),
        (",", []),
        ("a b=~c.*, @state!=x", ["a b=~c.*", "@state!=x"]),
        ("- a\n- b", ["a", "b"]),
        ("\n  - a\n  - b\n", ["a", "b"]),
        ("- foo=~(a,b)", ["foo=~(a,b)"]),
        ("- yes\n- 1e3\n- null\n- 2001-01-01", ["yes", "1e3", "null", "2001-01-01"]),
        ("- '#a'\n- \"b: c\"", ["#a", "b: c"]),
        ("-a, -b", ["-a", "-b"]),
    ],
)
def test_lists(text: str, expected: list[str]):
    assert items(text) == expected


@given(st.one_of(st.text(), st.text(alphabet="-[]{}&*:,'\"#|>?! \n\tab").map(lambda text: "- " + text)))
def test_any_text_is_a_list_or_refused_in_words(text: str):
    found, refusal = [], ""
    try:
        found = items(text)
    except ValueError as error:
        refusal = str(error)
    assert all(isinstance(item, str) for item in found)
    assert not refusal or refusal.startswith(("is not a YAML list", "must be a plain list of texts"))


@given(st.lists(st.text(alphabet="abc=~!@ .*", min_size=1).filter(lambda text: text.strip() == text), min_size=1))
def test_a_list_written_with_commas_is_that_list(wanted: list[str]):
    assert items(", ".join(wanted)) == wanted


def test_every_invalid_option_is_told():
    found = settings(Options(ui_refresh="-1s", ui_alerts_per_group=0, ui_theme="dark"))
    assert set(found.invalid) == {"ui-refresh", "ui-alerts-per-group"}
    assert found.values == {"ui.theme": "dark"}
