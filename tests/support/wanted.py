"""Inputs of which Karma runs, and what becomes of them, without Juju and Pebble."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from decision import Decision, decide
from inputs import Inputs
from karma.config import KarmaConfig
from karma.servers import Alertmanager
from settings.options import Options

AM = Alertmanager(1, "am/0", "http://am-0:9093", proxy=True)
OTHER = Alertmanager(2, "b/0", "http://b-0:9093", proxy=True)
GOOD = Inputs(application="karma", options=Options(), address="192.0.2.7", related=True, alertmanagers=(AM,))


def with_options(inputs: Inputs = GOOD, **options: Any) -> Inputs:
    """Set options by the names of their fields, of a secret a tuple of its texts; all others are unset."""
    return replace(inputs, options=Options(**options))


def config(wanted: Inputs | Decision) -> KarmaConfig:
    """Have it decided what Karma runs with, if that is not done yet."""
    decision = decide(wanted) if isinstance(wanted, Inputs) else wanted
    assert decision.config
    return decision.config


def document(wanted: Inputs | Decision) -> dict[str, Any]:
    """Read the configuration file of `config`."""
    return yaml.safe_load(config(wanted).text)
