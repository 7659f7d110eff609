#!/usr/bin/env python3
"""The SMTP Integrator in ten steps, without a Juju: both charms, a relation between them, and a real relay.

Juju's part is played by ops.testing: what one charm writes is handed to the other. The relay is a real SMTP
server on loopback with STARTTLS and a password. Each step says what it claims and checks it; the program ends
with a message that the relay has really taken, and with exit code 0 only if every claim held.
"""

import os
import pathlib
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE / part) for part in ("src", "lib", "tests", "examples/mailer/src")]

from ops import testing  # noqa: E402  # the charms' folders come first

import juju  # noqa: E402
from relay import LOOPBACK, Authority, Relay, relay  # noqa: E402

PASSWORD, NEXT_PASSWORD = "p ä:s%s'wörd", "the next one"
USER_SECRET = "secret:d5v2q1s3ics06kltaimg"
_COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BOLD, GREEN, RED, DIM, PLAIN = (f"\033[{code}m" if _COLOURED else "" for code in (1, 32, 31, 2, 0))


class Demo:
    """Two applications in a model, and what has been claimed of them."""

    def __init__(self, taken: Relay):
        self.taken = taken
        self.integrator, self.mailer = juju.provider(), juju.mailer()
        self.state = testing.State(leader=True, relations=[testing.PeerRelation("smtp-peers")])
        self.seen = testing.State(leader=True)
        self.relation = testing.Relation("smtp", remote_app_name="mailer")
        self.config: dict[str, Any] = {}
        self.steps, self.failed = 0, 0

    def step(self, *commands: str) -> None:
        """Begin a step with the commands that an operator would type."""
        self.steps += 1
        print()
        for number, command in enumerate(commands):
            prompt = f"{self.steps:2}. $" if not number else "    $"
            print(f"{BOLD}{prompt} {command}{PLAIN}")

    def claim(self, text: str, held: bool) -> None:
        """Say what is claimed, and whether it held."""
        self.failed += not held
        mark = f"{GREEN}✓{PLAIN}" if held else f"{RED}✗ DOES NOT HOLD:{PLAIN}"
        print(f"    {mark} {text}")

    def table(self) -> None:
        """Show both applications the way `juju status` does."""
        states = {"smtp-integrator/0*": self.state, "mailer/0*": self.seen}
        print(f"    {DIM}{'Unit':20}{'Workload':10}Message{PLAIN}")
        for unit, state in states.items():
            print(f"    {unit:20}{state.unit_status.name:10}{state.unit_status.message}")

    def reconfigure(self, **config: Any) -> None:
        """Change options, and let the charm see it."""
        self.config |= config
        self.state = juju.change(self.state, config=self.config)
        self.run(self.integrator.on.config_changed())

    def run(self, event: Any) -> None:
        """Run an event of the integrator, hand what it wrote to the consumer, and show both."""
        self.state = self.integrator.run(event, self.state)
        on, known = self.mailer.on, self.secret(self.seen)
        if self.relation.id in {relation.id for relation in self.state.relations}:
            self.seen = juju.hand_over(self.state, self.relation)
        if known not in (None, self.secret(self.seen)):
            self.seen = self.mailer.run(on.secret_changed(next(iter(self.seen.secrets))), self.seen)
        for relation in self.seen.relations or [None]:
            told = on.relation_changed(relation, remote_unit=0) if relation else on.update_status()
            self.seen = self.mailer.run(told, self.seen)
        self.table()

    @staticmethod
    def secret(state: testing.State) -> Mapping[str, str] | None:
        """Give the content of the relay's secret, as one of the charms sees it."""
        contents = [secret.latest_content for secret in state.secrets if secret.id != USER_SECRET]
        return contents[0] if contents else None

    @property
    def databag(self) -> Mapping[str, str]:
        """What the integrator says to the consumer."""
        return juju.databag(self.state, self.relation)

    def keep_user_secret(self, password: str) -> None:
        """Have a user secret that is granted to the integrator."""
        secret = testing.Secret({"password": password}, id=USER_SECRET)
        self.state = juju.change(self.state, secrets=[secret, *juju.own_secrets(self.state)])

    def check_connection(self) -> str:
        """Run the action; give why it failed, or nothing."""
        failure = ""
        try:
            self.integrator.run(self.integrator.on.action("check-connection"), self.state)
        except testing.ActionFailed as failed:
            failure = failed.message
        for step, found in (self.integrator.action_results or {}).items():
            print(f"    {step + ':':10}{found}")
        if failure:
            print(f"    {'failed:':10}{failure}")
        return failure


