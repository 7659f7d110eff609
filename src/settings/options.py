"""PURE: the charm's options and the table `option -> Karma key`.

A field of `Options` is an option of `config.yaml` with `-` written as `_`, and `sets(...)` beside it names the key of
Karma's configuration that it becomes. An option that is not set, or is empty, is not rendered, so Karma's own default
holds. Enums are not repeated here, since Karma's `--check-config` judges them. `parse` reads what people write; `judge`
is for values that make no sense and that Karma takes all the same, wherever they are set.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from settings import alertmanagers, overlay, parsers
from settings.bounds import Judge, anything, between, captures, filters, lasts, named, origins, trimmed
from settings.lists import items, one_name, patterns

PER_SERVER = "alertmanager.servers."
"""Prefix of the keys that are set in every entry of `alertmanager.servers`."""

HISTORY_HEADERS = "history-headers"

REWRITE = "history.rewrite"
"""The key of the rules by which Karma asks Prometheus servers about the past; the overlay sets it."""

BY_PROXY = "authentication.header"
"""The key that the endpoint `auth-proxy` sets."""

OVERLAY_OPTION = "karma-config"

OVERLAY = ""
"""The key of that option, which is merged over the whole of the configuration."""


class Setting(NamedTuple):
    """A row of the table: how one option becomes one key of Karma's configuration."""

    key: str
    """Karma's path, e.g. `ui.theme`; with the prefix `PER_SERVER` a key of every server."""
    parse: Callable[[Any], Any] = parsers.plain
    """From Juju's value to Karma's, None where nothing is set; raises ValueError with the rest of a sentence."""
    judge: Judge = trimmed
    """Of Karma's value, also where it stands in an overlay."""
    file: str = ""
    """The name of the file that Karma is to read the value from, where it does not stand in the configuration."""
    keys_of_secret: tuple[str, ...] = ()
    """For an option that names a user secret: the keys of that secret; `parse` gets a tuple of what they hold."""


def sets(
    key: str,
    parse: Callable[[Any], Any] = parsers.plain,
    judge: Judge = trimmed,
    *,
    file: str = "",
    keys_of_secret: tuple[str, ...] = (),
) -> Any:
    """Declare an option that becomes the Karma key `key`; a secret's value is kept out of the representation."""
    row = Setting(key, parse, judge, file, keys_of_secret)
    return dataclasses.field(default=None, repr=not keys_of_secret, metadata={"setting": row})


