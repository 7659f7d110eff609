"""PURE: the charm's options and the table `option -> Karma key`.

A field of `Options` is an option of `config.yaml` with `-` written as `_`, and `sets(...)` beside it names the key of
Karma's configuration that it becomes. An option that is not set, or is empty, is not rendered, so Karma's own default
holds. Enums and ranges are not repeated here, since Karma's `--check-config` judges them; `parse` is for lists, and for
values that make no sense and that Karma takes all the same.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import yaml

Value = str | int | bool | list[str]

PER_SERVER = "alertmanager.servers."
"""Prefix of the keys that are set in every entry of `alertmanager.servers`."""

Access = Literal["published", "proxy", "readonly", "direct"]
ACCESS: tuple[Access, ...] = ("published", "proxy", "readonly", "direct")


def at_least(minimum: int) -> Callable[[int], int]:
    """Make a parser for whole numbers from `minimum` on."""

    def parse(value: int) -> int:
        if value < minimum:
            raise ValueError(f"must be at least {minimum}, is {value}")
        return value

    return parse


def longer_than_zero(value: str) -> str:
    """Refuse a duration of no or negative length; whether it is a duration at all is Karma's to say."""
    if value.lstrip().startswith("-") or ("0" in value and not re.search("[1-9]", value)):
        raise ValueError(f"must be longer than 0s, is {value}")
    return value


def items(text: str) -> list[str]:
    """Parse a list: `a, b`, or lines that start with `- ` where an item holds a comma.

    Raises:
        ValueError: with what is wrong with the text.
    """
    if not text.lstrip().startswith("- "):
        return [item for item in (part.strip() for part in text.split(",")) if item]
    try:
        # The base loader leaves every scalar the text that it is: `- yes` means the word.
        parsed: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- it builds nothing but texts, lists, mappings
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValueError(f"is not a YAML list{where}") from None
    except (yaml.YAMLError, RecursionError):  # the parser descends one call per level of nesting
        raise ValueError("is not a YAML list") from None
    entries = cast("list[Any]", parsed if isinstance(parsed, list) else [None])
    if not all(isinstance(entry, str) for entry in entries):
        raise ValueError("must be a plain list of texts")
    return entries


def one_of_access(value: str) -> Access:
    """Check `alertmanager-access`, which is the charm's own notion and so the charm's to judge."""
    for access in ACCESS:
        if value == access:
            return access
    raise ValueError(f"must be one of {', '.join(ACCESS)}")


@dataclass(frozen=True)
class Setting:
    """A row of the table: how one option becomes one key of Karma's configuration."""

    key: str
    """Karma's path, e.g. `ui.theme`; with the prefix `PER_SERVER` a key of every server."""
    parse: Callable[[Any], Value]
    """From Juju's value to Karma's; raises ValueError with the reason, as the rest of a sentence."""


def sets(key: str, parse: Callable[[Any], Value] = lambda value: value) -> Any:
    """Declare an option that becomes the Karma key `key`."""
    return dataclasses.field(default=None, metadata={"setting": Setting(key, parse)})


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the operator has set with `juju config`; None where nothing is set."""

    alertmanager_access: str | None = sets(PER_SERVER + "proxy", one_of_access)
    alertmanager_interval: str | None = sets("alertmanager.interval")
    alertmanager_timeout: str | None = sets(PER_SERVER + "timeout", longer_than_zero)
    default_filters: str | None = sets("filters.default", items)
    karma_name: str | None = sets("karma.name")
    log_format: str | None = sets("log.format")
    log_level: str | None = sets("log.level")
    ui_alerts_per_group: int | None = sets("ui.alertsPerGroup", at_least(1))
    ui_animations: bool | None = sets("ui.animations")
    ui_collapse_groups: str | None = sets("ui.collapseGroups")
    ui_color_titlebar: bool | None = sets("ui.colorTitlebar")
    ui_hide_filters_when_idle: bool | None = sets("ui.hideFiltersWhenIdle")
    ui_minimal_group_width: int | None = sets("ui.minimalGroupWidth", at_least(1))
    ui_multi_grid_label: str | None = sets("ui.multiGridLabel")
    ui_multi_grid_sort_reverse: bool | None = sets("ui.multiGridSortReverse")
    ui_refresh: str | None = sets("ui.refresh", longer_than_zero)
    ui_theme: str | None = sets("ui.theme")


SETTINGS: dict[str, Setting] = {
    field.name.replace("_", "-"): field.metadata["setting"] for field in dataclasses.fields(Options)
}
"""Option -> row of the table."""


@dataclass(frozen=True)
class Settings:
    """The options that are set, in Karma's terms."""

    values: dict[str, Value]
    """Karma's path -> value."""
    invalid: dict[str, str]
    """Option -> why the charm refuses its value."""


def settings(options: Options) -> Settings:
    """Translate the options that are set, and collect those that the charm itself refuses."""
    found = Settings({}, {})
    for option, setting in SETTINGS.items():
        value = getattr(options, option.replace("-", "_"))
        if value is None or value == "":
            continue
        try:
            found.values[setting.key] = setting.parse(value)
        except ValueError as error:
            found.invalid[option] = str(error)
    return found
