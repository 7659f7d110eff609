"""The charm in a real Juju, with the example consumer on the other side, and a relay that takes the mail."""

import json

import jubilant
import pytest
import tenacity

from relay import relay

APP, MAILER = "smtp-integrator", "mailer"


@pytest.fixture(scope="session", autouse=True)
def deployed(model: jubilant.Juju, previous_charm: str) -> None:
    """Deploy the charm once; it waits to be told the relay."""
    model.deploy(previous_charm, APP)
    model.wait(lambda status: jubilant.all_blocked(status, APP))


@pytest.fixture(scope="session")
def integrated(model: jubilant.Juju, mailer: str) -> None:
    """Deploy the example consumer once, and integrate it."""
    model.deploy(mailer, MAILER)
    model.integrate(f"{APP}:smtp", f"{MAILER}:smtp")
    settle(model)


def settle(model: jubilant.Juju) -> None:
    """Wait until both are active and idle."""
    model.wait(
        lambda status: jubilant.all_active(status, APP, MAILER) and jubilant.all_agents_idle(status, APP, MAILER),
        error=jubilant.any_error,
    )


def blocked(model: jubilant.Juju, words: str) -> None:
    """Wait until the charm is blocked and says these words."""
    model.wait(
        lambda status: status.apps[APP].is_blocked and words in status.apps[APP].app_status.message,
        error=jubilant.any_error,
    )


def databag(model: jubilant.Juju) -> dict[str, str]:
    """Give what the application says to its consumer: Juju shows it with the unit on whose side it was written."""
    shown = json.loads(model.cli("show-unit", f"{APP}/0", "--format=json"))
    [said] = [info for info in shown[f"{APP}/0"]["relation-info"] if info["endpoint"] == "smtp"]
    return said["application-data"]


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(jubilant.TaskError),
    stop=tenacity.stop_after_delay(120),
    wait=tenacity.wait_fixed(2),
)
def send(model: jubilant.Juju, subject: str) -> None:
    """Have the consumer send a message, once it has been told all that this takes."""
    model.run(f"{MAILER}/0", "send", {"subject": subject})


def test_a_user_secret_is_asked_for_with_the_command_that_grants_it(model: jubilant.Juju):
    secret = model.add_secret("relay-password", {"password": "one"})
    model.config(APP, {"host": "smtp.example.com", "transport_security": "tls", "auth_type": "plain"})
    model.config(APP, {"user": "alice", "password_secret": str(secret)})
    blocked(model, "juju grant-secret")
    model.grant_secret("relay-password", APP)
    # Granting fires no hook; any other event will do.
    model.config(APP, {"domain": "example.com", "recipients": "bob@example.com"})
    model.wait(lambda status: jubilant.all_active(status, APP))


def test_a_consumer_is_told_everything_but_the_password(model: jubilant.Juju, integrated: None):
    del integrated
    said = databag(model)
    assert said["host"] == "smtp.example.com"
    assert "password" not in said


def test_a_message_arrives_and_so_does_the_password_that_follows(
    model: jubilant.Juju, integrated: None, relay_address: str
):
    del integrated
    with relay(user="alice", password="one", where=(relay_address, 0)) as taken:
        model.config(APP, {"host": relay_address, "port": taken.port, "transport_security": "none"})
        settle(model)
        assert "auth" in model.run(f"{APP}/0", "check-connection").results
        send(model, "with the first")
    before = databag(model)
    model.update_secret("relay-password", {"password": "two"})
    with relay(user="alice", password="two", where=(relay_address, taken.port)) as taken_later:
        send(model, "with the second")
    assert databag(model) == before
    assert [message["Subject"] for message in taken.messages] == ["with the first"]
    assert [message["Subject"] for message in taken_later.messages] == ["with the second"]
    assert taken_later.envelopes == [("mailer@example.com", ["bob@example.com"])]


def test_a_refresh_tells_consumers_the_same(model: jubilant.Juju, integrated: None, charm: str):
    del integrated
    before = databag(model)
    model.refresh(APP, path=charm)
    settle(model)
    assert databag(model) == before


def test_a_second_unit_says_the_same(model: jubilant.Juju, integrated: None):
    del integrated
    before = databag(model)
    model.add_unit(APP)
    model.wait(lambda status: len(status.apps[APP].units) == 2 and jubilant.all_active(status, APP))
    assert databag(model) == before
    model.remove_unit(APP, num_units=1)
    model.wait(lambda status: len(status.apps[APP].units) == 1)


def test_check_connection_names_the_step_that_fails(model: jubilant.Juju):
    model.config(APP, {"host": "relay.invalid"})
    model.wait(lambda status: jubilant.all_agents_idle(status, APP))
    with pytest.raises(jubilant.TaskError, match="dns"):
        model.run(f"{APP}/0", "check-connection")


def test_a_secret_that_is_unset_by_an_empty_text_is_missed_by_name(model: jubilant.Juju):
    model.config(APP, {"password_secret": ""})
    blocked(model, "password: not set")


def test_a_consumer_that_is_removed_is_forgotten(model: jubilant.Juju, integrated: None):
    del integrated
    model.remove_application(MAILER)
    model.wait(lambda status: MAILER not in status.apps and "smtp" not in status.apps[APP].relations)
