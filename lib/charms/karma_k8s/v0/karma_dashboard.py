# Copyright 2026 The karma-k8s authors
# See LICENSE file for licensing details.

"""Both sides of the `karma_dashboard` interface: Alertmanagers tell Karma where they are.

[Karma](https://github.com/prymitive/karma) is a dashboard for the alerts of many Prometheus Alertmanagers. Over this
interface every *unit* of an Alertmanager publishes its own address, and Karma shows them all. The requirer writes
nothing.

## For a charm that is, or stands for, an Alertmanager

Declare the endpoint in `metadata.yaml` (or `charmcraft.yaml`):

```yaml
provides:
  dashboard:
    interface: karma_dashboard
    optional: true
```

Vendor the library with `charmcraft fetch-lib charms.karma_k8s.v0.karma_dashboard`, and set `target` to the URL at
which this unit's Alertmanager answers. Set it whenever you know it, in every hook if you like: what is already
published is not written again.

```python
from charms.karma_k8s.v0.karma_dashboard import KarmaProvider


class AlertmanagerCharm(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.karma = KarmaProvider(self)
        framework.observe(self.on.config_changed, self._reconcile)

    def _reconcile(self, _: ops.EventBase):
        self.karma.target = f"http://{socket.getfqdn()}:9093"
```

What is no absolute http(s) URL is logged and not published; what was published before stays. So is a URL with a user
and a password in it, since whatever stands in a databag can be read by the other side. `why_unusable` tells the reason.

## For a charm that shows Alertmanagers

```yaml
requires:
  karma-dashboard:
    interface: karma_dashboard
    optional: false
```

```python
from charms.karma_k8s.v0.karma_dashboard import KarmaConsumer


class DashboardCharm(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.alertmanagers = KarmaConsumer(self)
        framework.observe(self.alertmanagers.on.alertmanager_config_changed, self._reconcile)

    def _reconcile(self, _: ops.EventBase):
        # [{"name": "alertmanager/0", "uri": "http://…:9093", "cluster": "model_am", "proxy": True}, …]
        servers = self.alertmanagers.get_alertmanager_servers()
```

Relation data is input from elsewhere: a unit whose data cannot be used is left out of `get_alertmanager_servers()`.
`read()` tells of those too, with the reason, and of units that have published nothing yet.

## On the wire

Each provider unit writes bare strings into its unit databag: `name` (`alertmanager/0`), `uri`, `cluster`
(`<model>_<application>`; may be absent) and `proxy` (`true` or `false`; absent means true), which says whether a
browser reaches this Alertmanager through Karma. Application databags and the requirer's side stay empty.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import ops

logger = logging.getLogger(__name__)

LIBID = "98f9dc00f7ff4b1197895886bdd92037"
LIBAPI = 0
LIBPATCH = 10

PYDEPS: list[str] = []

_MAX_URL_LENGTH = 2048  # characters: what browsers and proxies agree on
_MAX_NAME_LENGTH = 253  # characters: that of a DNS name
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|\w(?:[\w.-]*\w)?\.?)(?::(?P<port>[0-9]{1,5}))?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PROXY_WORDS = {"": True, "true": True, "false": False}


class AlertmanagerServer(NamedTuple):
    """One Alertmanager unit as it has published itself."""

    name: str
    """The name that the unit gives itself, e.g. `alertmanager/0`; not unique over several relations."""
    uri: str
    """Absolute http(s) URL without user, query or control characters; it may have a path."""
    cluster: str
    """What the units of one Alertmanager cluster have in common; empty where nothing was published."""
    proxy: bool
    """Whether a browser should reach this Alertmanager through Karma."""
    unit: str
    """Juju's name of the unit on this side of the relation."""
    relation_id: int


class RejectedUnit(NamedTuple):
    """A unit whose databag cannot be used."""

    unit: str
    relation_id: int
    reason: str
    """One line, for people."""


class Alertmanagers(NamedTuple):
    """What all the relations of an endpoint hold at this moment, each tuple in the order of relation ids and units."""

    servers: tuple[AlertmanagerServer, ...] = ()
    rejected: tuple[RejectedUnit, ...] = ()
    silent: tuple[str, ...] = ()
    """Units that have published nothing yet, and applications of which no unit is there yet."""
    related: bool = False
    """Whether there is any active relation."""
    unknown: tuple[str, ...] = ()
    """Units that Juju could not be asked about this time; what was known of them may still be true."""


