"""Hand the settings of an SMTP relay from one charm to another: both sides of the interface `smtp`.

# For charms that send mail

Declare the endpoint in `charmcraft.yaml` and fetch this library (`charmcraft fetch-libs`); it needs ops::

    requires:
      smtp:
        interface: smtp
        limit: 1
        optional: true

Then create `SmtpRequires` in the charm's constructor, let its two events lead to your reconcile method, and
ask for the data there::

    from charms.smtp_integrator.v0.smtp import SmtpRequires

    class MyCharm(ops.CharmBase):
        def __init__(self, framework: ops.Framework):
            super().__init__(framework)
            self.smtp = SmtpRequires(self)
            framework.observe(self.smtp.on.smtp_data_available, self._reconcile)
            framework.observe(self.smtp.on.smtp_data_removed, self._reconcile)

        def _reconcile(self, _: ops.EventBase):
            smtp = self.smtp.get_relation_data()
            if smtp is None:
                ...  # no mail for now
            else:
                ...  # smtp.host, smtp.port, smtp.user, smtp.password, ...

* `smtp_data_available` is emitted when usable data has come or changed, and again when the password's secret
  has a new revision. The event has a property for each setting; the password is read from its secret.
* `smtp_data_removed` is emitted when the relation goes, and when its data is not (or no longer) usable.
* `get_relation_data()` gives the data at any time, in any hook, or None.

Nothing that the other side publishes makes a hook fail. Data without a host or a port, or with a word that
this library does not know, counts as no data. A secret that can't be read *yet* (grants may lag behind the
data) is tried again in every later hook until it can be read. An endpoint named otherwise is passed by name:
`SmtpRequires(self, "smtp-legacy")`. With several relations on one endpoint,
`get_relation_data_from_relation(relation)` tells them apart.

Databag and secret are read once for all that a handler asks its event and, meanwhile, `get_relation_data()`.
Events hold no settings in the framework's storage: a handler that defers one finds the settings of the later
time, and empty ones if the relation is gone by then.

# For charms that know a relay

`SmtpProvides(self)` writes, on the leader::

    provides = SmtpProvides(self, "smtp")
    data = SmtpRelationData(host="smtp.example.com", port=25, password_id=secret_id)
    for relation in self.model.relations["smtp"]:
        provides.update_relation_data(relation, data)

Grant the secret to the relation first; its content is `{"password": ...}`. A user's secret can't be granted
on: copy the password into one that the application owns.
"""

import contextvars
import dataclasses
import enum
import functools
import json
import logging
import re
from collections.abc import Mapping
from typing import Any, cast

import ops

# The unique Charmhub library identifier, never change it
LIBID = "09583c2f9c1d4c0f9a40244cfc20b0c2"

# Increment this major API version when introducing breaking changes
LIBAPI = 0

# Increment this PATCH version before using `charmcraft publish-lib` or reset
# to 0 if you are raising the major API version
LIBPATCH = 23

DEFAULT_RELATION_NAME = "smtp"
LEGACY_RELATION_NAME = "smtp-legacy"

logger = logging.getLogger(__name__)

# What may stand in a databag: whatever else does is neither handed on nor given to Juju's tools.
_HOST = re.compile(r"[^\s\x00-\x1f\x7f]{1,253}")
_PORT, _MAX_PORT = re.compile(r"[0-9]{1,5}"), 65535
_SECRET_ID = re.compile(r"[A-Za-z0-9:/_-]{0,128}")
_ADDRESS = re.compile(r'[^\s\x00-\x1f\x7f"<>(),:;@]+@[^\s\x00-\x1f\x7f"<>(),:;@]+')


class SmtpError(Exception):
    """The base of this library's errors."""


class SecretError(SmtpError):
    """The secret with the password can't be read, or holds no password."""


class AuthType(str, enum.Enum):
    """How to sign in to the relay."""

    NONE = "none"
    NOT_PROVIDED = "not_provided"  # the relay's way is not told: the consumer decides
    PLAIN = "plain"

    def __str__(self) -> str:
        return str(self.value)


