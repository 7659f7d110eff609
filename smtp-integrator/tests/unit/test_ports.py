"""A port that looks like another setting is told."""

import pytest
from ops import testing

import juju
from charms.smtp_integrator.v0.smtp import TransportSecurity
from ports import looks_like


@pytest.mark.parametrize(
    ("port", "security", "other"),
    [
        (465, "none", "tls"),
        (465, "starttls", "tls"),
        (587, "tls", "starttls"),
        (587, "none", "starttls"),
        (25, "tls", "starttls or none"),
        (2525, "tls", "starttls or none"),
    ],
)
def test_a_port_that_looks_like_another_setting_is_named(port: int, security: str, other: str):
    assert looks_like(port, TransportSecurity(security)) == other


@pytest.mark.parametrize(
    ("port", "security"),
    [(465, "tls"), (587, "starttls"), (25, "none"), (25, "starttls"), (2500, "tls"), (10025, "none")],
)
def test_a_port_that_fits_or_is_nobodys_says_nothing(port: int, security: str):
    assert looks_like(port, TransportSecurity(security)) == ""


@pytest.mark.parametrize(
    ("port", "security", "message"),
    [
        (465, "none", "transport_security: port 465 looks like tls"),
        (465, "starttls", "transport_security: port 465 looks like tls"),
        (587, "tls", "transport_security: port 587 looks like starttls"),
        (465, "tls", ""),
        (587, "starttls", ""),
        (587, "none", ""),  # it works, with relays of one's own
        (2465, "none", ""),
    ],
)
def test_a_setting_that_cannot_work_on_its_port_is_told_in_the_status_and_published(
    ctx: juju.ProviderContext, port: int, security: str, message: str
):
    relation = testing.Relation("smtp")
    config: dict[str, str | int] = {"host": "smtp.example.com", "port": port, "transport_security": security}
    state = testing.State(leader=True, config=config, relations=[relation])
    state = ctx.run(ctx.on.config_changed(), state)
    assert state.unit_status == testing.ActiveStatus(message)
    assert juju.databag(state, relation)["transport_security"] == security


def test_with_much_to_say_all_of_it_still_fits(ctx: juju.ProviderContext):
    config: dict[str, str | int | bool] = {"host": "h", "port": 465, "auth_type": "plain", "user": "a", "password": "b"}
    state = ctx.run(ctx.on.config_changed(), testing.State(config=config | {"skip_ssl_verify": True}))
    assert state.unit_status.message == (
        "transport_security, skip_ssl_verify: insecure; transport_security: port 465 looks like tls"
    )
