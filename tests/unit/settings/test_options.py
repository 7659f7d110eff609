"""Every option: what it becomes in Karma's configuration, and which values the charm itself refuses."""

from __future__ import annotations

import functools
import operator
from typing import Any, cast

import ops
import pytest
import yaml

from karma.config import CONFIG_FILE
from relations.dns import EXTRA_SANS
from settings.guards import GUARDS
from settings.options import SETTINGS, Options, settings
from tests.option_values import EXPECTED, IN_COMPANY, REWRITE, VALUES
from tests.support.unit import ROOT, published
from tests.unit.conftest import NewUnit
from workload.memory import MEMORY

DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]

# What stands there when nobody sets anything: only what the charm needs.
UNSET = {
    "listen": {"port": 8080},
    "alertmanager": {"servers": [{**published(0, name="am-0", cluster="am"), "proxy": True, "timeout": "10s"}]},
}


def rendered(new_unit: NewUnit, options: dict[str, Any]) -> dict[str, Any]:
    unit = new_unit()
    unit.set(**options)
    unit.relate(1, published(0))
    assert unit.emit("config_changed") == ops.ActiveStatus()
    return unit.config


def at(document: dict[str, Any], path: str) -> Any:
    """Look a path up; of the servers it is the first one's, and the last one where it is the path itself."""
    number = -1 if path == "alertmanager.servers" else 0
    first = {
        **document,
        "alertmanager": {**document["alertmanager"], "servers": document["alertmanager"]["servers"][number]},
    }
    return functools.reduce(operator.getitem, path.split("."), cast("Any", first))


def test_what_the_operator_can_set_is_what_the_table_knows_and_what_is_tested_here():
    assert set(SETTINGS) == set(DECLARED) - {EXTRA_SANS} == {*EXPECTED, *IN_COMPANY}
    assert not set(EXPECTED) & set(IN_COMPANY)


def test_options_with_their_types_are_the_same_in_config_yaml_and_in_the_code():
    types = {"string": "str | None", "int": "int | None", "boolean": "bool | None", "secret": "str | None"}
    declared = {
        option.replace("-", "_"): types[entry["type"]] for option, entry in DECLARED.items() if option != EXTRA_SANS
    }
    assert Options.__annotations__ == declared


def test_options_are_sorted_described_and_without_a_default_of_the_charm():
    assert [option for option, entry in DECLARED.items() if "default" in entry] == []
    assert list(DECLARED) == sorted(DECLARED)
    assert all(entry["description"].strip().endswith(".") for entry in DECLARED.values())


def test_unset_options_are_not_rendered(new_unit: NewUnit):
    assert rendered(new_unit, {}) == UNSET


@pytest.mark.parametrize(
    "option", [option for option, entry in DECLARED.items() if entry["type"] in ("string", "secret")]
)
def test_an_empty_option_is_not_rendered(new_unit: NewUnit, option: str, monkeypatch: pytest.MonkeyPatch):
    # Juju takes an empty text for a secret, too; ops.testing does not believe it.
    monkeypatch.setenv("SCENARIO_SKIP_CONSISTENCY_CHECKS", "1")
    unit = new_unit({option: ""})
    unit.relate(1, published(0))
    assert unit.emit("config_changed") == ops.ActiveStatus()
    assert unit.config == UNSET
    assert {name.rpartition("/")[2] for name in unit.files} == {CONFIG_FILE, MEMORY}


