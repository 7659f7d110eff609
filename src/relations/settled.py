"""A certificate with which all is well is kept, so that hooks without news do without the library that asks for it.

Importing that library costs a hook as much as ops itself does, and it parses keys and certificates each time. What is
kept lies beside the charm, anybody may read it, and it goes with the pod; the key stays in its secret.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from typing import Any

import ops

import pem


class Settled(ops.Object):
    """Keeps the certificate that was assigned, for as long as the same is asked for and the same was answered.

    Args:
        charm: whose certificate it is.
    """

    _stored = ops.StoredState()

    def __init__(self, charm: ops.CharmBase):
        super().__init__(charm, "settled-certificate")
        self._model = charm.model
        self._stored.set_default(kept="")

    def recall(self, asked_and_answered: Any, now: datetime) -> pem.Tls | None:
        """Give the certificate that was kept; None where the library has something to do, or may have.

        Args:
            asked_and_answered: all that the library works on but the key, as JSON.
            now: the time.
        """
        if not self._stored.kept or "JUJU_SECRET_ID" in os.environ:  # the library looks after its secrets
            return None
        kept: dict[str, Any] = json.loads(str(self._stored.kept))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        try:
            key = self._model.get_secret(id=kept["key_id"]).get_content()["private-key"]
        except (ops.ModelError, KeyError):
            return None
        if kept["of"] != _digest([asked_and_answered, key]) or now.timestamp() >= kept["until"]:
            return None
        return pem.Tls(kept["certificate"], key, kept["ca"])

    def keep(self, asked_and_answered: Any, tls: pem.Tls, key_id: str, until: datetime) -> None:
        """Keep a certificate.

        Args:
            asked_and_answered: as for `recall`.
            tls: the certificate.
            key_id: of the secret that holds its key.
            until: when the library has to look after it again.
        """
        of = _digest([asked_and_answered, tls.key])
        kept = {"of": of, "until": until.timestamp(), "certificate": tls.certificate, "ca": tls.ca, "key_id": key_id}
        self._stored.kept = json.dumps(kept)


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
