"""What holds for every configuration and every history (Hypothesis)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops import testing

import juju

USER_SECRET = "secret:d5v2q1s3ics06kltaimg"
ENDPOINTS = ("smtp", "smtp-legacy")
Config = dict[str, Any]
BOM = "\ufeff"

# Everything that a secret or a databag can hold; the examples that bite come up often.
_SPECIAL = " \"'@:%\\/$#{}<>ÄŁ密🔑"
_letters = st.characters(exclude_categories=["Cs", "Cc"])
_passwords = st.text(st.sampled_from(_SPECIAL) | _letters, min_size=1, max_size=20).filter(lambda text: text[0] != BOM)
_text = _passwords.filter(lambda text: text == text.strip().strip(f"{BOM}\u200b"))
_quotable = st.text(st.sampled_from(" '@:%Äé密") | st.sampled_from("abc"), min_size=1, max_size=12)
_senders = st.one_of(
    st.sampled_from(["no-reply@example.com", "jörg@exämple.com", "o'neill%home@example.com"]),
    st.builds('"{}" <ops@example.com>'.format, _quotable),
)

valid_configs: st.SearchStrategy[Config] = st.fixed_dictionaries(
    {"host": st.sampled_from(["smtp.example.com", "192.0.2.1", "2001:db8::25"]), "user": _text},
    optional={
        "port": st.integers(1, 65535),
        "password": _passwords,
        "password_secret": st.just(USER_SECRET),
        "auth_type": st.sampled_from(["none", "not_provided", "plain"]),
        "transport_security": st.sampled_from(["none", "starttls", "tls"]),
        "domain": st.just("example.com"),
        "skip_ssl_verify": st.booleans(),
        "smtp_sender": _senders,
        "recipients": st.sampled_from(["a@example.com", " a@example.com,b@example.com, ", "ü@ü.de"]),
    },
).map(lambda config: {"password": "needed"} | config if config.get("auth_type") == "plain" else config)


# One context each for all runs: making one reads the charm's files.
PROVIDER, LISTENER = juju.terse_provider(), juju.listener()


def consumed(state: testing.State, relation: testing.Relation) -> list[Any]:
    """Hand what the provider wrote to a consumer; give what the library tells it."""
    seen = juju.hand_over(state, relation)
    event = LISTENER.on.relation_changed(seen.get_relation(relation.id), remote_unit=0)
    with LISTENER(event, seen) as manager:
        manager.run()
        return manager.charm.told


def expected(config: Config, secret: str) -> Mapping[str, Any]:
    """Say by hand what a consumer is to learn from a configuration."""
    password = secret if "password_secret" in config else config.get("password")
    return {
        "host": config["host"],
        "port": config.get("port", 25),
        "user": config["user"],
        "password": password,
        "auth_type": config.get("auth_type", "none"),
        "transport_security": config.get("transport_security", "none"),
        "domain": config.get("domain"),
        "skip_ssl_verify": config.get("skip_ssl_verify", False),
        "smtp_sender": config.get("smtp_sender"),
        "recipients": [r.strip() for r in config.get("recipients", "").split(",") if r.strip()],
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@settings(max_examples=50)
@given(config=valid_configs, before=st.none() | valid_configs, secret=_passwords)
def test_a_consumer_learns_every_combination_of_options_unchanged(
    endpoint: str, config: Config, before: Config | None, secret: str
):
    relation = testing.Relation(endpoint)
    user_secret = testing.Secret({"password": secret}, id=USER_SECRET)
    state = testing.State(leader=True, relations=[relation], secrets=[user_secret])
    for configured in filter(None, (before, config)):
        state = PROVIDER.run(PROVIDER.on.config_changed(), juju.change(state, config=configured))
        assert isinstance(state.unit_status, testing.ActiveStatus)
    [learnt] = consumed(state, relation)
    password = expected(config, secret)["password"]
    assert (learnt.pop("password_id") is not None) == (endpoint == "smtp" and password is not None)
    assert ("password" in juju.databag(state, relation)) == (endpoint == "smtp-legacy" and password is not None)
    assert learnt == expected(config, secret)


any_configs: st.SearchStrategy[Config] = st.fixed_dictionaries(
    {},
    optional={
        # Twice the good ones, so that one bad option does not spoil nearly every configuration.
        "host": st.sampled_from(["smtp.example.com", "192.0.2.1", "smtp.example.com", "?"]),
        "port": st.sampled_from([587, 465, 25, 0]),
        "user": st.sampled_from(["alice", "bob"]),
        "password": st.sampled_from(["one", "two"]),
        "password_secret": st.just(USER_SECRET),
        "auth_type": st.sampled_from(["none", "plain", "plain", "?"]),
        "recipients": st.sampled_from(["a@example.com", "b@example.com"]),
    },
)
steps = st.one_of(
    st.tuples(st.just("configure"), any_configs),
    st.tuples(st.just("integrate"), st.sampled_from(ENDPOINTS)),
    st.tuples(st.just("separate"), st.integers(0, 5)),
    st.tuples(st.just("user secret"), st.none() | st.sampled_from(["three", "four"])),
    st.tuples(st.just("tick"), st.none()),
)
# The order in which the two units run a hook; or the leader changes before the old one has run it.
deliveries = st.sampled_from(["leader first", "leader last", "leader changes"])
Published = dict[int, dict[str, str]]


class Application:
    """Two units of the charm in a model that goes through a history."""

    def __init__(self):
        self.ctx = PROVIDER
        self.state = testing.State(leader=True, relations=[testing.PeerRelation("smtp-peers")])

    @property
    def consumers(self) -> list[testing.Relation]:
        """Its relations to consumers."""
        return [relation for relation in self.state.relations if isinstance(relation, testing.Relation)]

    def deliver(self, event: Any, delivery: str) -> None:
        """Run an event on both units."""
        if delivery == "leader changes":
            self._run(event, leader=False)
            self._run(self.ctx.on.leader_elected(), leader=True)
            return
        for leader in (True, False) if delivery == "leader first" else (False, True):
            self._run(event, leader=leader)

    def _run(self, event: Any, *, leader: bool) -> None:
        # An event carries the object of the state that it is about: take it from the present one.
        if event.relation is not None:
            event = dataclasses.replace(event, relation=self.state.get_relation(event.relation.id))
        if event.secret is not None:
            event = dataclasses.replace(event, secret=self.state.get_secret(id=event.secret.id))
        self.state = self.ctx.run(event, juju.change(self.state, leader=leader))

    def take(self, step: tuple[str, Any], delivery: str) -> None:
        """Go one step of the history."""
        on, (kind, value) = self.ctx.on, step
        if kind == "configure":
            self.state = juju.change(self.state, config=value)
            self.deliver(on.config_changed(), delivery)
        elif kind == "integrate":
            relation = testing.Relation(value)
            self.state = juju.change(self.state, relations=[*self.state.relations, relation])
            self.deliver(on.relation_created(relation), delivery)
        elif kind == "separate" and self.consumers:
            index: int = value % len(self.consumers)
            relation = self.consumers[index]
            self.deliver(on.relation_broken(relation), delivery)
            # With the relation Juju ends the access that it gave.
            for secret in juju.own_secrets(self.state):
                assert delivery == "leader changes" or relation.id not in secret.remote_grants
            secrets = [_without_grant(secret, relation.id) for secret in self.state.secrets]
            self.state = juju.change(self.state, relation, secrets=secrets)
        elif kind == "user secret":
            others = juju.own_secrets(self.state)
            if value is None:  # revoked or removed: neither fires a hook
                self.state = juju.change(self.state, secrets=others)
                return
            secret = testing.Secret({"password": "past"}, latest_content={"password": value}, id=USER_SECRET)
            self.state = juju.change(self.state, secrets=[secret, *others])
            self.deliver(on.secret_changed(secret), delivery)
        else:
            self.deliver(on.update_status(), delivery)

    def afresh(self) -> "Application":
        """Give an application that knows nothing but the present options, relations and user secrets."""
        fresh = Application()
        relations = [dataclasses.replace(relation, local_app_data={}) for relation in self.consumers]
        secrets = [secret for secret in self.state.secrets if secret.owner is None]
        fresh.state = juju.change(
            fresh.state,
            config=self.state.config,
            relations=[*fresh.state.relations, *relations],
            secrets=secrets,
        )
        fresh.deliver(fresh.ctx.on.config_changed(), "leader first")
        return fresh

    @property
    def blocked(self) -> bool:
        """Whether its configuration is invalid."""
        return isinstance(self.state.unit_status, testing.BlockedStatus)

    def published(self) -> Published:
        """Give the databags, with the content and the grant in place of the secret's id."""
        databags = {relation.id: dict(relation.local_app_data) for relation in self.consumers}
        for relation_id, databag in databags.items():
            if "password_id" in databag:
                secret = self.state.get_secret(id=databag["password_id"])
                granted = relation_id in secret.remote_grants
                databag["password_id"] = f"{secret.latest_content['password']} granted: {granted}"
        return databags


