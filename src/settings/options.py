"""PURE: the charm's options and the table `option -> Karma key`.

A field of `Options` is an option of `config.yaml` with `-` written as `_`, and `sets(...)` beside it names the key of
Karma's configuration that it becomes. An option that is not set, or is empty, is not rendered, so Karma's own default
holds. Enums and ranges are not repeated here, since Karma's `--check-config` judges them; `parse` is for what is more
than a plain value, and for values that make no sense and that Karma takes all the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from settings import alertmanagers, parsers
from settings.yaml_text import items

PER_SERVER = "alertmanager.servers."
"""Prefix of the keys that are set in every entry of `alertmanager.servers`."""

REWRITE = "history.rewrite"
"""The key of the rules by which Karma asks Prometheus servers about the past; the overlay sets it."""

OVERLAY = ""
"""The key of the option that is merged over the whole of the configuration."""


class Setting(NamedTuple):
    """A row of the table: how one option becomes one key of Karma's configuration."""

    key: str
    """Karma's path, e.g. `ui.theme`; with the prefix `PER_SERVER` a key of every server."""
    parse: Callable[[Any], Any]
    """From Juju's value to Karma's; raises ValueError with the reason, as the rest of a sentence."""
    file: str = ""
    """The name of the file that Karma is to read the value from, where it does not stand in the configuration."""
    keys_of_secret: tuple[str, ...] = ()
    """For an option that names a user secret: the keys of that secret; `parse` gets a tuple of what they hold."""


def sets(
    key: str, parse: Callable[[Any], Any] = lambda value: value, *, file: str = "", keys_of_secret: tuple[str, ...] = ()
) -> Any:
    """Declare an option that becomes the Karma key `key`; a secret's value is kept out of the representation."""
    row = Setting(key, parse, file, keys_of_secret)
    return dataclasses.field(default=None, repr=not keys_of_secret, metadata={"setting": row})