@pytest.mark.parametrize("option", EXPECTED)
def test_an_option_that_is_set_stands_at_its_key_and_nothing_else_changes(new_unit: NewUnit, option: str):
    value, path, expected = EXPECTED[option]
    document = rendered(new_unit, {option: value})
    found = at(document, path)
    assert (found, type(found)) == (expected, type(expected))
    assert without(document, path) == without(UNSET, path)


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Copy a document less what stands at a path, and less the sections that are empty without it."""
    key, _, rest = path.partition(".")
    copy = dict(document)
    found = copy.pop(key, None)
    if rest and found is not None:
        below = cast("list[dict[str, Any]]", found if isinstance(found, list) else [found])
        left = [without(one, rest) for one in below]
        if any(left):
            copy[key] = left if isinstance(found, list) else left[0]
    return copy


@pytest.mark.parametrize("option", [one for one, (value, _, _) in EXPECTED.items() if isinstance(value, str)])
def test_white_space_around_a_value_is_never_meant(option: str):
    setting, (value, _, _) = SETTINGS[option], EXPECTED[option]
    if setting.file == "" and option != "authorization-groups":
        assert setting.parse(
            f"\n{value}\r\n \n" if "\n" in value or "- " in value else f"\ufeff \t{value}\r\n "
        ) == setting.parse(value)
    assert setting.parse(" \n\t") is None


def test_where_karma_means_white_space_it_stays():
    assert settings(Options(auth_group_separator=" ")).values == {"auth-group-separator": " "}


@pytest.mark.parametrize(
    "option", ["karma-config", "alertmanager-settings", "external-alertmanagers", "labels-keep", "labels-keep-re"]
)
def test_what_is_all_commented_out_is_not_set(new_unit: NewUnit, option: str):
    assert rendered(new_unit, {option: "---\n# ui:\n#   theme: dark\n"}) == UNSET


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"log_config": True}, "log-config"),
        ({"karma_config": "log: {config: true}"}, "karma-config"),
        ({"log_config": False, "karma_config": "log: {config: false}"}, ""),
    ],
)
def test_a_login_for_the_past_is_not_logged(options: dict[str, Any], refused: str):
    headers: Any = ("Authorization: x",)
    found = settings(Options(history_headers=headers, **options))
    assert found.invalid == ({refused: "would log the headers of history-headers"} if refused else {})
    assert refused not in found.values
    assert not settings(Options(**options)).invalid


def test_all_options_together(new_unit: NewUnit):
    document = rendered(new_unit, VALUES)
    assert {path: at(document, path) for _, path, _ in EXPECTED.values()} == {
        path: expected for _, path, expected in EXPECTED.values()
    }


@pytest.mark.parametrize("option", [option for option in IN_COMPANY if option != "auth-proxy-user"])
def test_an_option_that_needs_others_stands_at_its_key_and_nothing_else_changes(new_unit: NewUnit, option: str):
    value, path, expected = IN_COMPANY[option]
    others: dict[str, Any] = {
        one: text
        for one, (text, _, _) in IN_COMPANY.items()
        if one.startswith("auth-") and one not in (option, "auth-proxy-user")
    }
    unit = new_unit()
    unit.set(**(others if option.startswith("auth-") and option != "auth-header" else {}))
    unit.set(**({"karma-config": REWRITE} if option == "history-headers" else {}))
    unit.relate(1, published(0, uri="https://am-0"))
    unit.integrate(2, "ingress", ingress='{"url": "https://apps.example.com/prod-karma"}')
    assert unit.emit("config_changed") == ops.ActiveStatus()
    before = unit.config
    unit.set(**{option: value})
    assert unit.emit("config_changed").name == "active"
    assert at(unit.config, path) == expected
    # A header brings an expression that takes all of it.
    beside = {"auth-group-header": "authentication.header", "auth-header": "authentication.header"}.get(option, path)
    of_a_login = [beside, "listen.cors", "alertmanager.servers.headers"] if "auth" in option else [beside]
    after = unit.config
    for one in of_a_login:
        before, after = without(before, one), without(after, one)
    assert after == before


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        *(("ui-alerts-per-group", bad, "must be at least 1") for bad in (0, -(2**40))),
        *(("ui-refresh", bad, "must be at least 1") for bad in ("0", " -5s", "1ns")),
        ("alertmanager-interval", "20m", "must be at most 15m, is 20m"),
        ("auth-header-re", ".+", "needs parentheses around what it is to find, as in (.+)"),
        ("alertmanager-access", "Proxy", "must be one of published, proxy, readonly, direct"),
        ("karma-config", "- a", "must be a YAML mapping (`key: value`)"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_and_not_tried(new_unit: NewUnit, option: str, value: Any, why: str):
    unit = new_unit({option: value})
    unit.relate(1, published(0))
    status = unit.emit("config_changed")
    assert status.name == "blocked"
    assert status.message.startswith(f"{option}: {why}")
    assert unit.is_running != (option in GUARDS)
    assert not unit.is_running or unit.config == UNSET


def test_every_invalid_option_is_told():
    found = settings(Options(ui_refresh="-1s", ui_alerts_per_group=0, ui_theme="dark"))
    assert set(found.invalid) == {"ui-refresh", "ui-alerts-per-group"}
    assert found.values == {"ui-theme": "dark"}