def configure(demo: Demo) -> None:
    """From nothing to a relation with a password in it."""
    demo.step("juju deploy ./smtp-integrator.charm", "juju deploy ./mailer.charm")
    demo.run(demo.integrator.on.install())
    demo.claim("the status names the option to set", demo.state.unit_status.message.startswith("host: not set"))

    demo.step("juju integrate smtp-integrator:smtp mailer:smtp")
    demo.state = juju.change(demo.state, relations=[*demo.state.relations, demo.relation])
    demo.run(demo.integrator.on.relation_created(demo.relation))
    demo.claim("nothing is published, and the consumer waits", not demo.databag and _waits(demo.seen))

    demo.step(
        "juju add-secret relay-password password='<password>'",
        f"juju config smtp-integrator host={LOOPBACK} port={demo.taken.port} transport_security=starttls",
        "juju config smtp-integrator auth_type=plain user=alice smtp_sender=no-reply@example.com",
        f"juju config smtp-integrator password_secret={USER_SECRET}",
    )
    demo.keep_user_secret(PASSWORD)
    with juju.denied(USER_SECRET):
        demo.reconfigure(
            host=LOOPBACK,
            port=demo.taken.port,
            transport_security="starttls",
            auth_type="plain",
            user="alice",
            smtp_sender="no-reply@example.com",
            password_secret=USER_SECRET,
        )
    demo.claim("a grant is missing: the status has the command", "juju grant-secret" in _message(demo))

    demo.step("juju grant-secret relay-password smtp-integrator", "# fires no hook; update-status comes along")
    demo.run(demo.integrator.on.update_status())
    demo.claim("both charms are ready", not _message(demo) and demo.seen.unit_status.name == "active")
    demo.claim("the databag has a secret's id, and no password", PASSWORD not in repr(demo.databag))
    demo.claim(
        "it is not the user's secret: that one can't be granted on",
        demo.databag["password_id"] != USER_SECRET,
    )


def operate(demo: Demo) -> None:
    """Check, rotate, make a mistake."""
    demo.step("juju run smtp-integrator/0 check-connection")
    failure = demo.check_connection()
    demo.claim("every step passes, the certificate verified", not failure)

    demo.step("juju config smtp-integrator port=0")
    published = dict(demo.databag)
    demo.reconfigure(port=0)
    demo.claim("the option at fault is named", _message(demo).startswith("port: "))
    demo.claim(
        "what was published stays, and the status says so",
        demo.databag == published and "stays" in _message(demo),
    )

    demo.step("juju config smtp-integrator port=" + str(demo.taken.port))
    demo.reconfigure(port=demo.taken.port)
    demo.claim("all is well again", not _message(demo) and demo.databag == published)

    demo.step(f"juju update-secret relay-password password='{NEXT_PASSWORD}'")
    demo.keep_user_secret(NEXT_PASSWORD)
    demo.run(demo.integrator.on.secret_changed(demo.state.get_secret(id=USER_SECRET)))
    demo.claim("the consumer has the new password", demo.secret(demo.seen) == {"password": NEXT_PASSWORD})
    demo.claim("under the same id", demo.databag == published)

    demo.step("juju run smtp-integrator/0 check-connection")
    failure = demo.check_connection()
    demo.claim("the relay does not know the new password yet: auth fails, by name", failure.startswith("auth: 535"))
    demo.claim("no password is in what the action says", NEXT_PASSWORD not in failure)


def send(demo: Demo) -> None:
    """End with a message."""
    demo.step(
        "juju update-secret relay-password password='<the old one>'",
        "juju run mailer/0 send to=you@example.com",
    )
    demo.keep_user_secret(PASSWORD)
    demo.run(demo.integrator.on.secret_changed(demo.state.get_secret(id=USER_SECRET)))
    params = {"to": "you@example.com", "subject": "The relation is all it takes"}
    try:
        demo.mailer.run(demo.mailer.on.action("send", params=params), demo.seen)
    except testing.ActionFailed as failed:
        print(f"    failed:   {failed.message}")
    demo.claim("the relay has taken one message", len(demo.taken.messages) == 1)
    for message in demo.taken.messages:
        for line in message.as_string().replace("\r\n", "\n").splitlines():
            print(f"    {DIM}│{PLAIN} {line}")
    envelopes = [("no-reply@example.com", ["you@example.com"])]
    demo.claim("from the sender and to the addressee that were asked for", demo.taken.envelopes == envelopes)
    demo.claim("after signing in over STARTTLS", demo.taken.signed_in[-1:] == ["alice"])
    logs = repr([demo.integrator.juju_log, demo.mailer.juju_log])
    statuses = repr([demo.integrator.unit_status_history, demo.mailer.unit_status_history])
    shown = PASSWORD in logs + statuses or NEXT_PASSWORD in logs + statuses
    demo.claim("no password was in any log or status", not shown)


def _message(demo: Demo) -> str:
    return demo.state.unit_status.message


def _waits(state: testing.State) -> bool:
    return state.unit_status.name == "waiting"


def main() -> int:
    """Run the demo.

    Returns:
        0 if every claim held.
    """
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority.make(pathlib.Path(folder))
        os.environ["SSL_CERT_FILE"] = str(authority.path)
        with relay("starttls", context=authority.server(), user="alice", password=PASSWORD) as taken:
            demo = Demo(taken)
            print(f"A relay listens on {LOOPBACK} port {taken.port}: STARTTLS, and a password.")
            configure(demo)
            operate(demo)
            send(demo)
    print()
    if demo.failed:
        print(f"{RED}{demo.failed} of the claims did not hold.{PLAIN}")
    else:
        print(f"{GREEN}Every claim held, in {demo.steps} steps.{PLAIN}")
    return 1 if demo.failed else 0


if __name__ == "__main__":
    sys.exit(main())
