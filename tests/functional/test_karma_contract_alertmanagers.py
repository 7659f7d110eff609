"""What the charm relies on between Karma and its Alertmanagers: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from playground.around.alertmanagers import AlertmanagerUnit
from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.machine.binaries import Karma
from tests.functional.conftest import HTTP
from tests.functional.fake_alertmanager import fake_alertmanager
from tests.functional.karma_process import NOBODY, SILENCE, Run, ask, config, minor, wait_for


def test_alerts_are_found_by_their_labels(karma: Karma, run: Run, alertmanager: AlertmanagerUnit):
    with run(config({"uri": alertmanager.uri, "external_uri": "http://am.example/x"})):
        state = HTTP.state()
        assert state["totalAlerts"] == 4
        found = HTTP.labels()
        assert {"alertname": "DiskFull", "severity": "warning", "instance": "db-2"} in found
        assert {"alertname": "TargetDown", "severity": "critical", "instance": "web-3"} in found
        (one,) = state["upstreams"]["instances"]
        assert (one["name"], one["cluster"], one["error"], one["version"]) == ("a", "a", "", "0.31.1")
        assert one["publicURI"] == "http://am.example/x"
        assert state["upstreams"]["counters"] == {"total": 1, "healthy": 1, "failed": 0}
        assert ask("/alerts.json").status == 405
        page = ask("/")
        assert page.status == 200
        assert ("This is not Karma" in page.body) == karma.is_stand_in


def test_page_and_metrics_name_a_dead_alertmanager_and_show_the_other(
    karma: Karma, run: Run, alertmanager: AlertmanagerUnit
):
    with run(config({"uri": alertmanager.uri}, {"name": "dead", "uri": NOBODY})):
        assert HTTP.state()["totalAlerts"] == 4
        errors = HTTP.errors()
        assert errors["a"] == ""
        assert "connect: connection refused" in errors["dead"]
        metrics = dict(line.rsplit(" ", 1) for line in ask("/metrics").body.splitlines() if line[:1] != "#")
        assert metrics['karma_alertmanager_up{alertmanager="a"}'] == "1"
        assert metrics['karma_alertmanager_up{alertmanager="dead"}'] == "0"
        assert int(metrics['karma_alertmanager_errors_total{alertmanager="dead",endpoint="silences"}']) >= 1
        assert metrics['karma_alertmanager_errors_total{alertmanager="a",endpoint="alerts"}'] == "0"
        assert metrics['karma_collected_alerts_count{alertmanager="a",receiver="nobody",state="active"}'] == "4"
        assert metrics['karma_collected_groups_count{alertmanager="a",receiver="nobody"}'] == "3"
        assert int(metrics['karma_collect_cycles_total{alertmanager="a"}']) >= 1
        assert "go_goroutines" in metrics
        # v0.90 has it not.
        assert (f'build_info{{version="{karma.version}"}}' in metrics) == (minor(karma) >= 114)


def test_two_that_say_nothing_of_each_other_are_one_to_old_versions(karma: Karma, run: Run):
    both = ["one", "two"]
    with fake_alertmanager() as fake, run(config(*({"name": name, "uri": fake.url, "cluster": "c"} for name in both))):
        assert HTTP.state()["upstreams"]["clusters"] == {"c": both if minor(karma) >= 120 else ["one"]}


def test_a_silence_goes_through_the_proxy_and_shows_with_the_next_pull(run: Run, alertmanager: AlertmanagerUnit):
    page = Browser("http://127.0.0.1:8080/x/")

    def suppressed() -> int:
        return sum(grid["stateCount"]["suppressed"] for grid in page.state()["grids"])

    with run(config({"uri": alertmanager.uri, "proxy": True}, listen={"prefix": "/x/"})):
        (one,) = page.state()["upstreams"]["instances"]
        assert one["uri"] == "./proxy/alertmanager/a"
        assert suppressed() == 0
        made = ask("/x/proxy/alertmanager/a/api/v2/silences", "POST", SILENCE)
        assert made.status == 200
        wait_for(lambda: suppressed() == 1)
        gone = ask(f"/x/proxy/alertmanager/a/api/v2/silence/{json.loads(made.body)['silenceID']}", "DELETE")
        assert gone.status == 200
        wait_for(lambda: suppressed() == 0)


def test_the_proxy_takes_silences_only_and_only_where_it_is_on(run: Run):
    with (
        fake_alertmanager() as fake,
        run(config({"uri": fake.url, "proxy": True}, {"name": "direct", "uri": fake.url})),
    ):
        base = "/proxy/alertmanager"
        assert ask(f"{base}/a/api/v2/silences", "POST", {}).status == 200
        assert ask(f"{base}/a/api/v2/silences").status == 405
        assert ask(f"{base}/a/api/v2/status").status == 404
        assert ask(f"{base}/a/api/v2/alerts", "POST", []).status == 404
        assert ask(f"{base}/direct/api/v2/silences", "POST", {}).status == 404
        assert fake.paths("POST") == ["/api/v2/silences"]


def test_headers_reach_the_alertmanager_and_the_browser_only_where_nothing_is_proxied(karma: Karma, run: Run):
    with fake_alertmanager() as fake:
        secret = {"uri": fake.url, "headers": {"X-Secret": "s3"}}
        with run(config(secret | {"proxy": True}, secret | {"name": "direct"})):
            shown = {one["name"]: one["headers"] for one in HTTP.state()["upstreams"]["instances"]}
            assert shown == {"a": {}, "direct": {"X-Secret": "s3"}}
            ask("/proxy/alertmanager/a/api/v2/silences", "POST", {})
        assert {"/metrics", "/api/v2/silences", "/api/v2/alerts/groups"} <= set(fake.paths("GET"))
        assert ("/api/v2/status" in fake.paths("GET")) == (minor(karma) < 120)
        assert all(headers.get("X-Secret") == "s3" for headers in fake.headers)


def test_an_alertmanager_that_never_answers_costs_its_timeout_and_no_more(run: Run):
    with fake_alertmanager(answers=False) as fake, run(config({"uri": fake.url, "timeout": "100ms"})):
        assert "deadline exceeded" in HTTP.errors()["a"]


@pytest.fixture
def certificate(authority: Authority, tmp_path: Path) -> Path:
    """A file with a new certificate for 127.0.0.1 and its key, and `ca.pem` beside it."""
    pair = authority.issue()
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "both.pem").write_text(pair.certificate + pair.key)
    return tmp_path / "both.pem"


@pytest.mark.parametrize("trust", ["tls.ca", "SSL_CERT_DIR"])
def test_an_alertmanager_behind_tls_is_trusted_by_either_way(run: Run, tmp_path: Path, trust: str, certificate: Path):
    authority = tmp_path / "trusted" / "ca.pem"
    authority.parent.mkdir()
    (tmp_path / "ca.pem").rename(authority)
    with fake_alertmanager(certificate=certificate) as fake:
        by_server = trust == "tls.ca"
        server: dict[str, Any] = {"uri": fake.url} | ({"tls": {"ca": str(authority)}} if by_server else {})
        env = {} if by_server else {"SSL_CERT_DIR": str(authority.parent)}
        with run(config(server, {"name": "b", "uri": fake.url}), env=env):
            errors = HTTP.errors()
        assert errors["a"] == ""
        # What one server trusts is not what another does; the directory is for all of them.
        assert ("certificate signed by unknown authority" in errors["b"]) == by_server


def test_the_ca_of_a_server_replaces_all_other_trust_even_when_it_is_rubbish(
    run: Run, tmp_path: Path, certificate: Path
):
    (tmp_path / "rubbish.pem").write_text("no certificate\n")
    with fake_alertmanager(certificate=certificate) as fake:
        servers = [{"uri": fake.url}, {"name": "b", "uri": fake.url, "tls": {"ca": "rubbish.pem"}}]
        with run(config(*servers), env={"SSL_CERT_FILE": str(tmp_path / "ca.pem")}):
            errors = HTTP.errors()
        assert errors["a"] == ""
        assert "certificate signed by unknown authority" in errors["b"]
