"""The commands of the documents do what their pages say, with a real relay."""

from collections.abc import Callable, Generator

import pytest
from ops import testing

import juju
from commands import Model, RefusedError, commands
from relay import LOOPBACK, Authority, Relay, relay

PAGES = [juju.ROOT / "README.md", *sorted((juju.ROOT / "docs").glob("*.md"))]
PASSWORD, NEXT = "p ä:s%s'wörd", "the next one"
PENPOT, LEGACY = "smtp-integrator:smtp penpot:smtp", "smtp-integrator:smtp-legacy penpot:smtp"


Placed = Callable[[list[str]], list[str]]


@pytest.fixture
def taken(authority: Authority) -> Generator[Relay]:
    with relay("starttls", context=authority.server(), user="alice", password=PASSWORD) as seen:
        yield seen


@pytest.fixture
def place(taken: Relay) -> Placed:
    """Put in what stands for something in the documents."""
    values = {
        "<password>": PASSWORD,
        "<new>": NEXT,
        "secret:<id>": juju.SECRET_ID,
        "<application>": "penpot:smtp",
        "smtp.example.com": LOOPBACK,
        "port=587": f"port={taken.port}",
        "_*_amd64.charm": ".charm",
    }

    def fill(line: list[str]) -> list[str]:
        for placeholder, value in values.items():
            line = [word.replace(placeholder, value) for word in line]
        return line

    return fill


def play(page: str, model: Model, place: Placed, lines: slice = slice(None)) -> None:
    for line in commands(juju.ROOT / page)[lines]:
        model.run(*place(line))


def configured(taken: Relay, *consumers: str, **password: str) -> Model:
    model = Model()
    settings = {"host": LOOPBACK, "port": taken.port, "transport_security": "starttls"}
    settings |= {"auth_type": "plain", "user": "alice", "smtp_sender": "me@example.com"} | password
    model.run("juju", "config", "smtp-integrator", *(f"{name}={value}" for name, value in settings.items()))
    for consumer in consumers:
        model.run("juju", "integrate", *consumer.split())
    return model


def published(model: Model, consumer: str = PENPOT) -> dict[str, str]:
    return dict(juju.databag(model.state, model.consumers[consumer]))


def password(model: Model) -> list[str]:
    return [secret.latest_content["password"] for secret in juju.own_secrets(model.state) if secret.latest_content]


def test_the_readme_leads_to_a_consumer_that_has_a_relay(taken: Relay, place: Placed):
    model = Model()
    play("README.md", model, place)
    assert model.results["auth"] == "signed in with PLAIN"
    assert model.state.unit_status == testing.ActiveStatus()
    assert published(model)["port"] == str(taken.port)
    assert password(model) == [PASSWORD]


def test_the_options_and_the_actions_work_as_written(taken: Relay, place: Placed):
    model = configured(taken, PENPOT)
    play("docs/options.md", model, place)
    play("docs/actions.md", model, place)
    assert model.results["send-test"] == "accepted for you@example.com"
    assert password(model) == [PASSWORD]


def test_a_password_is_rotated_as_written(taken: Relay, place: Placed):
    lines = commands(juju.ROOT / "docs" / "rotate-a-password.md")
    assert len(lines) == 9
    model = configured(taken, PENPOT, password=PASSWORD)
    before = published(model)
    for line in (lines[1], lines[0]):  # by the option; by a user secret that is not used yet
        model.run(*place(line))
    assert (password(model), published(model)) == ([NEXT], before)
    for line in lines[3:7]:
        model.run(*place(line))
    assert (password(model), published(model)) == ([PASSWORD], before)
    model.run(*place(lines[2]))
    assert model.results["auth"] == "signed in with PLAIN"
    model.run(*place(lines[0]))
    assert (password(model), published(model)) == ([NEXT], before)
    for line in lines[7:]:
        model.run(*place(line))
    assert password(model) == []
    assert "password_id" not in published(model)


def test_a_consumer_moves_from_legacy_as_written(taken: Relay, place: Placed):
    model = configured(taken, LEGACY, password=PASSWORD)
    assert published(model, LEGACY)["password"] == PASSWORD
    play("docs/move-from-smtp-legacy.md", model, place)
    assert list(model.consumers) == [PENPOT]
    assert "password_id" in published(model)
    assert "password" not in published(model)


def test_the_published_charm_is_left_as_written(taken: Relay, place: Placed):
    model, beside = configured(taken, PENPOT, password=PASSWORD), Model("relay")
    before = published(model)
    for line in commands(juju.ROOT / "docs" / "move-from-the-published-charm.md"):
        (beside if "relay" in " ".join(line) else model).run(*place(line))
        if line[1] == "refresh":
            assert published(model) == before
    assert model.consumers == {}
    assert published(beside, "relay:smtp penpot:smtp")["host"] == LOOPBACK


def test_no_page_has_commands_that_no_test_runs():
    ran = {"README.md", "options.md", "actions.md", "rotate-a-password.md"}
    ran |= {"move-from-smtp-legacy.md", "move-from-the-published-charm.md"}
    assert {page.name for page in PAGES if commands(page)} == ran


@pytest.mark.parametrize(
    "line",
    [
        "juju wait-for application penpot",
        "juju status --watch 1s",
        "juju status --relations smtp-integrator",
        "juju deploy smtp-integrator smtp-integrator",
        "juju config smtp-integrator hots=smtp.example.com",
        "juju config smtp-integrator port=smtp",
        "juju run smtp-integrator/0 check-connection to=you@example.com",
        "juju run smtp-integrator/0 check-connection send-test-to={}",
        "juju show-unit penpot/0",
    ],
)
def test_what_juju_refuses_is_refused(line: str):
    with pytest.raises(RefusedError):
        Model().run(*line.split())
