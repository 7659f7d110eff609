"""Fixtures of the unit tests."""

from collections.abc import Callable

import hypothesis
import ops
import pytest

import juju

# No limit for one example: the machine may be busy. No "explain" phase: it takes minutes where runs are this long.
hypothesis.settings.register_profile(
    "smtp-integrator",
    deadline=None,
    phases=[phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain],
)
hypothesis.settings.load_profile("smtp-integrator")


@pytest.fixture
def ctx() -> juju.ProviderContext:
    """A context for the SMTP Integrator."""
    return juju.provider()


@pytest.fixture
def mailer() -> juju.MailerContext:
    """A context for the example consumer."""
    return juju.mailer()


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make Juju answer as it does where a grant is missing: with an error of no special type.

    ops.testing knows the missing secret only, and raises SecretNotFoundError.
    """

    def apply(secret_id: str) -> None:
        get_secret, get_content = ops.Model.get_secret, ops.Secret.get_content

        def refuse(asked: str | None) -> None:
            if asked == secret_id:
                raise ops.ModelError(f'ERROR "{asked}" is not allowed to read this secret')

        def denied_get_secret(model: ops.Model, *, id: str | None = None, label: str | None = None):
            refuse(id)
            return get_secret(model, id=id, label=label)

        def denied_get_content(secret: ops.Secret, *, refresh: bool = False):
            refuse(secret.id)
            return get_content(secret, refresh=refresh)

        monkeypatch.setattr(ops.Model, "get_secret", denied_get_secret)
        monkeypatch.setattr(ops.Secret, "get_content", denied_get_content)

    return apply
