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
        """Make databags, secret and grants what `relay` says; None leaves all of them as they are."""
        if relay is not None:
            self._write(relay)
        if (peers := self._model.get_relation(PEER_RELATION_NAME)) is not None:
            peers.data[self._app].update({"published": "true" if self._any_published() else ""})

    def revoke(self, relation: ops.Relation) -> None:
        """End the access of a relation that goes; ops lists it no more among the model's relations."""
        secret = self._secret()
        if secret is not None and relation.data[self._app].get("password_id"):
            secret.revoke(relation)

    def is_published(self) -> bool:
        """Tell whether any consumer has been given data; units that don't lead know it from the leader."""
        if self._unit.is_leader():
            return self._any_published()
        peers = self._model.get_relation(PEER_RELATION_NAME)
        try:
            return peers is not None and bool(peers.data[self._app].get("published"))
        except ops.ModelError:
            return False  # in the install hook the relation is listed, but can't be read yet

    def _write(self, relay: SmtpRelationData) -> None:
        secret, shared = self._secret(), relay
        if relay.password:
            kept = self._keep_secret(secret, {"password": relay.password})
            # Not secret.id: a new secret's is written another way than that of one found by its label.
            shared = dataclasses.replace(relay, password=None, password_id=kept.get_info().id)
            for relation in self._model.relations[DEFAULT_RELATION_NAME]:
                kept.grant(relation)
        for relation in self._model.relations[DEFAULT_RELATION_NAME]:
            self._smtp.update_relation_data(relation, shared)
        for relation in self._model.relations[LEGACY_RELATION_NAME]:
            self._legacy.update_relation_data(relation, relay)
        if secret is not None and not relay.password:
            secret.remove_all_revisions()

    def _secret(self) -> ops.Secret | None:
        try:
            return self._model.get_secret(label=SECRET_LABEL)
        except ops.SecretNotFoundError:
            return None

    def _keep_secret(self, secret: ops.Secret | None, content: dict[str, str]) -> ops.Secret:
        if secret is None:
            return self._app.add_secret(content, label=SECRET_LABEL, description="Password of the SMTP relay")
        # The latest revision counts, and tracking it lets Juju tell when the older ones are used by nobody.
        if secret.get_content(refresh=True) != content:
            secret.set_content(content)
        return secret

    def _any_published(self) -> bool:
        endpoints = (DEFAULT_RELATION_NAME, LEGACY_RELATION_NAME)
        relations = (relation for endpoint in endpoints for relation in self._model.relations[endpoint])
        return any(relation.data[self._app].get("host") for relation in relations)
