#!/usr/bin/env python3
"""Mailer: an example of a charm that sends mail through the relay it is integrated with."""

import dataclasses
import logging

import ops

import mail
from charms.smtp_integrator.v0.smtp import SmtpRelationData, SmtpRequires

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Send:
    """The parameters of the action."""

    to: str = ""
    subject: str = "Hello"
    text: str = "Hello from the mailer."


class MailerCharm(ops.CharmBase):
    """Says whether it can send mail, and sends it."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self._relays = [SmtpRequires(self), SmtpRequires(self, "smtp-legacy")]
        for relay in self._relays:
            framework.observe(relay.on.smtp_data_available, self._reconcile)
            framework.observe(relay.on.smtp_data_removed, self._reconcile)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)
        framework.observe(self.on.send_action, self._on_send)

    def _relay(self) -> SmtpRelationData | None:
        found = (relay.get_relation_data() for relay in self._relays)
        return next((data for data in found if data is not None), None)

    def _reconcile(self, _: ops.EventBase) -> None:
        # A charm with a workload writes the workload's configuration here.
        relay = self._relay()
        logger.info("mail goes through %s", relay.host if relay else "no relay")

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        relay = self._relay()
        if relay is not None:
            event.add_status(ops.ActiveStatus(f"sends mail through {relay.host}"))
        elif self.model.relations["smtp"] or self.model.relations["smtp-legacy"]:
            event.add_status(ops.WaitingStatus("waiting for the relay's data"))
        else:
            event.add_status(ops.BlockedStatus(f"juju integrate {self.app.name}:smtp smtp-integrator:smtp"))

    def _on_send(self, event: ops.ActionEvent) -> None:
        relay, params = self._relay(), event.load_params(Send)
        to = [params.to] if params.to else relay.recipients if relay else []
        if relay is None or not to:
            event.fail("there is no relay to send through" if relay is None else "there is nobody to send to")
            return
        try:
            refused = mail.send(relay, to=to, subject=params.subject, text=params.text)
        except (OSError, ValueError) as error:
            event.fail(f"not sent through {relay.host}: {error}")
            return
        event.set_results({"sent-to": ", ".join(address for address in to if address not in refused)})
        if refused:
            event.fail(f"{relay.host} refuses {', '.join(refused)}")


if __name__ == "__main__":
    ops.main(MailerCharm)
