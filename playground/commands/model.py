"""The commands on the unit's options, secrets and actions."""

from __future__ import annotations

import argparse
import re
from typing import Any

import yaml
from ops import testing

from playground import PlaygroundError
from playground.commands.arguments import action_params, option_value, pairs, secret_content
from playground.commands.report import changed
from playground.juju.status import align, as_yaml
from playground.juju.user_secrets import UserSecret
from playground.machine.go_tools import ROOT
from playground.session import Session, opened

_SECRET = re.compile("secret:[0-9a-z]{20}")


class ActionFailedError(Exception):
    """An action has failed; the text is what it says."""


def config(args: argparse.Namespace) -> None:
    """List the options that are set, show one, or set and reset some."""
    known: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["options"]
    resets = [name for names in args.reset or () for name in names.split(",") if name]
    given = args.settings
    if not resets and (not given or (len(given) == 1 and "=" not in given[0])):
        _show_options(known, *given)
        return
    texts = pairs(given)
    for name in (*texts, *resets):
        _insist_on_option(known, name)
    with changed() as session:
        values: dict[str, Any] = dict.fromkeys(resets)
        for name, text in texts.items():
            kind = known[name]["type"]
            value = option_value(name, kind, text)
            values[name] = value if kind != "secret" else _secret_uri(session, name, text) if text else None
        session.unit.config(**{name.replace("-", "_"): value for name, value in values.items()})
        if texts and {*values.values()} == {None}:  # a secret set to nothing, which Juju tells and ops.testing refuses
            session.unit.fire(session.unit.on.config_changed())
    if not texts:
        _say_that_nobody_is_told()


def _show_options(known: dict[str, Any], name: str = "") -> None:
    with opened() as session:
        options = dict(session.unit.state.config)
    if name:
        _insist_on_option(known, name)
        print(options.get(name, ""))
    else:
        print(as_yaml(options) if options else "No option is set.")


def _insist_on_option(known: dict[str, Any], name: str) -> None:
    if name not in known:
        raise PlaygroundError(f'unknown option "{name}"')


def _secret_uri(session: Session, option: str, text: str) -> str:
    """Give the id of a secret of that name; the id of one that is gone may be set too, as with Juju."""
    try:
        return session.unit.secrets.find(text).id
    except KeyError:
        if _SECRET.fullmatch(text):
            return text
        raise PlaygroundError(f'option "{option}" expected secret, got "{text}"') from None


def secret(args: argparse.Namespace) -> None:
    """Add, update, grant, revoke, remove or list user secrets."""
    with opened() as session:
        secrets = session.unit.secrets
        if args.verb == "list":
            rows = [("ID", "Name", "Granted to", "Revision")]
            rows += [(one.id, one.name, _grantee(session, one), str(one.revision)) for one in secrets.all.values()]
            print("\n".join(align(rows)) if secrets.all else "There is no secret.")
            return
        if args.verb == "add":
            if args.name in secrets.all:
                raise PlaygroundError(f'secret with name "{args.name}" already exists')
            print(session.unit.add_secret(args.name, secret_content(args.content)))
            return
        try:
            known = secrets.find(args.name)
        except KeyError:
            raise PlaygroundError(f'secret "{args.name}" not found') from None
        if args.verb == "remove":
            session.unit.remove_secret(known.name)
        elif args.verb != "update":
            session.unit.grant_secret(known.name, granted=args.verb == "grant")
    if args.verb != "update":
        _say_that_nobody_is_told()
    elif known.was_asked_for:
        with changed() as session:
            session.unit.update_secret(known.name, secret_content(args.content))
    else:
        with opened() as session:
            session.unit.update_secret(known.name, secret_content(args.content))
        print("Juju tells nobody: the unit has never asked for this secret.")


def _grantee(session: Session, one: UserSecret) -> str:
    return session.unit.name.partition("/")[0] if one.is_granted else "-"


def _say_that_nobody_is_told() -> None:
    print("Juju fires no event for this: the unit sees it at its next one, such as `./play fire update-status`.")


def action(args: argparse.Namespace) -> None:
    """Run an action and print its results as YAML.

    Raises:
        ActionFailedError: with the action's words.
    """
    known: dict[str, Any] = yaml.safe_load((ROOT / "actions.yaml").read_text(encoding="utf-8"))
    if args.name not in known:
        raise PlaygroundError(f'action "{args.name}" not found: there are {", ".join(known)}')
    params = action_params(args.name, known[args.name], args.params, as_text=args.string_args)
    with opened() as session:
        try:
            results = session.unit.run_action(args.name, params)
        except testing.ActionFailed as error:
            raise ActionFailedError(error.message) from error
        print(as_yaml(results))
