"""Try the charm by hand, without Juju: `./play run`, and then what Juju's commands would do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ops import pebble, testing

from playground import PlaygroundError
from playground.commands import endpoints, model, relations, unit
from playground.commands.model import ActionFailedError
from playground.machine.ports import bypass_proxy
from playground.machine.processes import interrupt_on_sigterm

_INTERRUPTED = 130  # what a shell makes of Ctrl-C


Command = Callable[[argparse.Namespace], None]


class _Verbs:
    """The commands of a parser."""

    def __init__(self, top: argparse.ArgumentParser):
        self._verbs = top.add_subparsers(required=True, metavar="COMMAND")

    def add(self, command: Command) -> argparse.ArgumentParser:
        """Add a command that is called as its function is, and whose help is the function's."""
        told = (command.__doc__ or "").partition("\n")[0].rstrip(".")
        parser = self._verbs.add_parser(command.__name__.replace("_", "-"), help=told[:1].lower() + told[1:])
        parser.set_defaults(command=command)
        return parser


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line; `command` is the function to call."""
    top = argparse.ArgumentParser("./play", description=__doc__)
    verbs = _Verbs(top)
    _add_unit_commands(verbs)
    _add_model_commands(verbs)
    _add_relation_commands(verbs)
    _add_endpoint_commands(verbs)
    return top


def _add_unit_commands(verbs: _Verbs) -> None:
    run = verbs.add(unit.run)
    run.add_argument("--karma", type=Path, metavar="PATH", help="the Karma to run (default: KARMA_BIN, PATH, image)")
    verbs.add(unit.status)
    logs = verbs.add(unit.logs)
    logs.add_argument("-f", "--follow", action="store_true", help="go on showing what is added")
    logs.add_argument("-n", "--lines", type=int, default=30, help="of each log (default: %(default)s)")
    fire = verbs.add(unit.fire)
    fire.add_argument("event", choices=unit.EVENTS, metavar="EVENT", help=", ".join(unit.EVENTS))
    verbs.add(unit.stop)


def _add_model_commands(verbs: _Verbs) -> None:
    config = verbs.add(model.config)
    config.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="or KEY=@FILE, or just KEY to see it")
    config.add_argument("--reset", action="append", metavar="KEY,...", help="go back to the defaults")
    secrets = verbs.add(model.secret).add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, what in (
        ("add", "add a secret, and print its id"),
        ("update", "give a secret a new revision"),
        ("grant", "let karma-k8s read a secret"),
        ("revoke", "let karma-k8s read it no longer"),
        ("remove", "remove a secret"),
    ):
        one = secrets.add_parser(verb, help=what)
        one.add_argument("name", metavar="NAME", help="of the secret" if verb == "add" else "of the secret, or its id")
        if verb in {"add", "update"}:
            one.add_argument("content", nargs="+", metavar="KEY=VALUE", help="or KEY#file=PATH")
    secrets.add_parser("list", help="list the secrets")
    action = verbs.add(model.action)
    action.add_argument("name", metavar="NAME", help="of the action, as in actions.yaml")
    action.add_argument("params", nargs="*", metavar="KEY=VALUE", help="which is read as YAML")
    action.add_argument("--string-args", action="store_true", help="take each VALUE for a text")


def _add_relation_commands(verbs: _Verbs) -> None:
    relate, unrelate = verbs.add(relations.relate), verbs.add(relations.unrelate)
    for one in (relate, unrelate):
        one.add_argument("name", nargs="?", default="alertmanager", metavar="NAME", help="of the application")
    relate.add_argument("--units", type=_at_least(1), default=1, help="how many to start (default: %(default)s)")
    relate.add_argument(
        "--tls", nargs="?", const="company-ca", metavar="AUTHORITY", help="over https; AUTHORITY (company-ca) signs"
    )
    relate.add_argument("--client-authentication", action="store_true", help="let in only whom AUTHORITY has certified")
    hand = relate.add_argument_group("by hand: nothing is started, one unit publishes")
    hand.add_argument("--unit", type=_at_least(0), default=0, metavar="N", help="its number (default: %(default)s)")
    hand.add_argument("--url", help="uri, together with the name, cluster and proxy that usually go with it")
    hand.add_argument("--proxy", help="true or false, or nonsense")
    hand.add_argument("--cluster", help="cluster")
    hand.add_argument("--data", action="append", default=[], metavar="KEY=VALUE", help="any other key, or a bad value")
    for one in (verbs.add(relations.kill), verbs.add(relations.start)):
        one.add_argument("unit", metavar="NAME/N")


def _add_endpoint_commands(verbs: _Verbs) -> None:
    integrate, remove = verbs.add(endpoints.integrate), verbs.add(endpoints.remove_relation)
    publish, certify = verbs.add(endpoints.publish), verbs.add(endpoints.certify)
    verbs.add(endpoints.show_unit)
    integrate.add_argument("--silent", action="store_true", help="let the application publish nothing by itself")
    integrate.add_argument("--http", action="store_true", help="for ingress: serve plain HTTP (default: https)")
    integrate.add_argument("--user", metavar="NAME", help="for auth-proxy: who everybody is (default: alice)")
    integrate.add_argument("--groups", metavar="A,B", help="for auth-proxy: of which groups")
    names = tuple(endpoints.ENDPOINTS)
    for one in (integrate, remove, publish):
        one.add_argument("endpoint", choices=names, metavar="ENDPOINT", help=", ".join(names))
    for one in (integrate, remove):
        one.add_argument("name", nargs="?", metavar="NAME", help="of the application (default: as its charm)")
    publish.add_argument("--name", metavar="NAME", help="of the application, where there are several")
    publish.add_argument("data", nargs="+", metavar="KEY=VALUE", help="or KEY=@FILE, or KEY= to take it away")
    how = ", ".join(endpoints.HOW)
    certify.add_argument("how", nargs="?", default="renew", choices=endpoints.HOW, metavar="HOW", help=how)


def _at_least(minimum: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if (value := int(text)) < minimum:
            raise argparse.ArgumentTypeError(f"must be at least {minimum}")
        return value

    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; whatever it cannot do becomes one line."""
    top = parser()
    # argparse takes a list that an option interrupts for two, and knows nothing of the second.
    args, further = top.parse_known_args(arguments)
    if further and (not hasattr(args, "params") or any(one.startswith("-") for one in further)):
        top.error(f"unrecognized arguments: {' '.join(further)}")
    if further:
        args.params += further
    interrupt_on_sigterm()
    bypass_proxy()
    try:
        args.command(args)
        sys.stdout.flush()
    except ActionFailedError as error:
        print(f"Action {args.name} failed: {error}", file=sys.stderr)
        return 1
    except testing.errors.UncaughtCharmError as error:
        print(f"ERROR the charm has a defect, `./play logs` shows where: {error.__cause__!r}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (PlaygroundError, pebble.Error, OSError) as error:  # no defect of ours
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
