"""READ: Juju's model -> the relay's data and the problems with it."""

import dataclasses
import logging

import ops

from charms.smtp_integrator.v0.smtp import SmtpRelationData
from options import Options, password_of, tidied
from problems import Problem, Severity, blocking
from validation import decide, validate

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What the operator wants, read once per hook.

    Attributes:
        relay: what consumers are to be told, the password in plain text; None where the options are invalid.
        problems: what is wrong, and what is insecure.
    """

    relay: SmtpRelationData | None
    problems: tuple[Problem, ...]


def read(charm: ops.CharmBase) -> Inputs:
    """Read the options and the user secret, the same way on every unit."""
    options = tidied(charm.load_config(Options))
    password, problems = options.password, list[Problem]()
    if options.password_secret is not None:
        password, problems = _read_user_secret(options.password_secret, charm.app.name)
    problems += validate(options, password, app=charm.app.name)
    return Inputs(None if blocking(problems) else decide(options, password), tuple(problems))


def _read_user_secret(secret: ops.Secret, app: str) -> tuple[str, list[Problem]]:
    """Read the latest revision of the operator's own secret.

    Every hook tries again: granting a secret fires none.
    """

    def problem(message: str) -> tuple[str, list[Problem]]:
        return "", [Problem(Severity.BLOCKED, "password_secret", message)]

    try:
        password = password_of(secret.get_content(refresh=True).get("password", ""))
    except ops.SecretNotFoundError:
        return problem("no such secret: juju add-secret, juju grant-secret, juju config")
    except ops.ModelError as error:
        # Juju answers a missing grant with an error of no special type.
        logger.warning("password_secret: %s", error)
        return problem(f"not granted: juju grant-secret {secret.unique_identifier} {app}")
    if not password:
        return problem(f"no key 'password': juju update-secret {secret.unique_identifier} password=...")
    return password, []