def _without_grant(secret: testing.Secret, relation_id: int) -> testing.Secret:
    grants = {key: value for key, value in secret.remote_grants.items() if key != relation_id}
    return dataclasses.replace(secret, remote_grants=grants)


@settings(max_examples=40)
@given(history=st.lists(st.tuples(steps, deliveries), max_size=8))
def test_whatever_the_history_consumers_see_what_the_present_alone_says(
    history: list[tuple[tuple[str, Any], str]],
):
    application = Application()
    last: Published = {}
    for step, delivery in history:
        application.take(step, delivery)
        application.deliver(application.ctx.on.update_status(), "leader first")
        assert len(juju.own_secrets(application.state)) <= 1
        fresh = application.afresh()
        if application.blocked:
            # What was published stays as it was; who came since has nothing yet.
            assert application.published() == {r.id: last.get(r.id, {}) for r in application.consumers}
            assert fresh.published() == {relation.id: {} for relation in application.consumers}
        else:
            assert application.published() == fresh.published()
            assert len(juju.own_secrets(application.state)) == len(juju.own_secrets(fresh.state))
        last = application.published()


@settings(max_examples=25)
@given(history=st.lists(st.tuples(steps, deliveries), max_size=6))
def test_every_unit_reports_the_same_status_as_the_leader(history: list[tuple[tuple[str, Any], str]]):
    application = Application()
    for step, delivery in history:
        application.take(step, delivery)
        statuses: list[testing.State] = []
        for leader in (True, False):
            state = juju.change(application.state, leader=leader)
            statuses.append(application.ctx.run(application.ctx.on.update_status(), state))
        assert statuses[0].unit_status == statuses[1].unit_status
