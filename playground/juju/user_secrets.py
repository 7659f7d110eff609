"""User secrets as Juju keeps them: who may read one, and who has asked for it.

The contents stand in ops.testing's State, where every secret without an owner may be read. A real Juju wants a grant,
and sends secret-changed only to units that have once asked for the secret, be it in vain.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import ops
import scenario.mocking

# ops.testing's mocked backend, of which one method is put around.
_Backend: Any = scenario.mocking._MockModelBackend  # pyright: ignore[reportPrivateUsage]
_KEY = re.compile("[a-z](-?[a-z0-9]){2,}")


@dataclass(frozen=True)
class UserSecret:
    """What Juju knows of a user secret beside its content."""

    id: str
    """As in `secret:<id>`, with the prefix."""
    name: str
    revision: int = 1
    is_granted: bool = False
    was_asked_for: bool = False


class UserSecrets:
    """The user secrets of a model, by name."""

    def __init__(self, secrets: Mapping[str, UserSecret] | None = None):
        self.all = dict(secrets or {})

    def find(self, name_or_id: str) -> UserSecret:
        """Find a secret as Juju's commands do.

        Raises:
            KeyError: if there is none.
        """
        for secret in self.all.values():
            if name_or_id in {secret.name, secret.id, secret.id.removeprefix("secret:")}:
                return secret
        raise KeyError(name_or_id)

    def put(self, secret: UserSecret, **changes: Any) -> UserSecret:
        """Remember a secret, with changes."""
        self.all[secret.name] = dataclasses.replace(secret, **changes)
        return self.all[secret.name]

    def secret_get(self, backend: Any, **asked: Any) -> dict[str, str]:
        """Answer a charm in the place of ops.testing's backend, which grants everything.

        Raises:
            ops.ModelError: without a grant, as on Juju 4.0.
            ops.SecretNotFoundError: if there is no such secret.
        """
        identifier = backend._get_secret(asked.get("id"), asked.get("label")).id
        known = next((secret for secret in self.all.values() if secret.id == identifier), None)
        if known:
            known = self.put(known, was_asked_for=True)
            if not known.is_granted:
                raise ops.ModelError(f'ERROR unit "{backend.unit_name}" is not allowed to read this secret')
        return cast("dict[str, str]", _secret_get(backend, **asked))


_secret_get = _Backend.secret_get


def why_invalid(key: str) -> str:
    """Say why a real controller refuses a key of a secret; "" if it takes it."""
    return "" if _KEY.fullmatch(key) else f'key "{key}" not valid'
