#!/usr/bin/env python3
# Copyright 2026 The karma-k8s authors
# See LICENSE file for licensing details.

"""Karma on Kubernetes: one dashboard for the alerts of all related Alertmanagers."""

from __future__ import annotations

import gc
import sys

import goal_state

if __name__ == "__main__":
    goal_state.ask()  # Juju answers while Python imports the rest
    gc.disable()  # a hook is over before there is anything worth collecting
    # With it every hook would take nearly twice as long; with None ops does without it.
    sys.modules["ops_tracing"] = None  # pyright: ignore[reportArgumentType]

import itertools
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import ops
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer

from inputs import ALERTING, read
from problems import LOG_BYTES, Problem, Severity, at_once, one_line
from publication import open_port, publish, show_version
from relations import ENDPOINTS, certificates, tracing
from workload.apply import CONTAINER, apply

logger = logging.getLogger(__name__)


def _relation_events(events: Any) -> tuple[Any, ...]:
    return (
        events.relation_created,
        events.relation_joined,
        events.relation_changed,
        events.relation_departed,
        events.relation_broken,
    )


class KarmaCharm(ops.CharmBase):
    """Reads Juju's model, decides, applies and tells others what runs: the same for every event."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self._consumer = KarmaConsumer(self, ALERTING)
        self._problems: tuple[Problem, ...] | None = None

        # The library observes events itself, and has to have seen each one before the charm reads what came of it.
        self._certificates = certificates.set_up(self)

        container = self.on[CONTAINER]
        for event in (
            self.on.start,
            self.on.config_changed,
            self.on.upgrade_charm,
            self.on.update_status,
            self.on.leader_elected,
            self.on.secret_changed,
            self.on.secret_expired,
            container.pebble_ready,
            container.pebble_check_failed,
            container.pebble_check_recovered,
            *itertools.chain.from_iterable(_relation_events(self.on[name]) for name in (ALERTING, *ENDPOINTS)),
        ):
            framework.observe(event, self._common_exit_hook)
        framework.observe(self.on.show_config_action, self._on_action)
        framework.observe(self.on.check_config_action, self._on_action)
        framework.observe(self.on.list_alertmanagers_action, self._on_action)
        framework.observe(self.on.get_url_action, self._on_action)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)

    @property
    def config(self) -> Mapping[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride] -- ops only reads it
        """The options that are set; ops would take an empty text for the id of a secret, and raise."""
        return {name: value for name, value in super().config.items() if not isinstance(value, str) or value}

    def _common_exit_hook(self, event: ops.EventBase) -> None:
        """Bring everything to what Juju's model says now, whatever the event was."""
        inputs = read(self, self._consumer, self._certificates)
        applied = apply(self.unit.get_container(CONTAINER), inputs)
        problems = publish(self, inputs, applied.serving, self._certificates, is_known=applied.is_known)
        show_version(self, applied.version)
        if not isinstance(event, ops.UpdateStatusEvent):  # Juju keeps a port open, and takes time to say so
            open_port(self)
        self._problems = (*applied.problems, *problems)

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        """Turn the problems that the hook has met into a status, and log what it says once."""
        if self._problems is None:  # an action or the end of the unit: nothing was looked at, so nothing is said
            return
        statuses = {
            Severity.BLOCKED: ops.BlockedStatus,
            Severity.WAITING: ops.WaitingStatus,
            Severity.ACTIVE: ops.ActiveStatus,
        }
        told = at_once(self._problems)
        event.add_status(status := statuses[told.severity](told.message))
        if self._problems and self.unit.status != status:  # Juju is asked only where there is something to say
            self._log(self._problems)

    def _log(self, problems: Sequence[Problem]) -> None:
        """Say in full what a status says: in the hook in which it comes, and not in those that follow."""
        for problem in problems:
            if not problem.is_logged:
                level = logging.INFO if problem.severity is Severity.WAITING else logging.WARNING
                logger.log(level, "%s", one_line(problem.message, LOG_BYTES))

    def _on_action(self, event: ops.ActionEvent) -> None:
        """Answer an action, or say in a sentence why there is no answer; nothing is changed."""
        import actions  # noqa: PLC0415 -- hooks do not pay for what only actions need

        answer = getattr(actions, event.handle.kind.removesuffix("_action"))
        inputs = read(self, self._consumer, self._certificates)
        try:
            with actions.in_time():
                results = answer(inputs, self.unit.get_container(CONTAINER), event.params)
            event.set_results(results)
        except actions.ActionError as error:
            event.fail(one_line(str(error), LOG_BYTES))
        except (ops.pebble.Error, OSError) as error:
            event.fail(f"The karma container does not answer: {one_line(str(error), LOG_BYTES)}")


if __name__ == "__main__":
    # A line of the log is a process, and ops and libraries say on DEBUG in every hook what Juju's own log says.
    logging.disable(logging.DEBUG)
    if not goal_state.has_none(tracing.ENDPOINT):
        tracing.record()
    ops.main(KarmaCharm)
