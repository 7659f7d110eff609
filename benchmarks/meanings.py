"""What options and databags mean to Karma, said here by hand and not worked out by the charm."""

from __future__ import annotations

import random

BAD = object()
"""What a value means that the charm refuses, or that Karma does."""
REFUSED_BY_KARMA = "purple"
OPTIONS: tuple[tuple[str, str | int | bool, object], ...] = (
    ("ui-theme", "dark", "dark"),
    ("ui-theme", "light", "light"),
    ("ui-theme", REFUSED_BY_KARMA, BAD),
    ("ui-refresh", "30s", "30s"),
    ("ui-refresh", "0s", BAD),
    ("ui-alerts-per-group", 5, 5),
    ("ui-alerts-per-group", 0, BAD),
    ("ui-animations", False, False),
    ("default-filters", "a=b, c=d", ("a=b", "c=d")),
    ("default-filters", "- a=b\n- c=d", ("a=b", "c=d")),
    ("alertmanager-timeout", "10s", None),
    ("alertmanager-timeout", "5s", "5s"),
    ("karma-name", "", None),
    ("karma-name", "production", "production"),
)
"""Option, value, and what the value means to Karma: the same for two that say the same, None for Karma's default."""


def databag(unit: str, chance: random.Random) -> tuple[dict[str, str], object]:
    """Make what a unit publishes by chance, and what that means: one in five is BAD, and some mean the same."""
    uri = f"http://{unit.replace('/', '-')}:{chance.choice((9093, 9094))}"
    word, proxy = chance.choice((("true", True), ("True", True), ("", True), ("false", False)))
    unread = {"ingress-address": f"10.1.0.{chance.randrange(9)}"}
    data = {"name": unit, "uri": uri, "cluster": unit.partition("/")[0], "proxy": word, **unread}
    if chance.random() < 0.2:
        bad = ({"uri": "alertmanager:9093"}, {"name": ""}, {"proxy": "maybe"}, {"uri": "http://a\n"})
        return {**data, **chance.choice(bad)}, BAD
    return data, (uri, proxy)
