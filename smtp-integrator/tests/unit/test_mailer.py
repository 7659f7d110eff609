"""The example consumer, as its operator sees it."""

import pytest
from ops import testing

import juju

CONFIG = {"host": "smtp.example.com", "user": "alice", "password": "one", "auth_type": "plain"}


def test_it_asks_for_a_relay_where_it_has_none():
    mailer = juju.mailer(app_name="letters")
    state = mailer.run(mailer.on.start(), testing.State())
    assert state.unit_status == testing.BlockedStatus("juju integrate letters:smtp smtp-integrator:smtp")


def test_it_waits_where_the_relay_is_not_configured_yet(mailer: juju.MailerContext):
    relation = testing.Relation("smtp")
    state = mailer.run(mailer.on.relation_created(relation), testing.State(relations=[relation]))
    assert state.unit_status == testing.WaitingStatus("waiting for the relay's data")


@pytest.mark.parametrize("endpoint", ["smtp", "smtp-legacy"])
def test_it_learns_the_relay_and_forgets_it_with_the_relation(
    ctx: juju.ProviderContext, mailer: juju.MailerContext, endpoint: str
):
    relation = testing.Relation(endpoint)
    state = ctx.run(ctx.on.config_changed(), testing.State(leader=True, config=CONFIG, relations=[relation]))
    seen = juju.hand_over(state, relation)
    relation = seen.get_relation(relation.id)
    seen = mailer.run(mailer.on.relation_changed(relation, remote_unit=0), seen)
    assert seen.unit_status == testing.ActiveStatus("sends mail through smtp.example.com")
    seen = mailer.run(mailer.on.relation_broken(relation), seen)
    assert isinstance(seen.unit_status, testing.BlockedStatus)


def test_it_sends_nothing_without_a_relay_or_an_addressee_nor_what_breaks_out_of_its_line(mailer: juju.MailerContext):
    with pytest.raises(testing.ActionFailed, match="no relay to send through"):
        mailer.run(mailer.on.action("send", params={"to": "you@example.com"}), testing.State())
    databag = {"host": "smtp.example.com", "port": "25", "auth_type": "none", "transport_security": "none"}
    state = testing.State(relations=[testing.Relation("smtp", remote_app_data=databag)])
    with pytest.raises(testing.ActionFailed, match="nobody to send to"):
        mailer.run(mailer.on.action("send"), state)
    for params in ({"to": "a@example.com\nBcc: b@example.com"}, {"to": "a@example.com", "subject": "one\ntwo"}):
        with pytest.raises(testing.ActionFailed, match=r"not sent through smtp\.example\.com: Header values"):
            mailer.run(mailer.on.action("send", params=params), state)
