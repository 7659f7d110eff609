"""What a charm that vendors the published patch 21 relies on, kept by ours in its place."""

import inspect
from typing import Any, cast

import pytest
from ops import testing

import juju
from charms.smtp_integrator.v0 import smtp

SETTINGS = ["host", "port", "user", "password", "password_id", "auth_type", "transport_security"]
SETTINGS.extend(("domain", "skip_ssl_verify", "smtp_sender", "recipients"))


def test_the_identity_is_kept_and_the_patch_is_newer():
    assert smtp.LIBID == "09583c2f9c1d4c0f9a40244cfc20b0c2"
    assert smtp.LIBAPI == 0
    assert smtp.LIBPATCH > 21


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("SmtpRequires", "charm relation_name='smtp'"),
        ("SmtpRequires.get_relation_data", "self"),
        ("SmtpRequires.get_relation_data_from_relation", "self relation"),
        ("SmtpProvides", "charm relation_name='smtp'"),
        ("SmtpProvides.update_relation_data", "self relation data"),
        ("SmtpRelationData.to_relation_data", "self"),
        ("parse_recipients", "raw"),
        ("recipients_validator", ""),
    ],
)
def test_every_signature_is_kept(name: str, parameters: str):
    found: Any = smtp
    for part in name.split("."):
        found = getattr(found, part)
    kept = inspect.signature(found).parameters.values()
    assert " ".join(str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in kept) == parameters


def test_every_name_is_kept():
    assert (smtp.DEFAULT_RELATION_NAME, smtp.LEGACY_RELATION_NAME) == ("smtp", "smtp-legacy")
    assert [kind.value for kind in smtp.AuthType] == ["none", "not_provided", "plain"]
    assert [kind.value for kind in smtp.TransportSecurity] == ["none", "starttls", "tls"]
    assert smtp.AuthType.NONE == "none"  # opensearch compares with the plain word
    assert issubclass(smtp.SecretError, smtp.SmtpError)
    assert isinstance(smtp.SmtpRequires.on, smtp.SmtpRequiresEvents)
    assert smtp.SmtpRequiresEvents.smtp_data_available.event_type is smtp.SmtpDataAvailableEvent
    assert set(SETTINGS) <= set(dir(smtp.SmtpDataAvailableEvent))
    assert list(inspect.signature(smtp.SmtpRelationData).parameters) == SETTINGS


def test_both_sides_tell_their_charm_and_their_endpoint():
    ctx = juju.listener()
    with ctx(ctx.on.start(), testing.State()) as manager:
        provides = smtp.SmtpProvides(manager.charm, "smtp-too")
        assert (provides.charm, provides.relation_name) == (manager.charm, "smtp-too")
        requires = manager.charm.legacy
        assert (requires.charm, requires.relation_name) == (manager.charm, "smtp-legacy")


def test_each_relation_is_told_by_itself():
    databags: list[dict[str, str]] = [
        {"host": host, "port": "25", "auth_type": "none", "transport_security": "none"} for host in ("a", "b")
    ]
    relations = [testing.Relation("smtp", remote_app_data=databag) for databag in [*databags, {}]]
    ctx = juju.listener()
    with ctx(ctx.on.start(), testing.State(relations=relations)) as manager:
        told = manager.charm.smtp.get_relation_data_from_relation
        listed = sorted(manager.charm.model.relations["smtp"], key=lambda relation: relation.id)
        found = [told(relation) for relation in listed]
    assert [data and data.host for data in found] == ["a", "b", None]


def test_texts_become_what_they_mean():
    made: Any = smtp.SmtpRelationData
    data = made(
        host="h",
        port="25",
        auth_type="plain",
        transport_security="tls",
        skip_ssl_verify="True",
        recipients="a@example.com, b@example.com",
        password="MARKER",
    )
    assert (data.port, data.skip_ssl_verify) == (25, True)
    assert (data.auth_type, data.transport_security) == (smtp.AuthType.PLAIN, smtp.TransportSecurity.TLS)
    assert f"{data.auth_type} {data.transport_security}" == "plain tls"
    assert data.recipients == ["a@example.com", "b@example.com"]
    assert "MARKER" not in repr(data)


@pytest.mark.parametrize(
    "settings",
    [{"transport_security": "ssl"}, {"auth_type": "x"}, {"port": "x"}, {"port": "9" * 5000}, {"recipients": 1}],
)
def test_settings_that_mean_nothing_are_refused_with_a_value_error(settings: dict[str, Any]):
    with pytest.raises(ValueError, match=r"ssl|'x'|integer string|recipients|9999"):
        cast("Any", smtp.SmtpRelationData)(**{"host": "h", "port": 1} | settings)


def test_no_password_is_written_beside_the_id_of_its_secret():
    both = smtp.SmtpRelationData(host="h", port=25, password="MARKER", password_id="secret:x")
    assert both.to_relation_data() == {
        "host": "h",
        "port": "25",
        "auth_type": "none",
        "transport_security": "none",
        "skip_ssl_verify": "False",
        "password_id": "secret:x",
    }
    assert smtp.SmtpRelationData(host="h", port=25, password="x").to_relation_data()["password"] == "x"


PARSED: list[tuple[Any, list[str]]] = [
    (None, []),
    ("", []),
    ("a@example.com", ["a@example.com"]),
    (" a@example.com ,, b@example.com,", ["a@example.com", "b@example.com"]),
    ("a@example.com\r\nb@example.com\n", ["a@example.com", "b@example.com"]),
    (' ["a@example.com", "b@example.com"]\n', ["a@example.com", "b@example.com"]),
    (["a@example.com ", ""], ["a@example.com"]),
]
UNPARSABLE: list[Any] = [1, {"a": 1}, [1], "[1]", "[", "[" * 100_000, "[" + "9" * 5000 + "]"]


@pytest.mark.parametrize(("raw", "addresses"), PARSED)
def test_recipients_may_come_as_one_text(raw: Any, addresses: list[str]):
    assert smtp.parse_recipients(raw) == addresses


@pytest.mark.parametrize("raw", UNPARSABLE)
def test_recipients_that_are_none_are_refused_with_a_value_error(raw: Any):
    with pytest.raises(ValueError, match=r"recipients|Expecting|Exceeds"):
        smtp.parse_recipients(raw)


@pytest.mark.parametrize(("raw", "addresses"), PARSED)
def test_a_model_of_pydantic_takes_the_same(raw: Any, addresses: list[str]):
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: charms with models bring it")
    namespace = {"__annotations__": {"recipients": list[str]}, "_recipients": smtp.recipients_validator()}
    model = cast("type[Any]", type("Model", (pydantic.BaseModel,), {**namespace, "__module__": __name__}))
    assert model(recipients=raw).recipients == addresses
    with pytest.raises(ValueError, match="recipients"):
        model(recipients=[1])
