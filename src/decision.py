"""PURE: what is wanted of Karma, given what was read and what was good before."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import trace

import missing
from karma import http_proxy, sign_on, urls
from karma.config import Derived, KarmaConfig, render
from karma.fitting import DECIDES_WHO_FITS, Fitting, fit
from karma.refusals import brief
from karma.servers import Servers, servers
from problems import Problem, Severity, blocked
from settings.guards import LOGIN, guards, kept
from settings.options import SETTINGS, field_of, settings

if TYPE_CHECKING:
    from inputs import Inputs
    from karma.servers import Alertmanager
    from pem import Tls

tracer = trace.get_tracer(__name__)


@dataclass(frozen=True)
class LastGood:
    """What the configuration that runs was made of; each part stands in where the present one cannot be used."""

    options: Mapping[str, Any] = field(repr=False)
    """Option -> its value as Juju gave it, of a secret the texts; those that were not set are not in it."""
    alertmanagers: tuple[Alertmanager, ...] = ()
    tls: Tls | None = None
    trusted: tuple[str, ...] = ()
    ingress_url: str = ""
    auth_proxy: bool = False
    address: str = ""


@dataclass(frozen=True)
class Refusal:
    """What Karma has said of a configuration that it did not take."""

    message: str
    """For people, of any length; it starts with the options at fault."""
    options: tuple[str, ...] = ()
    """The options and endpoints that are put back; where there are none, all options are."""
    at_start: bool = False
    """Whether it came of starting Karma, which may have failed for reasons of the moment."""


@dataclass(frozen=True)
class Decision:
    """What is wanted of Karma."""

    config: KarmaConfig | None
    """What it is to run with; None where it is not to run."""
    made_of: LastGood
    """What to fall back on once this configuration runs."""
    problems: tuple[Problem, ...]
    falls_back: bool
    """Whether something that was asked for cannot be used as it is, so that the last good values matter."""


@tracer.start_as_current_span("decide")
def decide(inputs: Inputs, good: LastGood | None = None, refusals: Collection[Refusal] = ()) -> Decision:
    """Decide what is wanted of Karma, and say what is wrong with the inputs.

    What cannot be used takes its last good value, or is left out where there is none; everything else is taken up. What
    guards is never left out: with no good value of it, Karma is not to run.

    Args:
        inputs: what Juju's model says now.
        good: what runs was made of; None where nothing runs.
        refusals: what Karma has refused so far of what came of these inputs.
    """
    given = settings(inputs.options)
    login = sign_on.refused(given.values, auth_proxy=inputs.auth_proxy)
    invalid = {**inputs.unreadable, **given.invalid, **login}

    back = _put_back(inputs, invalid, good, refusals)
    asked = usable = _usable(inputs, given.values, good, back)
    if asked.is_insecure:  # no password may come in the clear: what served https goes on with that
        back |= {missing.CERTIFICATES} if good and good.tls else LOGIN
        usable = _usable(inputs, given.values, good, back)
    if asked.nobody_fits and good:  # the options under which somebody did go on
        back |= DECIDES_WHO_FITS
        usable = _usable(inputs, given.values, good, back)
    problems = (
        *(blocked(f"{option}: {why}") for option, why in invalid.items()),
        *dict.fromkeys(of_karma(refusal) for refusal in refusals),
        *(missing.tls(inputs) if asked.is_insecure else ()),
        *missing.alertmanagers(usable.inputs, is_new=not good),
        *missing.certificate(inputs),
        *missing.ingress(inputs),
        *inputs.problems,
        *dict.fromkeys((*asked.fitting.problems, *usable.fitting.problems)),
        *usable.servers.problems,
    )
    known = usable.inputs
    options = {option: getattr(known.options, field_of(option)) for option in SETTINGS if option in usable.values}
    # All this is needed to begin; what is missing for a moment stops nothing.
    may_begin = inputs.address and not inputs.unknown and _has_certificate(known) and not back & guards(inputs.options)
    runs = known.alertmanagers and usable.fitting.servers and not usable.is_insecure and (good or may_begin)
    return Decision(
        _config(usable, back) if runs else None,
        LastGood(options, **{name: getattr(known, name) for name in _REMEMBERED}),
        problems,
        bool(back - {sign_on.ORIGINS}) or asked.nobody_fits,
    )


class _Usable(NamedTuple):
    """What there is to work with."""

    inputs: Inputs
    """With last good values in the place of what cannot be used or is not known."""
    values: Mapping[str, Any]
    """Option -> value of its Karma key."""
    servers: Servers
    fitting: Fitting

    @property
    def is_insecure(self) -> bool:
        return missing.USERS in self.values and not self.inputs.tls and urls.scheme(self.inputs.ingress_url) != "https"

    @property
    def nobody_fits(self) -> bool:
        return bool(self.inputs.alertmanagers) and not self.fitting.servers


def _usable(inputs: Inputs, given: Mapping[str, Any], good: LastGood | None, back: Collection[str]) -> _Usable:
    """Put last good values in the place of what is put back or not known, and see what Karma can show of that."""
    last = good or LastGood({})
    fields = {missing.FIELDS.get(name, name) for name in back} & _REMEMBERED
    changes: dict[str, Any] = {name: getattr(last, name) for name in fields}
    if inputs.unseen:
        seen = changes.get("alertmanagers", inputs.alertmanagers)
        changes["alertmanagers"] = (*seen, *(one for one in last.alertmanagers if one.unit in inputs.unseen))
    options = {field_of(option): last.options.get(option) for option in back if option in SETTINGS}
    known = dataclasses.replace(inputs, options=dataclasses.replace(inputs.options, **options), **changes)
    values = settings(known.options).values if options else given
    headers = sign_on.passed_on(values, auth_proxy=known.auth_proxy)
    found = servers(known.alertmanagers, values, model=known.model, headers=headers)
    return _Usable(known, values, found, fit(found.entries, values))


def _config(usable: _Usable, back: Collection[str]) -> KarmaConfig:
    known, values = usable.inputs, usable.values
    own = urls.origin(known.ingress_url, known.application, "https" if known.tls else "http")
    derived = Derived(
        known.tls,
        urls.prefix(known.ingress_url),
        tuple(sorted({*known.trusted, *((known.tls.ca,) if known.tls else ())})),
        sign_on.derived(values, auth_proxy=known.auth_proxy, origin="" if sign_on.ORIGINS in back else own),
        http_proxy.environment(known.proxies, known.address, (one.uri for one in known.alertmanagers)),
        usable.servers.sources,
    )
    return render(usable.fitting.values, usable.fitting.servers, derived)


def of_karma(refusal: Refusal) -> Problem:
    """Make of what Karma has refused what a status says of it."""
    if refusal.options == (sign_on.ORIGINS,):
        why = "this Karma answers other pages of a browser with a login too; attach v0.133 or newer"
        return Problem(Severity.ACTIVE, f"karma-image: {why}")
    return blocked(brief(refusal.message), is_logged=True)


def differences(before: LastGood, now: LastGood) -> tuple[str, ...]:
    """Name the options and endpoints in which two differ, in alphabetical order; no values."""
    fields = {name for name in _REMEMBERED if getattr(before, name) != getattr(now, name)}
    both = {*before.options, *now.options}
    options = {option for option in both if before.options.get(option) != now.options.get(option)}
    return tuple(sorted(options | missing.called(fields)))


def _put_back(
    inputs: Inputs, invalid: Mapping[str, str], good: LastGood | None, refusals: Iterable[Refusal]
) -> set[str]:
    """Tell which options, endpoints and fields are not to be taken as they are."""
    lacks = {
        missing.CERTIFICATES: not _has_certificate(inputs),
        "ingress": inputs.ingress_fault,
        "alerting": inputs.unseen,
        "address": not inputs.address,
    }
    back = {*invalid, *inputs.unknown, *(name for name, is_lacking in lacks.items() if is_lacking)}
    back.update(option for refusal in refusals for option in refusal.options)
    if "options" in inputs.unknown or any(not refusal.options for refusal in refusals):
        # Nobody knows which one is at fault. Where nothing runs, what guards has to be as it is asked for.
        back |= {*SETTINGS} if good else {*SETTINGS} - kept(inputs.options)
    return back | LOGIN if back & LOGIN else back


_REMEMBERED = {one.name for one in dataclasses.fields(LastGood)} - {"options"}


def _has_certificate(inputs: Inputs) -> bool:
    return bool(inputs.tls) or not inputs.certificate_from
