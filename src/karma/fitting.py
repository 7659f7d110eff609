"""PURE: what goes together with the Alertmanagers that are there; what does not is left out alone, and named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, cast

from karma.config import dump
from karma.servers import HEADERS_OPTION, SETTINGS_OPTION, merged_headers
from problems import Problem, Severity
from settings.alertmanagers import EVERY, Selected
from settings.options import HISTORY_HEADERS, OVERLAY_OPTION
from settings.yaml_text import load

ACL_OPTION = "silence-acl"
ACCESS_OPTION = "alertmanager-access"
FORM_OPTION = "silence-form-default-alertmanagers"

DECIDES_WHO_FITS = frozenset((ACL_OPTION, HEADERS_OPTION, SETTINGS_OPTION, ACCESS_OPTION))


class Fitting(NamedTuple):
    """What Karma can work with."""

    servers: list[dict[str, Any]]
    values: dict[str, Any]
    """Option -> value, less what is about Alertmanagers that are not there."""
    problems: tuple[Problem, ...]


def fit(servers: list[dict[str, Any]], values: Mapping[str, Any]) -> Fitting:
    """Leave out the servers that Karma cannot show safely, and let rules wait for the servers that they name.

    Args:
        servers: entries of `alertmanager.servers`.
        values: option -> value, as `settings.options.settings` makes them.
    """
    shown, left_out = _safe(servers, values)
    names = {one["name"] for one in shown}
    fitting = dict(values)
    problems = [*left_out]
    if HISTORY_HEADERS in values:
        fitting[OVERLAY_OPTION], told = _history(values.get(OVERLAY_OPTION, {}), values[HISTORY_HEADERS])
        problems.extend(told)
    if any(_section(rule, "tls").get("insecureSkipVerify") is True for rule in _rules(values)):
        why = f"{OVERLAY_OPTION}: certificates of Prometheus servers are not verified (history.rewrite)"
        problems.append(Problem(Severity.ACTIVE, why))
    if not shown:  # nobody is there yet that could be missed
        return Fitting(shown, fitting, tuple(problems))
    if ACL_OPTION in values:
        fitting[ACL_OPTION], absent = _acl(values[ACL_OPTION], names)
        problems.extend(_waits(ACL_OPTION, absent))
    if FORM_OPTION in values:
        fitting[FORM_OPTION] = [name for name in values[FORM_OPTION] if name in names]
        problems.extend(_waits(FORM_OPTION, set(values[FORM_OPTION]) - names))
        if not fitting[FORM_OPTION]:
            del fitting[FORM_OPTION]
    return Fitting(shown, fitting, tuple(problems))


def _safe(servers: list[dict[str, Any]], values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Karma hands the headers of a server that is not proxied to every browser, and cannot guard its silences."""
    why: dict[str, list[str]] = {}
    shown: list[dict[str, Any]] = []
    for server in servers:
        if server["proxy"]:
            shown.append(server)
        elif "headers" in server:
            why.setdefault(HEADERS_OPTION, []).append(server["name"])
        elif ACL_OPTION in values and not server.get("readonly"):
            why.setdefault(ACL_OPTION, []).append(server["name"])
        else:
            shown.append(server)
    severity = Severity.ACTIVE if shown else Severity.BLOCKED
    return shown, [
        Problem(severity, f"{option}: {', '.join(names)} left out: not proxied; set alertmanager-access=proxy")
        for option, names in why.items()
    ]


def _waits(option: str, absent: Collection[str]) -> Iterator[Problem]:
    if absent:
        yield Problem(Severity.ACTIVE, f"{option}: waits for {', '.join(sorted(absent))}, which is not there")


def _acl(text: str, names: Collection[str]) -> tuple[str, set[str]]:
    """Take the names of absent Alertmanagers out of the rules, and out come those that are about nobody else.

    Karma refuses a rule that names one, and a rule that names none holds for all.
    """
    document: Any = load(text)
    absent: set[str] = set()
    kept: list[Any] = []
    for rule in _list(document, "rules"):
        named = _list(_section(rule, "scope"), "alertmanagers")
        gone = {one for one in named if isinstance(one, str) and one not in names}
        left = [one for one in named if not isinstance(one, str) or one not in gone]
        absent |= gone
        if not gone:
            kept.append(rule)
        elif left:
            kept.append({**rule, "scope": {**rule["scope"], "alertmanagers": left}})
    return (dump({**document, "rules": kept}) if absent else text), absent


def _section(section: Any, key: str) -> dict[str, Any]:
    found = cast("dict[str, Any]", section).get(key) if isinstance(section, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _list(section: Any, key: str) -> list[Any]:
    found = cast("dict[str, Any]", section).get(key) if isinstance(section, dict) else None
    return cast("list[Any]", found) if isinstance(found, list) else []


def _rules(values: Mapping[str, Any]) -> list[Any]:
    return _list(_section(values.get(OVERLAY_OPTION), "history"), "rewrite")


def _history(overlay: Mapping[str, Any], headers: Selected) -> tuple[dict[str, Any], list[Problem]]:
    """Put the headers for Prometheus servers into the rules whose source they name."""
    history = _section(overlay, "history")
    rules = _list(history, "rewrite")
    sent: list[Any] = []
    matched = {EVERY} if rules else set[str]()
    for rule in rules:
        source = str(rule.get("source")) if isinstance(rule, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        found = merged_headers(headers.get(selector, {}) for selector in (EVERY, source))
        matched.add(source)
        sent.append({**rule, "headers": found} if found and isinstance(rule, dict) else rule)
    absent = len(headers.keys() - matched)
    why = f"{HISTORY_HEADERS}: no source in history.rewrite of {OVERLAY_OPTION} is {absent} of its selectors"
    problems = [Problem(Severity.ACTIVE, why)] if absent else []
    return ({**overlay, "history": {**history, "rewrite": sent}} if rules else dict(overlay)), problems