def why_unusable(url: str) -> str:  # noqa: PLR0911 -- a list of reasons, each with its own way out
    """Say why a URL cannot be the address of an Alertmanager.

    Args:
        url: any text.

    Returns:
        The reason as part of a sentence ("is not an http or https URL"), or the empty string for a good URL.
    """
    if len(url) > _MAX_URL_LENGTH:
        return f"is longer than {_MAX_URL_LENGTH} characters"
    if _has_unprintable(url) or " " in url:
        return "holds white space or control characters"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https"):
        return "is not an http or https URL"
    if "@" in parts.netloc:
        return "holds a user or password"
    if not _is_authority(parts.netloc):
        return "has no valid host and port"
    if "?" in url or "#" in url:
        return "has a query or fragment"
    if _BAD_ESCAPE.search(parts.path) or "\\" in url:
        return "has a malformed path"
    return ""


def _has_unprintable(text: str) -> bool:
    # str.isprintable is also false for line separators and for invisible characters that turn text around.
    return not text.isprintable()


def _is_authority(text: str) -> bool:
    # Stricter than urlsplit, so that a URL that passes here is never one that Karma refuses.
    match = _AUTHORITY.fullmatch(text)
    if not match or (match["port"] and not 0 < int(match["port"]) < 2**16):
        return False
    if match["ipv6"] is None:
        return True
    try:
        ipaddress.IPv6Address(match["ipv6"])
    except ValueError:
        return False
    return "%" not in match["ipv6"]


def _why_bad_name(key: str, value: str) -> str:
    if len(value) > _MAX_NAME_LENGTH:
        return f"{key} is longer than {_MAX_NAME_LENGTH} characters"
    if _has_unprintable(value):
        return f"{key} holds control characters"
    return ""


def _parse(data: Mapping[str, str], unit: str, relation_id: int) -> AlertmanagerServer | RejectedUnit | None:
    """Make a server of a unit's databag; None where the unit has not written anything yet."""
    name, uri, cluster, proxy = (data.get(key, "") for key in ("name", "uri", "cluster", "proxy"))
    if not name and not uri:
        return None
    if not name:
        reason = "name is missing"
    elif not uri:
        reason = "uri is missing"
    elif why := why_unusable(uri):
        reason = f"uri {why}"
    elif proxy.lower() not in _PROXY_WORDS:
        reason = "proxy is neither true nor false"
    else:
        reason = _why_bad_name("name", name) or _why_bad_name("cluster", cluster)
    if reason:
        return RejectedUnit(unit, relation_id, reason)
    return AlertmanagerServer(name, uri, cluster, _PROXY_WORDS[proxy.lower()], unit, relation_id)


def _by_number(units: Iterable[ops.Unit]) -> list[ops.Unit]:
    return sorted(units, key=lambda unit: (unit.app.name, int(unit.name.rpartition("/")[2])))


class AlertmanagerConfigChangedEvent(ops.EventBase):
    """What the related Alertmanagers publish may have changed: a unit came, went or wrote."""


class KarmaConsumerEvents(ops.ObjectEvents):
    """The events of `KarmaConsumer`."""

    alertmanager_config_changed = ops.EventSource(AlertmanagerConfigChangedEvent)


