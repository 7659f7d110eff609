"""Fixtures of the unit tests."""

import contextlib
from collections.abc import Callable, Iterator

import hypothesis
import pytest

import juju

# No limit for one example: the machine may be busy. No "explain" phase: it takes minutes with runs this long.
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
def deny() -> Iterator[Callable[[str], None]]:
    """Refuse a secret for the rest of the test, as Juju does where a grant is missing."""
    with contextlib.ExitStack() as stack:
        yield lambda secret_id: stack.enter_context(juju.denied(secret_id))
