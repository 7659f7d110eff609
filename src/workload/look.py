"""APPLY: what an action sees of the Karma that runs; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import ops

from decision import of_karma
from inputs import Inputs
from karma import sign_on
from karma.config import CERTIFICATE_FILE
from karma.urls import Serving
from problems import Severity
from workload.files import read
from workload.service import SERVICE, is_started, serving, started
from workload.settle import settle


@dataclass(frozen=True)
class Running:
    """The configuration that Karma runs with."""

    text: str = field(repr=False)
    certificate: str
    """The chain that it serves https with, in PEM; empty where it serves plain HTTP."""
    serving: Serving
    is_current: bool
    """Whether it is all that is asked for."""


class Look(NamedTuple):
    """What an action sees."""

    running: Running | None
    """None where Karma does not run."""
    reasons: tuple[str, ...]
    """Why it does not run, or not with all that is asked for; Karma's words in full."""


def look(container: ops.Container, inputs: Inputs) -> Look:
    """Tell what Karma runs with, and change nothing.

    Raises:
        pebble.Error, OSError: if the container does not answer.
    """
    plan = container.get_plan()
    decision, _, refused = settle(container, plan, inputs)
    # Nobody has asked for the origins that the charm allows by itself.
    refusals = [refusal for refusal in refused.values() if refusal.options != (sign_on.ORIGINS,)]
    brief = {of_karma(refusal) for refusal in refusals}
    reasons = (
        *dict.fromkeys(refusal.message for refusal in refusals),
        *(one.message for one in decision.problems if one not in brief and one.severity is not Severity.ACTIVE),
    )
    service, state = started(plan), container.get_services().get(SERVICE)
    serves = serving(service)
    if not service or not serves or not state or not state.is_running():
        return Look(None, reasons)
    text = read(container, service.environment["CONFIG_FILE"])
    certificate = read(container, f"{service.working_dir}/{CERTIFICATE_FILE}")
    is_current = not decision.falls_back and not refusals and is_started(plan, decision.config)
    return Look(Running(text, certificate, serves, is_current), reasons)
