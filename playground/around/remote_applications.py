"""What stands at the other endpoints: applications that answer what the charm publishes, as real ones do.

Each can be pickled for the next command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from playground.around.authority import Authority, requests_in
from playground.around.loki import Loki
from playground.around.reverse_proxy import ReverseProxy, Settings

Databag = Mapping[str, str]


@dataclass(kw_only=True)
class RemoteApplication:
    """An application that is integrated with an endpoint of karma-k8s."""

    endpoint: str
    name: str
    relation: int
    publishes_as_unit: ClassVar[bool] = False
    """Whether what it publishes stands in its unit's databag, not in that of the application."""
    by_hand: bool = False
    """Whether somebody publishes in its place, so that it does not answer by itself."""

    def answer(self, unit: Databag, application: Databag) -> Databag | None:
        """Say what it publishes, given what the unit and the leader have; None if that stays as it is."""

    @property
    def does(self) -> str:
        """What it does, as `./play status` shows it."""
        return "reads what it is told"

    def remove(self) -> None:
        """End what it runs."""


@dataclass(kw_only=True)
class CertificateProvider(RemoteApplication):
    """Signs what it is asked to sign, as self-signed-certificates does."""

    authority: Authority
    signed: tuple[str, ...] = ()
    """The requests that have been answered."""

    def answer(self, unit: Databag, application: Databag) -> Databag | None:  # noqa: ARG002 -- the base's signature
        """Sign new requests."""
        requests = tuple(requests_in(unit))
        return self.sign(requests) if requests != self.signed else None

    def sign(self, requests: tuple[str, ...], **changes: Any) -> Databag:
        """Sign some requests, be it again; `changes` are made in every entry."""
        self.by_hand, self.signed = False, requests
        return self.authority.answer(*requests, **changes)

    @property
    def does(self) -> str:
        """Tell whether it has signed."""
        return "has signed the request" if self.signed else "has signed nothing"


@dataclass(kw_only=True)
class Sender(RemoteApplication):
    """Sends the same to everybody."""

    what: str
    """What that is, in a few words."""
    sent: Databag

    def answer(self, unit: Databag, application: Databag) -> Databag:  # noqa: ARG002 -- the base's signature
        """Send it."""
        return self.sent

    @property
    def does(self) -> str:
        """Tell what it sends."""
        return f"sends {self.what}"


@dataclass(kw_only=True)
class Ingress(RemoteApplication):
    """A reverse proxy that keeps the path."""

    authority: Authority
    """Has signed its certificate, and those of the units."""
    is_tls: bool
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a login proxy has it say to the units."""
    proxy: ReverseProxy | None = None
    """None until karma-k8s has published what is to be served."""

    def answer(self, unit: Databag, application: Databag) -> Databag | None:
        """Serve what karma-k8s asks for, and publish the URL."""
        asked = {key: json.loads(value) for key, value in {**unit, **application}.items() if key in _ASKED}
        if not _ASKED - {"scheme"} <= asked.keys():
            return None
        path, backend = f"/{asked['model']}-{asked['name']}", f"{asked['ip']}:{asked['port']}"
        settings = Settings(path, asked.get("scheme", "http"), (backend,), self.headers)
        if self.proxy is None:
            self.proxy = ReverseProxy(self.authority, settings, is_tls=self.is_tls)
        self.proxy.tell(settings)
        if not self.proxy.is_alive():
            self.proxy.start()
        return {"ingress": json.dumps({"url": f"{self.proxy.url}/"})}

    @property
    def does(self) -> str:
        """Tell what it serves."""
        return f"serves {self.proxy.url}/" if self.proxy else "serves nothing yet"

    def remove(self) -> None:
        """End the proxy."""
        if self.proxy:
            self.proxy.remove()


_ASKED = {"model", "name", "port", "ip", "scheme"}


@dataclass(kw_only=True)
class LogStore(RemoteApplication):
    """Takes the log."""

    publishes_as_unit = True
    loki: Loki = field(default_factory=Loki)

    def answer(self, unit: Databag, application: Databag) -> Databag:  # noqa: ARG002 -- the base's signature
        """Publish where it takes it."""
        if not self.loki.is_alive():
            self.loki.start()
        return self.loki.databag

    @property
    def does(self) -> str:
        """Tell where its lines are."""
        return f"keeps the log in {self.loki.file}"

    def remove(self) -> None:
        """End the process."""
        self.loki.remove()


@dataclass(kw_only=True)
class LoginProxy(RemoteApplication):
    """Takes everybody who comes by the ingress for one user."""

    user: str
    groups: str

    @property
    def headers(self) -> Mapping[str, str]:
        """What it has the ingress say to the units."""
        return {"X-Auth-Request-User": self.user, "X-Auth-Request-Groups": self.groups}

    @property
    def does(self) -> str:
        """Tell whom everybody is taken for."""
        return f"takes everybody at the ingress for {self.user}" + (f", of {self.groups}" if self.groups else "")