# Methods of dataclasses for seventy fields cost every hook some milliseconds, and a representation would show secrets.
@dataclass(init=False, eq=False, repr=False)
class Options:
    """What the operator has set with `juju config`; None where nothing is set.

    In the place of an option that names a secret ops puts an object of its own, and `inputs.read` the secret's texts.
    """

    def __init__(self, **given: Any):
        if unknown := given.keys() - {field.name for field in dataclasses.fields(self)}:
            raise TypeError(f"there are no options {', '.join(sorted(unknown))}")
        vars(self).update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(name)

    alert_acknowledgement_author: str | None = sets("alertAcknowledgement.author")
    alert_acknowledgement_comment: str | None = sets("alertAcknowledgement.comment", parsers.text, anything)
    alert_acknowledgement_duration: str | None = sets("alertAcknowledgement.duration", judge=lasts("1s", "8760h"))
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
    alertmanager_interval: str | None = sets("alertmanager.interval", judge=lasts("1s", "15m"))
    alertmanager_settings: str | None = sets(PER_SERVER, alertmanagers.selected_settings)
    alertmanager_timeout: str | None = sets(PER_SERVER + "timeout", judge=lasts("100ms", "5m"))
    annotations_actions: str | None = sets("annotations.actions", items, named)
    annotations_default_hidden: bool | None = sets("annotations.default.hidden")
    annotations_enable_insecure_html: bool | None = sets("annotations.enableInsecureHTML")
    annotations_hidden: str | None = sets("annotations.hidden", items, named)
    annotations_keep: str | None = sets("annotations.keep", items, named)
    annotations_order: str | None = sets("annotations.order", items, named)
    annotations_strip: str | None = sets("annotations.strip", items, named)
    annotations_visible: str | None = sets("annotations.visible", items, named)
    auth_group_header: str | None = sets("authentication.header.group_name", parsers.header_name)
    auth_group_re: str | None = sets("authentication.header.group_value_re", judge=captures)
    auth_group_separator: str | None = sets("authentication.header.group_value_separator", parsers.separator, anything)
    auth_header: str | None = sets("authentication.header.name", parsers.header_name)
    auth_header_re: str | None = sets("authentication.header.value_re", judge=captures)
    auth_proxy_user: str | None = sets(BY_PROXY, parsers.user_header)
    authorization_groups: str | None = sets("authorization.groups", parsers.groups)
    basic_auth_users: str | None = sets("authentication.basicAuth.users", parsers.users, keys_of_secret=("users",))
    custom_css: str | None = sets("custom.css", parsers.code, anything, file="custom.css")
    custom_js: str | None = sets("custom.js", parsers.code, anything, file="custom.js")
    debug: bool | None = sets("debug")
    default_filters: str | None = sets("filters.default", items, filters)
    external_alertmanagers: str | None = sets(PER_SERVER, alertmanagers.external_alertmanagers)
    grid_auto_ignore: str | None = sets("grid.auto.ignore", items, named)
    grid_auto_order: str | None = sets("grid.auto.order", items, named)
    grid_group_limit: int | None = sets("grid.groupLimit", judge=between(1, 10_000))
    grid_sorting_label: str | None = sets("grid.sorting.label", one_name, named)
    grid_sorting_order: str | None = sets("grid.sorting.order")
    grid_sorting_reverse: bool | None = sets("grid.sorting.reverse")
    history_enabled: bool | None = sets("history.enabled")
    history_headers: str | None = sets(
        REWRITE + ".headers", alertmanagers.selected_headers, keys_of_secret=("headers",)
    )
    history_timeout: str | None = sets("history.timeout", judge=lasts("100ms", "5m"))
    history_workers: int | None = sets("history.workers", judge=between(1, 1000))
    karma_config: str | None = sets(OVERLAY, parsers.section, anything)
    karma_name: str | None = sets("karma.name")
    labels_color_static: str | None = sets("labels.color.static", items, named)
    labels_color_unique: str | None = sets("labels.color.unique", items, named)
    labels_keep: str | None = sets("labels.keep", items, named)
    labels_keep_re: str | None = sets("labels.keep_re", patterns)
    labels_order: str | None = sets("labels.order", items, named)
    labels_strip: str | None = sets("labels.strip", items, named)
    labels_strip_re: str | None = sets("labels.strip_re", patterns)
    labels_value_only: str | None = sets("labels.valueOnly", items, named)
    labels_value_only_re: str | None = sets("labels.valueOnly_re", patterns)
    listen_cors_allowed_origins: str | None = sets("listen.cors.allowedOrigins", items, origins)
    listen_timeout_read: str | None = sets("listen.timeout.read", judge=lasts("1s", "1h"))
    listen_timeout_write: str | None = sets("listen.timeout.write", judge=lasts("1s", "1h"))
    log_config: bool | None = sets("log.config")
    log_format: str | None = sets("log.format")
    log_level: str | None = sets("log.level")
    log_requests: bool | None = sets("log.requests")
    log_timestamp: bool | None = sets("log.timestamp")
    receivers_keep: str | None = sets("receivers.keep", items)
    receivers_keep_re: str | None = sets("receivers.keep_re", patterns)
    receivers_strip: str | None = sets("receivers.strip", items)
    receivers_strip_re: str | None = sets("receivers.strip_re", patterns)
    silence_form_default_alertmanagers: str | None = sets("silenceForm.defaultAlertmanagers", items)
    silence_form_strip_labels: str | None = sets("silenceForm.strip.labels", items, named)
    silence_acl: str | None = sets("authorization.acl.silences", parsers.acl, anything, file="acl.yaml")
    silences_expired: str | None = sets("silences.expired", judge=lasts("-8760h", "8760h"))
    ui_alerts_per_group: int | None = sets("ui.alertsPerGroup", judge=between(1, 10_000))
    ui_animations: bool | None = sets("ui.animations")
    ui_collapse_groups: str | None = sets("ui.collapseGroups")
    ui_color_titlebar: bool | None = sets("ui.colorTitlebar")
    ui_hide_filters_when_idle: bool | None = sets("ui.hideFiltersWhenIdle")
    ui_minimal_group_width: int | None = sets("ui.minimalGroupWidth", judge=between(100, 10_000))
    ui_multi_grid_label: str | None = sets("ui.multiGridLabel", one_name, named)
    ui_multi_grid_sort_reverse: bool | None = sets("ui.multiGridSortReverse")
    ui_refresh: str | None = sets("ui.refresh", judge=lasts("1s", "24h"))
    ui_theme: str | None = sets("ui.theme")


SETTINGS: dict[str, Setting] = {
    field.name.replace("_", "-"): field.metadata["setting"] for field in dataclasses.fields(Options)
}
"""Option -> row of the table."""


JUDGES: dict[str, Judge] = {setting.key: setting.judge for setting in SETTINGS.values() if setting.key != OVERLAY}
"""Karma's path -> judge of what stands there; with the prefix `PER_SERVER` that of every server."""


def field_of(option: str) -> str:
    """Name the field of `Options` that an option is."""
    return option.replace("-", "_")


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
        value = getattr(options, field_of(option))
        if value is None or value == "":
            continue
        try:
            parsed = setting.parse(value)
            if parsed is None:
                continue
            setting.judge(parsed)
        except ValueError as error:
            found.invalid[option] = str(error)
        else:
            found.values[option] = parsed
    if why := overlay.why_refused(found.values.get(OVERLAY_OPTION, {}), JUDGES):
        found.invalid[OVERLAY_OPTION] = why
        del found.values[OVERLAY_OPTION]
    if HISTORY_HEADERS in found.values:  # Karma leaves out of its log whatever else is secret
        logs = {
            OVERLAY_OPTION: overlay.logs_itself(found.values.get(OVERLAY_OPTION, {})),
            "log-config": found.values.get("log-config"),
        }
        for option in (option for option, is_logged in logs.items() if is_logged):
            found.invalid[option] = f"would log the headers of {HISTORY_HEADERS}"
            del found.values[option]
    return found
