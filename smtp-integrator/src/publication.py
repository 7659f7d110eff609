"""PUBLISH: the relay's data -> databags and the application's secret. Only the leader publishes."""

import contextlib
import dataclasses
import logging
import re
from collections.abc import Generator, Mapping

import ops

from charms.smtp_integrator.v0.smtp import (
    DEFAULT_RELATION_NAME,
    LEGACY_RELATION_NAME,
    SmtpProvides,
    SmtpRelationData,
)

PEER_RELATION_NAME = "smtp-peers"
_LABEL = "smtp-password"
_PREDECESSOR = "secret-id"  # where the published charm tells its other units the id of its secret, which has no label

logger = logging.getLogger(__name__)


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
        """Make databags, secret and grants what `relay` says; None leaves all of them as they are.

        What Juju refuses costs the relation that it is about, and is tried again in every hook.
        """
        if relay is not None:
            with _left_out("the secret on smtp"):
                self._publish_with_secret(relay)
            for relation in self._model.relations[LEGACY_RELATION_NAME]:
                with _left_out(relation):
                    self._legacy.update_relation_data(relation, relay)
        if (peers := self._model.get_relation(PEER_RELATION_NAME)) is not None:
            with _left_out(peers):
                peers.data[self._app].update({"published": "true" if self._any_published() else ""})
                self._remove_predecessor(peers)

    def revoke(self, relation: ops.Relation) -> None:
        """End the access of a relation that goes; ops lists it no more among the model's relations."""
        with _left_out(relation), contextlib.suppress(ops.SecretNotFoundError):
            if password_id := relation.data[self._app].get("password_id"):
                self._own(password_id).revoke(relation)

    def let_go(self, event: ops.SecretRemoveEvent) -> None:
        """Remove an old password that no consumer uses any more.

        Juju tells this of secrets that are gone, too, and fails a hook that removes such (juju/juju#20794). Up to 3.6.9
        it removes revisions 10 to 19 along with revision 1 (juju/juju#20782): where there are such, 1 stays.
        """
        with _left_out("an old password"), contextlib.suppress(ops.SecretNotFoundError):
            if event.revision * 10 > event.secret.get_info().revision:
                event.remove_revision()

    def is_published(self) -> bool:
        """Tell whether any consumer has been given data; units that don't lead know it from the leader."""
        if self._unit.is_leader():
            return self._any_published()
        peers = self._model.get_relation(PEER_RELATION_NAME)
        return peers is not None and bool(self._said(peers).get("published"))

    def _publish_with_secret(self, relay: SmtpRelationData) -> None:
        secret, shared = self._secret(), relay
        if relay.password:
            secret = self._keep_secret(secret, {"password": relay.password})
            # Not secret.id: a new secret's is written another way than that of one found by its label.
            shared = dataclasses.replace(relay, password=None, password_id=secret.get_info().id)
        for relation in self._model.relations[DEFAULT_RELATION_NAME]:
            with _left_out(relation):
                # Who has been told the id was granted the secret before.
                if relay.password and secret and self._said(relation).get("password_id") != shared.password_id:
                    # What shows that Juju still knows the relation is a write: a grant it takes in any case, and fails
                    # the hook when it is over.
                    self._smtp.update_relation_data(relation, dataclasses.replace(shared, password_id=None))
                    secret.grant(relation)
                self._smtp.update_relation_data(relation, shared)
        if secret is not None and not relay.password:
            secret.remove_all_revisions()

    def _remove_predecessor(self, peers: ops.Relation) -> None:
        """Remove the secret that the published charm left behind, as soon as no consumer is told of it any more."""
        left = peers.data[self._app].get(_PREDECESSOR, "")
        told = [relation.data[self._app].get("password_id", "") for relation in self._consumers()]
        if not left or any(_same(left, password_id) for password_id in told):
            return
        with contextlib.suppress(ops.SecretNotFoundError):
            self._own(left).remove_all_revisions()
        del peers.data[self._app][_PREDECESSOR]

    def _own(self, secret_id: str) -> ops.Secret:
        """Look up a secret of the application by its id.

        Raises:
            ops.SecretNotFoundError: if there is none, or if it is a user's, whose id the published charm hands on: Juju
                would take a change of that, and fail the hook when it is over.
        """
        secret = self._model.get_secret(id=secret_id)
        secret.get_info()  # is told to the owner alone
        return secret

    def _secret(self) -> ops.Secret | None:
        try:
            return self._model.get_secret(label=_LABEL)
        except ops.SecretNotFoundError:
            return None

    def _keep_secret(self, secret: ops.Secret | None, content: dict[str, str]) -> ops.Secret:
        if secret is None:
            return self._app.add_secret(content, label=_LABEL, description="Password of the SMTP relay")
        # The latest revision counts, and tracking it lets Juju tell when the older ones are used by nobody.
        if secret.get_content(refresh=True) != content:
            secret.set_content(content)
        return secret

    def _any_published(self) -> bool:
        return any(self._said(relation).get("host") for relation in self._consumers())

    def _consumers(self) -> list[ops.Relation]:
        relations = self._model.relations
        return [*relations[DEFAULT_RELATION_NAME], *relations[LEGACY_RELATION_NAME]]

    def _said(self, relation: ops.Relation) -> Mapping[str, str]:
        """Read what this application says on a relation."""
        try:
            return dict(relation.data[self._app])
        except ops.ModelError:
            return {}  # in the install hook the peer relation is listed, but can't be read yet


@contextlib.contextmanager
def _left_out(what: ops.Relation | str) -> Generator[None]:
    """Leave out what Juju refuses: a relation that it lists and knows no more, a secret that it does not give."""
    try:
        yield
    except ops.ModelError as error:
        logger.warning("%s is left out: %s", what, error)


def _same(secret_id: str, other: str) -> bool:
    """Tell whether two ids, written secret:<id> or secret://<model>/<id>, are of one secret."""
    return re.split("[:/]", secret_id)[-1] == re.split("[:/]", other)[-1]
