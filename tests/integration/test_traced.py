"""Traces of the charm's hooks: what a receiver of OTLP over HTTP, run by the test, is sent."""

from __future__ import annotations

import http.server
import json
import secrets
import socket
import threading
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.deployment import KARMA, Deployment, until

MARKER = "marker-of-a-token"
TEMPO = "tempo"
# All that a charm has to be, and all that the interface asks of one: Tempo's own takes a coordinator, a worker and S3.
CHARM = {
    "metadata.yaml": "{name: tempo, summary: '', description: '', provides: {tracing: {interface: tracing}}}",
    "manifest.yaml": "bases: [{name: ubuntu, channel: '24.04', architectures: [amd64, arm64]}]",
    "dispatch": """#!/bin/sh -e
case $JUJU_DISPATCH_PATH in *tracing-relation-created) relation-set --app receivers='RECEIVERS' ;; esac
status-set active
""",
}


class Receiver(http.server.ThreadingHTTPServer):
    """Takes traces from pods, at an address of this machine."""

    def __init__(self, address: str):
        super().__init__((address, 0), _Handler)
        self.posted: list[str] = []
        self.url = f"http://{address}:{self.server_port}"

    def resources(self) -> list[tuple[dict[str, str], dict[str, set[str]]]]:
        """For everything posted: whose it is, and the names of the spans of each trace."""
        found: list[tuple[dict[str, str], dict[str, set[str]]]] = []
        for one in (one for text in self.posted for one in json.loads(text)["resourceSpans"]):
            traces: dict[str, set[str]] = {}
            for span in (span for scope in one["scopeSpans"] for span in scope["spans"]):
                traces.setdefault(span["traceId"], set()).add(span["name"])
            whose = {said["key"]: said["value"]["stringValue"] for said in one["resource"]["attributes"]}
            found.append((whose, traces))
        return found

    def has(self, *spans: str) -> bool:
        """Whether there is a hook with all of these spans."""
        return any(names.issuperset(spans) for _, traces in self.resources() for names in traces.values())


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if is_right := self.path == "/v1/traces":
            self.server.posted.append(body)
        self.send_response(200 if is_right else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the standard library
        pass


@pytest.fixture
def receiver(shown: Deployment, tmp_path: Path) -> Generator[Receiver]:
    """A receiver that Karma is integrated with; both it and what stands for it in Juju are gone in the end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        towards.connect((shown.address(), 8080))
        own_address: str = towards.getsockname()[0]
    with Receiver(own_address) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        receivers = json.dumps([{"protocol": {"name": "otlp_http", "type": "http"}, "url": server.url}])
        with zipfile.ZipFile(tmp_path / "tempo.charm", "w") as packed:
            for name, text in CHARM.items():
                file = zipfile.ZipInfo(name)
                file.external_attr = 0o755 << 16
                packed.writestr(file, text.replace("RECEIVERS", receivers))
        shown.juju.deploy(tmp_path / "tempo.charm", TEMPO)
        shown.relate("tracing", TEMPO)
        yield server
        shown.remove(TEMPO)
        server.shutdown()


def test_what_a_hook_does_is_traced_without_secrets_until_the_relation_goes(shown: Deployment, receiver: Receiver):
    until(lambda: receiver.has("read", "decide", "apply", "publish"))
    name = f"headers-{secrets.token_hex(4)}"  # Juju 4.0.15 goes on listing a secret that was removed
    secret = shown.juju.add_secret(name, {"headers": f"X-Scope-OrgID: {MARKER}"})
    shown.juju.grant_secret(name, KARMA)
    shown.juju.config(KARMA, {"alertmanager-headers": secret})
    until(lambda: receiver.has("secret-get", "apply"))
    shown.settle()
    assert [text for text in receiver.posted if MARKER in text] == []
    model = shown.juju.show_model()
    wanted = {
        "service.name": KARMA,
        "charm": "karma-k8s",
        "juju_model": model.short_name,
        "juju_model_uuid": model.model_uuid,
        "juju_application": KARMA,
        "juju_unit": f"{KARMA}/0",
    }
    assert [whose for whose, _ in receiver.resources() if not wanted.items() <= whose.items()] == []

    shown.unrelate("tracing", TEMPO)
    shown.settle()
    sent = len(receiver.posted)
    shown.juju.config(KARMA, {"alertmanager-headers": ""})
    shown.settle()
    shown.juju.remove_secret(name)
    assert len(receiver.posted) == sent
