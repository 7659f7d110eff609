"""An Alertmanager over https, with or without client authentication."""

from __future__ import annotations

import ssl

import yaml

from playground.around.alertmanagers import AlertmanagerUnit
from playground.around.authority import Authority


class SecureAlertmanager(AlertmanagerUnit):
    """One whose certificate an authority has signed.

    Args:
        authority: which.
        port: on loopback.
        clients: the authority that has to have signed the certificates of clients; none has to if not given.
        name: of the unit.
        peers: the ports of other units of its cluster.
    """

    def __init__(
        self,
        authority: Authority,
        port: int,
        clients: Authority | None = None,
        name: str = "secure/0",
        peers: tuple[int, ...] = (),
    ):
        application, _, number = name.partition("/")
        super().__init__(application, int(number), port, peers)
        self.uri = f"https://127.0.0.1:{port}"
        self.databag["uri"] = self.uri
        own, me = authority.issue(), (clients or authority).issue("prometheus")
        server = {"cert_file": f"{self.home}/am.crt", "key_file": f"{self.home}/am.key"}
        if clients:
            server |= {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": f"{self.home}/clients.crt"}
        self._files |= {
            "am.crt": own.certificate,
            "am.key": own.key,
            "ca.crt": authority.certificate,
            "clients.crt": (clients or authority).certificate,
            "me.crt": me.certificate,
            "me.key": me.key,
            "web.yml": yaml.safe_dump({"tls_server_config": server}),
        }
        self._command.append(f"--web.config.file={self.home}/web.yml")

    def context(self) -> ssl.SSLContext:
        """How clients meet it."""
        context = ssl.create_default_context(cafile=str(self.home / "ca.crt"))
        context.load_cert_chain(self.home / "me.crt", self.home / "me.key")
        return context
