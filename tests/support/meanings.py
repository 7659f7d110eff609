"""What options and databags mean to Karma: said here by hand, and not worked out by the charm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from settings.options import SETTINGS
from tests.option_values import VALUES
from tests.support.unit import Unit

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
AWAITED = -1
"""In the place of a certificate."""
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


class Model:
    """What is said around one unit, and what Karma should make of it."""

    def __init__(self, unit: Unit):
        self.unit = unit
        self.running: Wanted | None = None
        """What Karma should be running with now; None where it should not run."""
        self._meanings: dict[str, object] = {}
        self._servers: dict[tuple[int, int], object] = {}
        self._certificate = 0
        self._url = self._blind = ""

    @property
    def causes(self) -> set[str]:
        """With what the status may begin when it is not active."""
        found = {option for option, meaning in self._meanings.items() if meaning is BAD}
        found |= {*self._meanings} & {*LOGIN, *NEED_A_PROXY}  # together with others
        found |= {"certificates"} if self._certificate == AWAITED else set()
        found |= set() if self.unit.address else {"waiting for the unit's IP address"}
        return found if self._claims({}) else {*found, "alerting"}

    @property
    def is_bad(self) -> bool:
        """Whether an option has a bad value."""
        return BAD in self._meanings.values()

    def wanted(self, running: Wanted | None) -> Wanted | None:
        """Say what Karma should read now that it runs with something, or does not; None where it should not run."""
        if self._blind not in ("", "secret_get"):
            return running
        last = running or Wanted({}, {})
        meant = dict(self._meanings)
        if self._blind:
            meant |= {option: BAD for option in meant if SETTINGS[option].keys_of_secret}
        login = [meant[option] for option in LOGIN if option in meant]
        if len(login) > 1 or BAD in login:  # one thing, and of one kind
            meant |= dict.fromkeys(LOGIN, BAD)
        is_awaited = self._certificate == AWAITED or bool(self._blind and self._certificate)
        certificate = last.certificate if is_awaited else self._certificate
        url = last.url if self._url == FAULTY else self._url
        lacks = [option for option, meaning in meant.items() if meaning is BAD]
        # In the place of what is bad or missing goes on what runs; where nothing does, nothing begins unguarded.
        if not running and (is_awaited or not self.unit.address or {*lacks} & {*GUARDS}):
            return None
        meant |= _of(last, lacks)
        if meant.get(USERS) and not certificate and not url.startswith("https:"):
            meant |= {} if last.certificate else _of(last, LOGIN)
            certificate = last.certificate
            if not running or (meant.get(USERS) and not certificate):
                return None
        servers = self._claims(meant)
        if not servers and running:
            meant |= _of(last, DECIDE_WHO_FITS)
            servers = self._claims(meant)
        options = {option: meaning for option, meaning in meant.items() if meaning is not None}
        return Wanted(servers, options, certificate, url) if servers else None

    def _claims(self, meant: Mapping[str, object]) -> dict[str, tuple[str, bool, bool]]:
        """Say which Alertmanagers there are under some options. Units with one URI are one, named after the first."""
        found: dict[tuple[int, str], str] = {}
        proxied: dict[str, bool] = {}
        for (relation_id, number), server in sorted(self._servers.items()):
            if server is not BAD:
                uri, is_proxied = cast("tuple[str, bool]", server)
                name = found.setdefault((relation_id, uri), f"am{relation_id}-{number}")
                proxied.setdefault(name, is_proxied or bool(meant.get(ACCESS)))
        is_skipped, is_proxy_needed = bool(meant.get(SKIP)), any(meant.get(one) for one in NEED_A_PROXY)
        return {
            name: (uri, proxied[name], is_skipped and uri.startswith("https:"))
            for (_, uri), name in found.items()
            if proxied[name] or not is_proxy_needed
        }


def _of(last: Wanted, options: Iterable[str]) -> dict[str, object]:
    return {option: last.options.get(option) for option in options}