class KarmaConsumer(ops.Object):
    """The requirer: reads what Alertmanagers publish, and never writes.

    Args:
        charm: the charm that shows Alertmanagers.
        relation_name: its endpoint with interface `karma_dashboard`.

    Attributes:
        charm: the charm that shows Alertmanagers.
        name: of the endpoint.
    """

    on = KarmaConsumerEvents()  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] -- ops' own idiom

    def __init__(self, charm: ops.CharmBase, relation_name: str = "karma-dashboard"):
        super().__init__(charm, relation_name)
        self.charm = charm
        self.name = relation_name
        events = charm.on[relation_name]
        for event in (events.relation_changed, events.relation_departed, events.relation_broken):
            self.framework.observe(event, self._on_relation_event)

    def _on_relation_event(self, _: ops.EventBase) -> None:
        self.on.alertmanager_config_changed.emit()

    def read(self) -> Alertmanagers:
        """Read the databags of every related unit.

        Returns:
            Usable servers, rejected units with the reason, and who is silent so far. Relations that are being removed
            and units that are departing are not in it.
        """
        relations = [relation for relation in self.model.relations[self.name] if relation.active]
        servers: list[AlertmanagerServer] = []
        rejected: list[RejectedUnit] = []
        silent: list[str] = []
        unknown: list[str] = []
        for relation in sorted(relations, key=lambda relation: relation.id):
            # An application without a name is one that Juju is already removing.
            if not relation.units and relation.app:
                silent.append(relation.app.name)
            for unit in _by_number(relation.units):
                try:
                    entry = _parse(relation.data[unit], unit.name, relation.id)
                except ops.RelationNotFoundError:  # it went away since Juju listed it
                    continue
                except ops.ModelError:
                    unknown.append(unit.name)
                    continue
                if isinstance(entry, AlertmanagerServer):
                    servers.append(entry)
                elif entry:
                    rejected.append(entry)
                else:
                    silent.append(unit.name)
        return Alertmanagers(tuple(servers), tuple(rejected), tuple(silent), bool(relations), tuple(unknown))

    def get_alertmanager_servers(self) -> list[dict[str, Any]]:
        """List the usable Alertmanagers.

        Returns:
            Dictionaries with `name`, `uri`, `cluster` (strings) and `proxy` (bool), sorted by name.
        """
        servers = sorted(self.read().servers, key=lambda server: (server.name, server.relation_id, server.unit))
        return [
            {"name": server.name, "uri": server.uri, "cluster": server.cluster, "proxy": server.proxy}
            for server in servers
        ]

    @property
    def config_valid(self) -> bool:
        """Whether at least one usable Alertmanager is related."""
        return bool(self.read().servers)


class KarmaProvider(ops.Object):
    """The provider: publishes where this unit's Alertmanager is.

    Args:
        charm: the charm of an Alertmanager.
        relation_name: its endpoint with interface `karma_dashboard`.
        proxy: whether a browser should reach this Alertmanager through Karma.

    Attributes:
        charm: the charm of an Alertmanager.
        name: of the endpoint.
    """

    # Charms in the field set the target only when it changes, so a relation made later must find it here.
    _stored = ops.StoredState()

    def __init__(self, charm: ops.CharmBase, relation_name: str = "dashboard", *, proxy: bool = True):
        super().__init__(charm, relation_name)
        self.charm = charm
        self.name = relation_name
        self._proxy = proxy
        self._stored.set_default(target="")
        events = charm.on[relation_name]
        for event in (events.relation_created, events.relation_joined, events.relation_changed):
            self.framework.observe(event, self._on_relation_event)

    @property
    def target(self) -> str:
        """The URL of this unit's Alertmanager; empty before it is set.

        Setting it publishes it in every relation of the endpoint; what is no absolute http(s) URL is logged, and what
        was published before stays.
        """
        return str(self._stored.target)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    @target.setter
    def target(self, url: str) -> None:
        # Charms in the field set whatever they have: no text of theirs is worth an error in a hook.
        url = str(url or "")
        if why := why_unusable(url):
            logger.warning("not published to %s: the target %s", self.name, why)
            return
        self._stored.target = url
        self._publish()

    def _on_relation_event(self, _: ops.EventBase) -> None:
        if self.target:
            self._publish()

    def _publish(self) -> None:
        data = {
            "name": self.model.unit.name,
            "uri": self.target,
            "cluster": f"{self.model.name}_{self.model.app.name}",
            "proxy": str(self._proxy).lower(),
        }
        for relation in self.model.relations[self.name]:
            if not relation.active:
                continue
            try:
                published = relation.data[self.model.unit]
                published.update({key: value for key, value in data.items() if published.get(key) != value})
            except ops.RelationNotFoundError:  # Juju goes on listing some that applications of other models have left
                logger.warning("not published to relation %s: Juju no longer knows it", relation.id)