class TransportSecurity(str, enum.Enum):
    """How the connection to the relay is secured."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"

    def __str__(self) -> str:
        return str(self.value)


def parse_recipients(raw: Any) -> list[str]:
    """Read addresses from a list of texts, or from one text.

    Args:
        raw: a list or tuple; or a text with a JSON list in it, or with addresses separated by commas or line
            breaks; or None.

    Returns:
        The addresses without the white space around them, the empty ones left out. They are not validated.

    Raises:
        ValueError: if `raw` is anything else.
    """
    items: Any = raw or []
    if isinstance(raw, str):
        try:
            items = json.loads(raw) if raw.lstrip().startswith("[") else re.split(r"[,\r\n]", raw)
        except RecursionError as error:
            raise ValueError("recipients are nested too deep") from error
    if not isinstance(items, (list, tuple)):
        raise ValueError("recipients are neither a list nor a text")
    texts = cast("list[Any]", items)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("recipients are not all texts")
    return [text.strip() for text in texts if text.strip()]


def recipients_validator() -> Any:
    """Give a validator for the field `recipients` of a pydantic model, which takes what `parse_recipients` takes.

    It goes into the model's class: `_recipients = recipients_validator()`. Of the published library's function only the
    name is known to be the same; that it is used in this way is an assumption.

    Raises:
        ImportError: in a charm without pydantic, which this library does not need itself.
    """
    import pydantic  # noqa: PLC0415  # who calls this has a model, and so has pydantic

    return pydantic.field_validator("recipients", mode="before")(parse_recipients)


@dataclasses.dataclass(frozen=True)
class SmtpRelationData:
    """The settings of one SMTP relay.

    Raises:
        ValueError: if `auth_type` or `transport_security` is an unknown word, `port` no number, or `recipients`
            nothing that `parse_recipients` takes.

    Attributes:
        host: DNS name or IP address.
        port: TCP port.
        user: user name for signing in.
        password: password for signing in; never shown by `repr`.
        password_id: id of the Juju secret that holds the password under the key `password`.
        auth_type: how to sign in.
        transport_security: how the connection is secured.
        domain: domain that mail is sent from.
        skip_ssl_verify: whether the relay's certificate goes unverified.
        smtp_sender: address that mail comes from.
        recipients: addresses that mail goes to by default.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    password_id: str | None = None
    auth_type: AuthType = AuthType.NONE
    transport_security: TransportSecurity = TransportSecurity.NONE
    domain: str | None = None
    skip_ssl_verify: bool = False
    smtp_sender: str | None = None
    recipients: list[str] = dataclasses.field(default_factory=list[str])

    def __post_init__(self):
        # Plain words and texts are welcome too: they are what stands in a charm's configuration.
        for name, value in (
            ("port", int(self.port)),
            ("auth_type", AuthType(self.auth_type)),
            ("transport_security", TransportSecurity(self.transport_security)),
            ("skip_ssl_verify", str(self.skip_ssl_verify).lower() in ("true", "1")),
            ("recipients", parse_recipients(self.recipients)),
        ):
            object.__setattr__(self, name, value)

    def to_relation_data(self) -> dict[str, str]:
        """Write the settings the way they go over the wire.

        What is not set is left out, and so is the password where a secret holds it.
        """
        optional = {
            "user": self.user,
            "password": None if self.password_id else self.password,
            "password_id": self.password_id,
            "domain": self.domain,
            "smtp_sender": self.smtp_sender,
            "recipients": json.dumps(self.recipients) if self.recipients else None,
        }
        return {
            "host": self.host,
            "port": str(self.port),
            "auth_type": self.auth_type.value,
            "transport_security": self.transport_security.value,
            "skip_ssl_verify": str(self.skip_ssl_verify),
            **{key: value for key, value in optional.items() if value},
        }

    @classmethod
    def from_relation_data(cls, databag: Mapping[str, str]) -> "SmtpRelationData | None":
        """Read the settings from the wire, or None where they can't be used.

        A word that this library does not know makes them unusable: to guess a weaker security would be
        worse. What is merely additional (`recipients`, `skip_ssl_verify`, a text with control characters in it)
        falls back to its default.
        """
        host, port, password_id = (databag.get(key, "") for key in ("host", "port", "password_id"))
        if not _HOST.fullmatch(host) or not _PORT.fullmatch(port) or not 0 < int(port) <= _MAX_PORT:
            return None
        if not _SECRET_ID.fullmatch(password_id):
            return None
        user, domain, sender = (_one_line(databag.get(key)) for key in ("user", "domain", "smtp_sender"))
        try:
            return cls(
                host=host,
                port=int(port),
                user=user,
                password=databag.get("password"),
                password_id=password_id or None,
                auth_type=AuthType(databag.get("auth_type", "")),
                transport_security=TransportSecurity(databag.get("transport_security", "")),
                domain=domain,
                skip_ssl_verify=databag.get("skip_ssl_verify", "").lower() == "true",
                smtp_sender=sender,
                recipients=_addresses(databag.get("recipients", "")),
            )
        except ValueError as error:
            logger.warning("the SMTP data of the relation is not usable: %.200s", error)
            return None


