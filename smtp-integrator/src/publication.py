"""PUBLISH: the relay's data -> databags and the application's secret. Only the leader publishes."""

import dataclasses

import ops

from charms.smtp_integrator.v0.smtp import (
    DEFAULT_RELATION_NAME,
    LEGACY_RELATION_NAME,
    SmtpProvides,
    SmtpRelationData,
)

PEER_RELATION_NAME = "smtp-peers"
SECRET_LABEL = "smtp-password"  # noqa: S105  # the label of a secret, not one


class Publication:
    """What consumers see.

    Args:
        charm: the charm that publishes.
    """

    def __init__(self, charm: ops.CharmBase):
        self._app, self._model, self._unit = charm.app, charm.model, charm.unit
        self._smtp = SmtpProvides(charm, DEFAULT_RELATION_NAME)
        self._legacy = SmtpProvides(charm, LEGACY_RELATION_NAME)

    def publish(self, relay: SmtpRelationData | None) -> None:
        """Make databags, secret and grants what `relay` says; None leaves everything as it is.

        Access that a relation had is revoked when the relation goes, whatever `relay` is.
        """
        secret = self._secret()
        self._revoke(secret)
        if relay is not None:
            self._write(relay, secret)
        if (peers := self._model.get_relation(PEER_RELATION_NAME)) is not None:
            peers.data[self._app].update({"published": "true" if self._any_published() else ""})

    def is_published(self) -> bool:
        """Tell whether any consumer has been given data; units that don't lead know it from the leader."""
        if self._unit.is_leader():
            return self._any_published()
        peers = self._model.get_relation(PEER_RELATION_NAME)
        try:
            return peers is not None and bool(peers.data[self._app].get("published"))
        except ops.ModelError:
            return False  # in the install hook the relation is listed, but can't be read yet

    def _write(self, relay: SmtpRelationData, secret: ops.Secret | None) -> None:
        if relay.password:
            secret = self._keep_secret(secret, {"password": relay.password})
            shared = dataclasses.replace(relay, password=None, password_id=secret.get_info().id)
        else:
            shared = relay
        for relation in self._active(DEFAULT_RELATION_NAME):
            if relay.password and secret is not None:
                secret.grant(relation)
            self._smtp.update_relation_data(relation, shared)
        for relation in self._active(LEGACY_RELATION_NAME):
            self._legacy.update_relation_data(relation, relay)
        if not relay.password and secret is not None:
            secret.remove_all_revisions()

    def _secret(self) -> ops.Secret | None:
        try:
            return self._model.get_secret(label=SECRET_LABEL)
        except ops.SecretNotFoundError:
            return None

    def _keep_secret(self, secret: ops.Secret | None, content: dict[str, str]) -> ops.Secret:
        if secret is None:
            return self._app.add_secret(content, label=SECRET_LABEL, description="Password of the SMTP relay")
        # The tracked revision may be an older one: what counts is the latest.
        if secret.peek_content() != content:
            secret.set_content(content)
        return secret

    def _revoke(self, secret: ops.Secret | None) -> None:
        for relation in self._model.relations[DEFAULT_RELATION_NAME]:
            if secret is not None and not relation.active and relation.data[self._app].get("password_id"):
                secret.revoke(relation)

    def _active(self, endpoint: str) -> list[ops.Relation]:
        return [relation for relation in self._model.relations[endpoint] if relation.active]

    def _any_published(self) -> bool:
        relations = self._active(DEFAULT_RELATION_NAME) + self._active(LEGACY_RELATION_NAME)
        return any(relation.data[self._app].get("host") for relation in relations)
