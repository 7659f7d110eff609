"""The charm in a real Juju, with the example consumer on the other side."""

import json

import jubilant
import pytest

APP = "smtp-integrator"


@pytest.fixture(scope="session", autouse=True)
def deployed(model: jubilant.Juju, charm: str) -> None:
    """Deploy the charm once; it waits to be told the relay."""
    model.deploy(charm, APP)
    model.wait(lambda status: jubilant.all_blocked(status, APP))


def databag(model: jubilant.Juju) -> dict[str, str]:
    """Give what the application says to its consumer: Juju shows it with the unit on whose side it was written."""
    shown = json.loads(model.cli("show-unit", f"{APP}/0", "--format=json"))
    [said] = [info for info in shown[f"{APP}/0"]["relation-info"] if info["endpoint"] == "smtp"]
    return said["application-data"]


def test_a_user_secret_is_asked_for_with_the_command_that_grants_it(model: jubilant.Juju):
    secret = model.add_secret("relay-password", {"password": "one"})
    model.config(APP, {"host": "smtp.example.com", "transport_security": "tls", "auth_type": "plain"})
    model.config(APP, {"user": "alice", "password_secret": str(secret)})
    status = model.wait(lambda status: "juju grant-secret" in status.apps[APP].app_status.message)
    assert status.apps[APP].is_blocked
    model.grant_secret("relay-password", APP)
    # Granting fires no hook; any other event will do.
    model.config(APP, {"domain": "example.com"})
    model.wait(lambda status: jubilant.all_active(status, APP))


def test_a_consumer_gets_the_password_and_its_successor(model: jubilant.Juju, mailer: str):
    model.deploy(mailer, "mailer")
    model.integrate(f"{APP}:smtp", "mailer:smtp")
    model.wait(lambda status: jubilant.all_active(status, APP, "mailer"))
    before = databag(model)
    assert before["host"] == "smtp.example.com"
    assert "password" not in before
    model.update_secret("relay-password", {"password": "two"})
    model.wait(jubilant.all_agents_idle)
    assert databag(model) == before


def test_check_connection_names_the_step_that_fails(model: jubilant.Juju):
    model.config(APP, {"host": "relay.invalid"})
    model.wait(jubilant.all_agents_idle)
    with pytest.raises(jubilant.TaskError, match="dns"):
        model.run(f"{APP}/0", "check-connection")