def _one_line(text: str | None) -> str | None:
    """Give a text, or None where it would break out of the line that it is put into."""
    return None if text is None or re.search(r"[\x00-\x1f\x7f]", text) else text


def _addresses(text: str) -> list[str]:
    """Read what looks like addresses; nothing else that the other side may have written counts."""
    try:
        found = parse_recipients(text)
    except ValueError:
        return []
    return [address for address in found if _ADDRESS.fullmatch(address)]


class SmtpProvides(ops.Object):
    """The side that knows the relay.

    Args:
        charm: the charm that provides the relation.
        relation_name: the endpoint's name in its `charmcraft.yaml`.
    """

    def __init__(self, charm: ops.CharmBase, relation_name: str = DEFAULT_RELATION_NAME):
        super().__init__(charm, relation_name)
        self.charm, self.relation_name = charm, relation_name

    def update_relation_data(self, relation: ops.Relation, data: SmtpRelationData) -> None:
        """Make `data` what the relation says: what changed is written, what is no longer set is removed.

        Raises:
            ops.RelationDataAccessError: on a unit that does not lead.
            ops.RelationNotFoundError: if Juju still lists the relation, but knows it no more.
        """
        wanted = data.to_relation_data()
        gone = {field.name: "" for field in dataclasses.fields(data) if field.name not in wanted}
        relation.data[self.charm.app].update({**wanted, **gone})


# The settings that an event in flight is about. ops makes the event anew from its storage, where no password belongs.
_announced = contextvars.ContextVar[tuple[int, SmtpRelationData | None] | None]("announced", default=None)


def _databag(relation: ops.Relation) -> Mapping[str, str]:
    """Read what the other application says.

    Raises:
        SmtpError: if Juju does not tell.
    """
    # ops casts a None away that Juju does give, for a relation that it lists and knows no more.
    app = cast("ops.Application | None", relation.app)
    if not relation.active or app is None:
        return {}
    try:
        return dict(relation.data[app])
    except ops.ModelError as error:
        raise SmtpError(f"the SMTP data of the relation can't be read: {error}") from error


def _read(model: ops.Model, relation: ops.Relation) -> SmtpRelationData | None:
    """Read what a relation says, with the password from its secret.

    Raises:
        SecretError: if the secret can't be read (yet).
        SmtpError: if the relation can't be read.
    """
    announced = _announced.get()
    if announced is not None and announced[0] == relation.id:
        return announced[1]
    data = SmtpRelationData.from_relation_data(_databag(relation))
    if data is None or not data.password_id:
        return data
    try:
        password = model.get_secret(id=data.password_id).get_content(refresh=True).get("password")
    except ops.ModelError as error:
        raise SecretError(f"the secret with the SMTP password can't be read: {error}") from error
    if not password:
        raise SecretError("the secret with the SMTP password has no key 'password'")
    return dataclasses.replace(data, password=password)


