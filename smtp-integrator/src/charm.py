#!/usr/bin/env python3
"""SMTP Integrator: hands one SMTP relay to every charm that sends mail.

Every event ends in one reconcile: read -> validate -> decide -> publish.
"""

import functools
import logging
from collections.abc import Mapping

import ops

import inputs
from charms.smtp_integrator.v0.smtp import DEFAULT_RELATION_NAME, LEGACY_RELATION_NAME
from problems import blocked_message, blocking, warning_message
from publication import PEER_RELATION_NAME, Publication

logger = logging.getLogger(__name__)


class SmtpIntegratorOperatorCharm(ops.CharmBase):
    """Observes, and says how things stand."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self._publication = Publication(self)

        reconciled = [
            self.on.config_changed,
            self.on.leader_elected,
            self.on.secret_changed,
            self.on.update_status,
            self.on.upgrade_charm,
        ]
        for endpoint in (DEFAULT_RELATION_NAME, LEGACY_RELATION_NAME):
            events = self.on[endpoint]
            reconciled += [events.relation_created, events.relation_changed]
            framework.observe(events.relation_broken, self._on_relation_broken)
        peers = self.on[PEER_RELATION_NAME]
        reconciled += [peers.relation_created, peers.relation_changed]
        for event in reconciled:
            framework.observe(event, self._reconcile)

        framework.observe(self.on.secret_remove, self._on_secret_remove)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)
        framework.observe(self.on.check_connection_action, self._on_check_connection)

    @property
    def config(self) -> Mapping[str, bool | int | float | str]:  # pyright: ignore[reportIncompatibleMethodOverride] -- ops only reads it
        """The options, less secrets that are set to the empty text: ops takes that for an id, and raises."""
        return {name: value for name, value in super().config.items() if value or name != "password_secret"}

    @functools.cached_property
    def _inputs(self) -> inputs.Inputs:
        return inputs.read(self)

    def _reconcile(self, _: ops.EventBase) -> None:
        for problem in self._inputs.problems:
            logger.warning("%s", problem)
        if self.unit.is_leader():
            self._publication.publish(self._inputs.relay)

    def _on_relation_broken(self, event: ops.RelationBrokenEvent) -> None:
        if self.unit.is_leader():
            self._publication.revoke(event.relation)
        self._reconcile(event)

    def _on_secret_remove(self, event: ops.SecretRemoveEvent) -> None:
        # No consumer uses this revision any more; Juju leaves it to the owner to let old passwords go.
        if self.unit.is_leader():
            self._publication.let_go(event)

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        problems = self._inputs.problems
        if faults := blocking(problems):
            published = self._publication.is_published()
            event.add_status(ops.BlockedStatus(blocked_message(faults, published=published)))
        else:
            event.add_status(ops.ActiveStatus(warning_message(problems)))

    def _on_check_connection(self, event: ops.ActionEvent) -> None:
        import connection  # noqa: PLC0415  # ssl and smtplib are for this action alone: no hook pays for them

        if self._inputs.relay is None:
            event.fail(f"configuration: {blocked_message(blocking(self._inputs.problems), published=False)}")
            return
        report = connection.check(self._inputs.relay, send_test_to=event.params.get("send-test-to"))
        if report.steps:
            event.set_results(dict(report.steps))
        if report.failure:
            event.fail(report.failure)


if __name__ == "__main__":
    ops.main(SmtpIntegratorOperatorCharm)
