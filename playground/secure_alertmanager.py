"""An Alertmanager over https, with or without client authentication."""

from __future__ import annotations

import ssl
import tempfile
import urllib.request
from pathlib import Path

from playground import binaries
from playground.alertmanagers import AlertmanagerUnit
from playground.authority import Authority, Pair


class SecureAlertmanager(AlertmanagerUnit):
    """One whose certificate an authority has signed.

    Args:
        authority: which.
        port: on loopback.
        clients: the authority that has to have signed the certificates of clients; none has to if not given.
        application: the name of the application.
    """

    def __init__(self, authority: Authority, port: int, clients: Authority | None = None, application: str = "secure"):
        super().__init__(binaries.alertmanager(), application, 0, port)
        self.uri = f"https://127.0.0.1:{port}"
        self.databag["uri"] = self.uri
        self._files = tempfile.TemporaryDirectory(prefix="karma-playground-tls-")
        self._context = ssl.create_default_context(cadata=authority.certificate)
        lines = [f"cert_file: {self._file('am.crt', (pair := authority.issue()).certificate)}"]
        lines.append(f"key_file: {self._file('am.key', pair.key)}")
        if clients:
            lines.append("client_auth_type: RequireAndVerifyClientCert")
            lines.append(f"client_ca_file: {self._file('ca.crt', clients.certificate)}")
            self._show(clients.issue())
        config = self._file("web.yml", "tls_server_config:\n" + "".join(f"  {line}\n" for line in lines))
        self._command.append(f"--web.config.file={config}")

    def _file(self, name: str, text: str) -> Path:
        path = Path(self._files.name) / name
        path.write_text(text)
        return path

    def _show(self, pair: Pair) -> None:
        self._context.load_cert_chain(self._file("me.crt", pair.certificate), self._file("me.key", pair.key))

    def is_up(self) -> bool:
        """Whether it answers over https."""
        try:
            with urllib.request.urlopen(f"{self.uri}/-/ready", timeout=1, context=self._context):
                return True
        except OSError:
            return False

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        super().remove()
        self._files.cleanup()
