"""PURE: which options guard the dashboard, and so are never replaced by nothing."""

from __future__ import annotations

from settings.options import PER_SERVER, SETTINGS, Options

AUTH_PROXY = "auth-proxy"
"""The endpoint that has people log in; it stands beside the options, since Karma takes one kind of login."""

# What people may do is guarded too: without `readonly` they may silence.
_GUARDING = ("authentication.", "authorization.", "listen.cors.", f"{PER_SERVER}proxy")

LOGIN = frozenset(
    (AUTH_PROXY, *(option for option, setting in SETTINGS.items() if setting.key.startswith("authentication.")))
)
"""Who is let in: one thing, so it is taken up as a whole or not at all."""

GUARDS = LOGIN | {option for option, setting in SETTINGS.items() if setting.key.startswith(_GUARDING)}
"""Logins, groups, ACL, origins, access: without a good value of one that is set, Karma does not start."""


def guards(options: Options) -> frozenset[str]:
    """Tell which options guard as they are set.

    What is said of single Alertmanagers is among them where it may be that they are readonly, though it be misspelt: of
    a text that cannot be used there is nothing else to go by.
    """
    says = str(options.alertmanager_settings or "").lower()
    return GUARDS | {"alertmanager-settings"} if "read" in says else GUARDS


def kept(options: Options) -> frozenset[str]:
    """Tell which options stay where any may be at fault: what guards, and what keeps Karma from asking any address."""
    return guards(options) | {"history-enabled"}