# Methods for seventy fields would cost every hook some milliseconds, and a representation would show secrets.
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Options:
    """What the operator has set with `juju config`; None where nothing is set.

    In the place of an option that names a secret ops puts an object of its own, and `inputs.read` the secret's texts.
    """

    alert_acknowledgement_author: str | None = sets("alertAcknowledgement.author")
    alert_acknowledgement_comment: str | None = sets("alertAcknowledgement.comment")
    alert_acknowledgement_duration: str | None = sets("alertAcknowledgement.duration", parsers.longer_than_zero)
    alert_acknowledgement_enabled: bool | None = sets("alertAcknowledgement.enabled")
    alertmanager_access: str | None = sets(PER_SERVER + "proxy", parsers.access)
    alertmanager_external_uri: str | None = sets(PER_SERVER + "external_uri", parsers.uri_template)
    alertmanager_client_certificate: str | None = sets(
        PER_SERVER + "tls", parsers.client_certificate, keys_of_secret=("certificate", "private-key")
    )
    alertmanager_headers: str | None = sets(
        PER_SERVER + "headers", alertmanagers.selected_headers, keys_of_secret=("headers",)
    )
    alertmanager_insecure_skip_verify: bool | None = sets(PER_SERVER + "tls.insecureSkipVerify")
    alertmanager_interval: str | None = sets("alertmanager.interval")
    alertmanager_settings: str | None = sets(PER_SERVER, alertmanagers.selected_settings)
    alertmanager_timeout: str | None = sets(PER_SERVER + "timeout", parsers.longer_than_zero)
    annotations_actions: str | None = sets("annotations.actions", items)
    annotations_default_hidden: bool | None = sets("annotations.default.hidden")
    annotations_enable_insecure_html: bool | None = sets("annotations.enableInsecureHTML")
    annotations_hidden: str | None = sets("annotations.hidden", items)
    annotations_keep: str | None = sets("annotations.keep", items)
    annotations_order: str | None = sets("annotations.order", items)
    annotations_strip: str | None = sets("annotations.strip", items)
    annotations_visible: str | None = sets("annotations.visible", items)
    auth_group_header: str | None = sets("authentication.header.group_name", parsers.header_name)
    auth_group_re: str | None = sets("authentication.header.group_value_re")
    auth_group_separator: str | None = sets("authentication.header.group_value_separator")
    auth_header: str | None = sets("authentication.header.name", parsers.header_name)
    auth_header_re: str | None = sets("authentication.header.value_re")
    authorization_groups: str | None = sets("authorization.groups", parsers.groups)
    basic_auth_users: str | None = sets("authentication.basicAuth.users", parsers.users, keys_of_secret=("users",))
    custom_css: str | None = sets("custom.css", file="custom.css")
    custom_js: str | None = sets("custom.js", file="custom.js")
    debug: bool | None = sets("debug")
    default_filters: str | None = sets("filters.default", items)
    external_alertmanagers: str | None = sets(PER_SERVER, alertmanagers.external_alertmanagers)
    grid_auto_ignore: str | None = sets("grid.auto.ignore", items)
    grid_auto_order: str | None = sets("grid.auto.order", items)
    grid_group_limit: int | None = sets("grid.groupLimit", parsers.at_least(1))
    grid_sorting_label: str | None = sets("grid.sorting.label")
    grid_sorting_order: str | None = sets("grid.sorting.order")
    grid_sorting_reverse: bool | None = sets("grid.sorting.reverse")
    history_enabled: bool | None = sets("history.enabled")
    history_headers: str | None = sets(
        REWRITE + ".headers", alertmanagers.selected_headers, keys_of_secret=("headers",)
    )
    history_timeout: str | None = sets("history.timeout", parsers.longer_than_zero)
    history_workers: int | None = sets("history.workers", parsers.at_least(1))
    karma_config: str | None = sets(OVERLAY, parsers.overlay)
    karma_name: str | None = sets("karma.name")
    labels_color_static: str | None = sets("labels.color.static", items)
    labels_color_unique: str | None = sets("labels.color.unique", items)
    labels_keep: str | None = sets("labels.keep", items)
    labels_keep_re: str | None = sets("labels.keep_re", items)
    labels_order: str | None = sets("labels.order", items)
    labels_strip: str | None = sets("labels.strip", items)
    labels_strip_re: str | None = sets("labels.strip_re", items)
    labels_value_only: str | None = sets("labels.valueOnly", items)
    labels_value_only_re: str | None = sets("labels.valueOnly_re", items)
    listen_cors_allowed_origins: str | None = sets("listen.cors.allowedOrigins", items)
    listen_timeout_read: str | None = sets("listen.timeout.read", parsers.longer_than_zero)
    listen_timeout_write: str | None = sets("listen.timeout.write", parsers.longer_than_zero)
    log_config: bool | None = sets("log.config")
    log_format: str | None = sets("log.format")
    log_level: str | None = sets("log.level")
    log_requests: bool | None = sets("log.requests")
    log_timestamp: bool | None = sets("log.timestamp")
    receivers_keep: str | None = sets("receivers.keep", items)
    receivers_keep_re: str | None = sets("receivers.keep_re", items)
    receivers_strip: str | None = sets("receivers.strip", items)
    receivers_strip_re: str | None = sets("receivers.strip_re", items)
    silence_form_default_alertmanagers: str | None = sets("silenceForm.defaultAlertmanagers", items)
    silence_form_strip_labels: str | None = sets("silenceForm.strip.labels", items)
    silence_acl: str | None = sets("authorization.acl.silences", parsers.acl, file="acl.yaml")
    silences_expired: str | None = sets("silences.expired")
    ui_alerts_per_group: int | None = sets("ui.alertsPerGroup", parsers.at_least(1))
    ui_animations: bool | None = sets("ui.animations")
    ui_collapse_groups: str | None = sets("ui.collapseGroups")
    ui_color_titlebar: bool | None = sets("ui.colorTitlebar")
    ui_hide_filters_when_idle: bool | None = sets("ui.hideFiltersWhenIdle")
    ui_minimal_group_width: int | None = sets("ui.minimalGroupWidth", parsers.at_least(1))
    ui_multi_grid_label: str | None = sets("ui.multiGridLabel", str.strip)
    ui_multi_grid_sort_reverse: bool | None = sets("ui.multiGridSortReverse")
    ui_refresh: str | None = sets("ui.refresh", parsers.longer_than_zero)
    ui_theme: str | None = sets("ui.theme")


SETTINGS: dict[str, Setting] = {
    field.name.replace("_", "-"): field.metadata["setting"] for field in dataclasses.fields(Options)
}
"""Option -> row of the table."""


@dataclass(frozen=True)
class Settings:
    """The options that are set, in Karma's terms."""

    values: dict[str, Any] = dataclasses.field(repr=False)
    """Option -> value of its Karma key, which may be secret."""
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
            found.values[option] = setting.parse(value)
        except ValueError as error:
            found.invalid[option] = str(error)
    return found
