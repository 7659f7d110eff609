"""What options and databags mean to Karma: said here by hand, and not worked out by the charm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.option_values import VALUES

BAD = object()
"""What a value means that the charm refuses, or that Karma does."""
REFUSED_BY_KARMA = "purple"
ADDRESSES = ["192.0.2.7", "192.0.2.8"]
SPECIAL: tuple[tuple[str, Any, object], ...] = (
    ("ui-theme", "light", "light"),
    ("ui-theme", REFUSED_BY_KARMA, BAD),
    ("ui-refresh", "30s", "30s"),
    ("ui-refresh", "0s", BAD),
    ("ui-alerts-per-group", 0, BAD),
    ("default-filters", "a=b, c=d", ("a=b", "c=d")),
    ("default-filters", "- a=b\n- c=d", ("a=b", "c=d")),
    ("alertmanager-timeout", "10s", None),
    ("alertmanager-access", "proxy", None),
    ("karma-name", "", None),
)
_KNOWN = {(option, value) for option, value, _ in SPECIAL}
OPTIONS: tuple[tuple[str, Any, object], ...] = (
    *SPECIAL,
    *((option, value, value) for option, value in VALUES.items() if (option, value) not in _KNOWN),
)
"""Option, value, and what the value means to Karma: the same for two that say the same, None for Karma's default."""
USERS, ACCESS, SKIP = "basic-auth-users", "alertmanager-access", "alertmanager-insecure-skip-verify"
GUARDS: dict[str, tuple[tuple[Any, object], ...]] = {
    "auth-header": (("X-User", "header"), ("X User", BAD)),
    USERS: ((("alice: secret",), "basicAuth"), (("alice: ''",), BAD)),
    "authorization-groups": ((VALUES["authorization-groups"], "groups"), ("a: b", BAD)),
    "silence-acl": ((VALUES["silence-acl"], "acl"), ("- a", BAD)),
    "listen-cors-allowed-origins": (("https://a.example", "cors"), ("https://violet.example", BAD)),
    ACCESS: (("proxy", "proxied"), ("magic", BAD)),
    SKIP: ((True, "skipped"), (False, None)),
}
"""Option -> values and what they mean; these are never replaced by nothing."""
LOGIN = {"auth-header", USERS}
NEED_A_PROXY = {"alertmanager-headers", "silence-acl"}
"""Options beside which an Alertmanager is left out that browsers ask themselves."""
DECIDE_WHO_FITS = {*NEED_A_PROXY, ACCESS, "alertmanager-settings"}
URLS = ("http://h.example.com/plain", "https://h.example.com/secure", FAULTY := "gopher://h")
DATABAGS: tuple[tuple[dict[str, str], object], ...] = (
    ({}, True),
    ({}, True),
    ({"proxy": "True"}, True),
    ({"proxy": ""}, True),
    ({"proxy": "false"}, False),
    ({"ingress-address": "10.1.0.3"}, True),
    ({"uri": "http://am:9094"}, True),
    ({"uri": "https://am:9094"}, True),
    ({"uri": "am:9093"}, BAD),
    ({"uri": "http://a\n"}, BAD),
    ({"name": ""}, BAD),
    ({"proxy": "maybe"}, BAD),
    (dict.fromkeys(("name", "uri", "cluster", "proxy"), ""), BAD),
)
"""What differs from `published`, and whether such an Alertmanager is proxied."""


class Wanted(NamedTuple):
    """What Karma should read."""

    servers: Mapping[str, tuple[str, bool, bool]]
    """Name -> URI, whether it is proxied, whether its certificate is not verified."""
    options: Mapping[str, object]
    """Option -> what its value means."""
    certificate: int = 0
    """The number of that to serve with; 0 for plain HTTP."""
    url: str = ""
    """Of the ingress."""

    @property
    def files(self) -> object:
        """What differs where any file of Karma's differs."""
        return self._replace(options={one: self.options[one] for one in self.options if one not in (ACCESS, SKIP)})

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"

    @property
    def prefix(self) -> str:
        return f"/{self.url.split('/')[3]}/" if self.url else "/"

    @property
    def outline(self) -> dict[str, Any]:
        """What must stand in the configuration; see `outline`."""
        guards = {self.options[option] for option in GUARDS if option in self.options}
        guards |= {"cors"} if LOGIN & {*self.options} else set()
        return {
            "servers": self.servers,
            "guards": guards - {"proxied", "skipped"},
            "served": (self.scheme, self.prefix),
        }


def outline(config: Mapping[str, Any]) -> dict[str, Any]:
    """Read whom a configuration shows, what guards it, and how it is served."""
    listen = config["listen"]
    return {
        "servers": {
            one["name"]: (one["uri"], one["proxy"], one.get("tls", {}).get("insecureSkipVerify", False))
            for one in config["alertmanager"]["servers"]
        },
        "guards": {*config.get("authentication", {}), *config.get("authorization", {}), *{"cors"} & {*listen}},
        "served": ("https" if "tls" in listen else "http", listen.get("prefix", "/")),
    }