class SmtpDataAvailableEvent(ops.RelationEvent):
    """The relay's settings have come or changed, or its password has."""

    @functools.cached_property
    def _data(self) -> SmtpRelationData:
        try:
            data = _read(self.framework.model, self.relation)
        except SmtpError:
            data = None
        return data or SmtpRelationData(host="", port=0)

    @property
    def host(self) -> str:
        """DNS name or IP address of the relay."""
        return self._data.host

    @property
    def port(self) -> int:
        """TCP port of the relay."""
        return self._data.port

    @property
    def user(self) -> str | None:
        """User name for signing in."""
        return self._data.user

    @property
    def password(self) -> str | None:
        """Password for signing in, from the secret where there is one."""
        return self._data.password

    @property
    def password_id(self) -> str | None:
        """Id of the secret that holds the password."""
        return self._data.password_id

    @property
    def auth_type(self) -> AuthType:
        """How to sign in."""
        return self._data.auth_type

    @property
    def transport_security(self) -> TransportSecurity:
        """How the connection is secured."""
        return self._data.transport_security

    @property
    def domain(self) -> str | None:
        """Domain that mail is sent from."""
        return self._data.domain

    @property
    def skip_ssl_verify(self) -> bool:
        """Whether the relay's certificate goes unverified."""
        return self._data.skip_ssl_verify

    @property
    def smtp_sender(self) -> str | None:
        """Address that mail comes from."""
        return self._data.smtp_sender

    @property
    def recipients(self) -> list[str]:
        """Addresses that mail goes to by default."""
        return self._data.recipients


class SmtpDataRemovedEvent(ops.RelationEvent):
    """There are no usable settings: the relation is gone, or says nothing that can be used."""


class SmtpRequiresEvents(ops.ObjectEvents):
    """What `SmtpRequires` emits."""

    smtp_data_available = ops.EventSource(SmtpDataAvailableEvent)
    smtp_data_removed = ops.EventSource(SmtpDataRemovedEvent)


class SmtpRequires(ops.Object):
    """The side that sends mail.

    Args:
        charm: the charm that requires the relation.
        relation_name: the endpoint's name in its `charmcraft.yaml`.
    """

    on = SmtpRequiresEvents()  # pyright: ignore[reportAssignmentType]  # ops' own idiom; its base has a property there

    def __init__(self, charm: ops.CharmBase, relation_name: str = DEFAULT_RELATION_NAME):
        super().__init__(charm, relation_name)
        self.charm, self.relation_name = charm, relation_name
        self.framework.observe(charm.on[relation_name].relation_changed, self._on_relation)
        self.framework.observe(charm.on[relation_name].relation_broken, self._on_relation)
        self.framework.observe(charm.on.secret_changed, self._on_secret_changed)

    def get_relation_data(self) -> SmtpRelationData | None:
        """Give the settings of the relay, or None as long as there are none that can be used.

        With several relations on the endpoint, these are the settings of the oldest one that has any.
        """
        relations = sorted(self.model.relations[self.relation_name], key=lambda relation: relation.id)
        found = map(self.get_relation_data_from_relation, relations)
        return next((data for data in found if data is not None), None)

    def get_relation_data_from_relation(self, relation: ops.Relation) -> SmtpRelationData | None:
        """Give the settings that one relation tells, or None as long as there are none that can be used."""
        try:
            return _read(self.model, relation)
        except SmtpError as error:
            logger.info("%s", error)
            return None

    def _on_relation(self, event: ops.RelationEvent) -> None:
        self._announce(event, event.relation)

    def _on_secret_changed(self, event: ops.SecretChangedEvent) -> None:
        for relation in self.model.relations[self.relation_name]:
            try:
                password_id = _databag(relation).get("password_id", "")
            except SmtpError as error:
                logger.info("%s", error)
                continue
            # Ids are written secret:<id> and secret://<model>/<id>: the last part is what they share.
            if password_id and re.split("[:/]", password_id)[-1] == event.secret.unique_identifier:
                self._announce(event, relation)

    def _announce(self, event: ops.EventBase, relation: ops.Relation) -> None:
        try:
            data = _read(self.model, relation)
        except SmtpError as error:
            # A grant fires no hook, so the framework brings this event back in every hook to come.
            logger.info("%s; trying again in the next hook", error)
            event.defer()
            return
        told = self.on.smtp_data_removed if data is None else self.on.smtp_data_available
        token = _announced.set((relation.id, data))
        try:
            told.emit(relation, app=relation.app)
        finally:
            _announced.reset(token)
