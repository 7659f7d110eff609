"""Files like those that people run Karma with: they arrive whole, once what is the charm's has moved elsewhere."""

from __future__ import annotations

from typing import Any, cast

import pytest
import yaml

from decision import decide
from inputs import Inputs
from karma.servers import Alertmanager
from playground.machine.binaries import Karma
from settings.options import JUDGES, Options
from settings.overlay import why_refused
from tests.functional.karma_process import Check, minor

TENANTS_OF_ONE_MIMIR = """
alertmanager:
  interval: 20s
  servers:
    - name: red
      uri: https://mimir.example.com/alertmanager
      external_uri: https://grafana.example.com/red
      timeout: 20s
      proxy: true
      headers: {X-Scope-OrgID: red, Authorization: Basic cmVkOnJlZA==}
      healthcheck: {visible: false, filters: {mimir: [alertname=Watchdog]}}
    - name: blue
      uri: https://mimir.example.com/alertmanager
      timeout: 20s
      proxy: true
      headers: {X-Scope-OrgID: blue}
      tls: {insecureSkipVerify: true}
authentication:
  header: {name: X-Remote-User, value_re: (.+)}
grid: {sorting: {order: label, reverse: false, label: severity, customValues: {labels: {severity: {critical: 1}}}}}
karma: {name: tenants}
log: {level: info, format: json}
"""
MANY_SITES = """
alertAcknowledgement: {enabled: true, duration: 15m0s, author: karma, comment: ACK}
alertmanager:
  interval: 30s
  servers:
    - {name: berlin, cluster: eu, uri: 'https://am.berlin.example', timeout: 40s, proxy: true, proxy_url: 'http://p:3128'}
    - {name: paris, cluster: eu, uri: 'https://am.paris.example', timeout: 10s, proxy: true}
    - {name: tokyo, uri: 'https://am.tokyo.example', timeout: 10s, proxy: false, readonly: true}
    - {name: lab, uri: 'http://10.0.0.7:9093', timeout: 3s, proxy: false, cors: {credentials: same-origin}}
authorization:
  groups: [{name: admins, members: [alice]}]
custom: {css: 'body { font-family: serif }'}
history: {enabled: true, workers: 5, rewrite: [{source: 'http://prom-(.+)', uri: 'https://$1.example'}]}
listen: {prefix: /karma/, timeout: {read: 10s, write: 20s}}
silenceForm: {strip: {labels: [job]}, defaultAlertmanagers: [berlin]}
silences: {comments: {linkDetect: {rules: [{regex: '(OPS-[0-9]+)', uriTemplate: 'https://tracker.example/$1'}]}}}
"""
FILES = {"tenants": TENANTS_OF_ONE_MIMIR, "many sites": MANY_SITES}
RELATED = Alertmanager(1, "am/0", "http://127.0.0.1:11", proxy=True)


def moved(document: dict[str, Any]) -> tuple[Options, str]:
    """Move what is the charm's as the how-to says; returns the options, and the URL of the ingress."""
    rest = yaml.safe_load(yaml.safe_dump(document))
    options: dict[str, Any] = {}
    servers = rest["alertmanager"].pop("servers")
    headers = {server["name"]: server.pop("headers") for server in servers if "headers" in server}
    if headers:
        options["alertmanager_headers"] = (yaml.safe_dump(headers),)
    options["external_alertmanagers"] = yaml.safe_dump(servers)
    header = rest.pop("authentication", {}).get("header")
    if header:
        options |= {"auth_header": header["name"], "auth_header_re": header["value_re"]}
    options |= {f"custom_{kind}": text for kind, text in rest.pop("custom", {}).items()}
    if "authorization" in rest:
        options["authorization_groups"] = yaml.safe_dump(rest.pop("authorization")["groups"])
    if "history" in rest:
        options["history_enabled"] = rest["history"].pop("enabled")
    listen = rest.pop("listen", {})
    options |= {f"listen_timeout_{kind}": text for kind, text in listen.get("timeout", {}).items()}
    prefix = listen.get("prefix", "").rstrip("/")
    return Options(**options, karma_config=yaml.safe_dump(rest)), f"https://h.example{prefix}" if prefix else ""


@pytest.mark.parametrize("name", FILES)
def test_all_of_a_file_arrives(karma: Karma, check: Check, name: str):
    document: dict[str, Any] = yaml.safe_load(FILES[name])
    options, ingress_url = moved(document)
    decision = decide(
        Inputs("karma", options, "127.0.0.1", related=True, alertmanagers=(RELATED,), ingress_url=ingress_url)
    )
    assert [problem.message for problem in decision.problems if "not verified" not in problem.message] == []
    assert decision.config
    found: dict[str, Any] = yaml.safe_load(decision.config.text)
    if "authentication" in document:  # the charm's own answer to other pages
        found["listen"].pop("cors")
    related, *servers = found["alertmanager"].pop("servers")
    assert related["name"] == "am-0"
    # What the charm adds: clusters of their own, what browsers may bring to whom they reach directly, and logins of the
    # page, which are for nobody else.
    wanted = document["alertmanager"].pop("servers")
    for server in wanted:
        server.setdefault("cluster", server["name"])
        if not server["proxy"]:
            server.setdefault("cors", {"credentials": "omit"})
        elif "authentication" in document:
            server["headers"] = {"Authorization": "", "Cookie": "", **server.get("headers", {})}
    assert servers == wanted
    expected = {**document, "listen": {**document.get("listen", {}), "port": 8080}}
    expected["listen"].pop("address", None)
    if "custom" in document:
        expected["custom"] = {"css": "custom.css"}
        assert decision.config.files["custom.css"] == document["custom"]["css"]
    assert found == expected
    if minor(karma) >= 114 and "custom" not in document:
        assert check(decision.config.text).code == 0


@pytest.mark.parametrize("name", FILES)
def test_what_is_the_charms_in_a_file_is_named_at_once(name: str):
    document: dict[str, Any] = yaml.safe_load(FILES[name])
    why = why_refused(document, JUDGES)
    owned = {"authorization": "authorization.groups: ", "history": "history.enabled: "}
    owned |= {"authentication": "authentication.header: ", "custom": "custom.css: ", "alertmanager": ".servers: "}
    owned |= {f"listen.{key}": f"listen.{key}: " for key in cast("dict[str, Any]", document.get("listen", {}))}
    for section, told in owned.items():
        assert (told in why) == (section.partition(".")[0] in document), why
    assert ("servers[].headers: " in why) == ("Authorization" in FILES[name])
