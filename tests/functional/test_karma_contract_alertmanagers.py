"""What the charm relies on between Karma and its Alertmanagers: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.around.authority import Authority
from playground.machine import binaries
from playground.machine.binaries import Karma
from tests.functional.fake_alertmanager import fake_alertmanager
from tests.functional.karma_process import (
    NOBODY,
    accepts,
    alerts_json,
    ask,
    config,
    free_port,
    labels_of,
    minor,
    running,
    wait_for,
)

pytestmark = pytest.mark.parametrize("karma", [pytest.param(one, id=one.version) for one in binaries.karmas()])


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Alertmanager with two alerts in one group, and one in another."""
    directory = tmp_path_factory.mktemp("alertmanager")
    (directory / "am.yaml").write_text(
        "route: {receiver: nobody, group_by: [alertname]}\nreceivers: [{name: nobody}]\n"
    )
    port = free_port()
    command = [
        binaries.alertmanager(),
        "--config.file=am.yaml",
        "--storage.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(command, cwd=directory, stdout=log, stderr=log) as process,
    ):
        try:
            wait_for(lambda: accepts(port))
            url = f"http://127.0.0.1:{port}"
            for labels in (
                ["Disk", "severity=critical", "host=a"],
                ["Disk", "severity=critical", "host=b"],
                ["Fan", "host=a"],
            ):
                add = [
                    binaries.amtool(),
                    f"--alertmanager.url={url}",
                    "alert",
                    "add",
                    *labels,
                    "--annotation=summary=full",
                ]
                subprocess.run(add, check=True, timeout=30)
            wait_for(lambda: len(json.loads(ask(f"{url}/api/v2/alerts").body)) == 3)
            yield url
        finally:
            process.kill()


def test_alerts_are_found_by_their_labels(karma: Karma, tmp_path: Path, alertmanager: str):
    port = free_port()
    with running(
        karma, tmp_path, config(port, {"uri": alertmanager, "external_uri": "http://am.example/x"}), port
    ) as up:
        answer = alerts_json(up.url)
        assert answer["totalAlerts"] == 3
        found = labels_of(answer)
        assert {"alertname": "Disk", "severity": "critical", "host": "b"} in found
        assert {"alertname": "Fan", "host": "a"} in found
        (one,) = answer["upstreams"]["instances"]
        assert (one["name"], one["cluster"], one["error"], one["version"]) == ("a", "a", "", "0.31.1")
        assert one["publicURI"] == "http://am.example/x"
        assert answer["upstreams"]["counters"] == {"total": 1, "healthy": 1, "failed": 0}
        assert ask(f"{up.url}/alerts.json").status == 405
        page = ask(f"{up.url}/")
        assert page.status == 200
        assert ("This is not Karma" in page.body) == karma.is_stand_in


def test_metrics_have_the_names_that_rules_and_dashboards_use(karma: Karma, tmp_path: Path, alertmanager: str):
    port = free_port()
    with running(karma, tmp_path, config(port, {"uri": alertmanager}, {"name": "dead", "uri": NOBODY}), port) as up:
        metrics = dict(line.rsplit(" ", 1) for line in ask(f"{up.url}/metrics").body.splitlines() if line[:1] != "#")
        assert metrics['karma_alertmanager_up{alertmanager="a"}'] == "1"
        assert metrics['karma_alertmanager_up{alertmanager="dead"}'] == "0"
        assert int(metrics['karma_alertmanager_errors_total{alertmanager="dead",endpoint="silences"}']) >= 1
        assert metrics['karma_alertmanager_errors_total{alertmanager="a",endpoint="alerts"}'] == "0"
        assert metrics['karma_collected_alerts_count{alertmanager="a",receiver="nobody",state="active"}'] == "3"
        assert metrics['karma_collected_groups_count{alertmanager="a",receiver="nobody"}'] == "2"
        assert int(metrics['karma_collect_cycles_total{alertmanager="a"}']) >= 1
        assert "go_goroutines" in metrics
        # v0.90 has it not.
        assert (f'build_info{{version="{karma.version}"}}' in metrics) == (minor(karma) >= 114)


def test_a_dead_alertmanager_is_named_and_hides_no_alert_of_others(karma: Karma, tmp_path: Path, alertmanager: str):
    port = free_port()
    with running(karma, tmp_path, config(port, {"uri": alertmanager}, {"name": "dead", "uri": NOBODY}), port) as up:
        answer = alerts_json(up.url)
        assert answer["totalAlerts"] == 3
        errors = {one["name"]: one["error"] for one in answer["upstreams"]["instances"]}
        assert errors["a"] == ""
        assert "connect: connection refused" in errors["dead"]


def test_two_members_of_a_cluster_show_each_alert_once(karma: Karma, tmp_path: Path, alertmanager: str):
    port = free_port()
    pair = [{"name": name, "uri": alertmanager, "cluster": "c"} for name in ("one", "two")]
    with running(karma, tmp_path, config(port, *pair), port) as up:
        answer = alerts_json(up.url)
        assert answer["totalAlerts"] == 3
        # Older versions find the members by what Alertmanagers say of each other, and these two are one.
        assert answer["upstreams"]["clusters"] == {"c": ["one", "two"] if minor(karma) >= 120 else ["one"]}


def test_a_silence_goes_through_the_proxy_and_shows_with_the_next_pull(karma: Karma, tmp_path: Path, alertmanager: str):
    port = free_port()

    def suppressed() -> int:
        grids = alerts_json(up.url)["grids"]
        return sum(grid["stateCount"]["suppressed"] for grid in grids)

    silence = {
        "matchers": [{"name": "alertname", "value": "Fan", "isRegex": False, "isEqual": True}],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "test",
        "comment": "test",
    }
    with running(
        karma, tmp_path, config(port, {"uri": alertmanager, "proxy": True}, listen={"prefix": "/x/"}), port
    ) as bare:
        up = dataclasses.replace(bare, url=f"{bare.url}/x")
        (one,) = alerts_json(up.url)["upstreams"]["instances"]
        assert one["uri"] == "./proxy/alertmanager/a"
        assert suppressed() == 0
        made = ask(f"{up.url}/proxy/alertmanager/a/api/v2/silences", "POST", silence)
        assert made.status == 200
        wait_for(lambda: suppressed() == 1)
        gone = ask(f"{up.url}/proxy/alertmanager/a/api/v2/silence/{json.loads(made.body)['silenceID']}", "DELETE")
        assert gone.status == 200
        wait_for(lambda: suppressed() == 0)


def test_the_proxy_takes_silences_only_and_only_where_it_is_on(karma: Karma, tmp_path: Path):
    with fake_alertmanager() as fake:
        port = free_port()
        servers = [{"uri": fake.url, "proxy": True}, {"name": "direct", "uri": fake.url}]
        with running(karma, tmp_path, config(port, *servers), port) as up:
            base = f"{up.url}/proxy/alertmanager"
            assert ask(f"{base}/a/api/v2/silences", "POST", {}).status == 200
            assert ask(f"{base}/a/api/v2/silences").status == 405
            assert ask(f"{base}/a/api/v2/status").status == 404
            assert ask(f"{base}/a/api/v2/alerts", "POST", []).status == 404
            assert ask(f"{base}/direct/api/v2/silences", "POST", {}).status == 404
            assert fake.paths("POST") == ["/api/v2/silences"]


def test_headers_reach_the_alertmanager_and_the_browser_only_where_nothing_is_proxied(karma: Karma, tmp_path: Path):
    with fake_alertmanager() as fake:
        port = free_port()
        secret = {"uri": fake.url, "headers": {"X-Secret": "s3"}}
        with running(karma, tmp_path, config(port, secret | {"proxy": True}, secret | {"name": "direct"}), port) as up:
            shown = {one["name"]: one["headers"] for one in alerts_json(up.url)["upstreams"]["instances"]}
            assert shown == {"a": {}, "direct": {"X-Secret": "s3"}}
            ask(f"{up.url}/proxy/alertmanager/a/api/v2/silences", "POST", {})
        assert {"/metrics", "/api/v2/silences", "/api/v2/alerts/groups"} <= set(fake.paths("GET"))
        assert ("/api/v2/status" in fake.paths("GET")) == (minor(karma) < 120)
        assert all(headers.get("X-Secret") == "s3" for _, _, headers in fake.requests)


def test_an_alertmanager_that_never_answers_costs_its_timeout_and_no_more(karma: Karma, tmp_path: Path):
    with fake_alertmanager(answers=False) as fake:
        port = free_port()
        with running(karma, tmp_path, config(port, {"uri": fake.url, "timeout": "100ms"}), port) as up:
            (one,) = alerts_json(up.url)["upstreams"]["instances"]
            assert "deadline exceeded" in one["error"]


def issued(authority: Authority, directory: Path) -> Path:
    """Write a new certificate for 127.0.0.1 with its key to the file that is returned, and `ca.pem` beside it."""
    pair = authority.issue()
    (directory / "ca.pem").write_text(authority.certificate)
    both = directory / "both.pem"
    both.write_text(pair.certificate + pair.key)
    return both


@pytest.mark.parametrize("trust", ["tls.ca", "SSL_CERT_DIR"])
def test_an_alertmanager_behind_tls_is_trusted_by_either_way(
    karma: Karma, tmp_path: Path, trust: str, authority: Authority
):
    certificate = issued(authority, tmp_path)
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    with fake_alertmanager(certificate=certificate) as fake:
        server: dict[str, Any] = {"uri": fake.url}
        env: dict[str, str] = {}
        if trust == "tls.ca":
            server["tls"] = {"ca": str(tmp_path / "ca.pem")}
        else:
            shutil.copy(tmp_path / "ca.pem", trusted / "ca.pem")
            env["SSL_CERT_DIR"] = str(trusted)
        port = free_port()
        with running(karma, tmp_path, config(port, server, {"name": "b", "uri": fake.url}), port, env=env) as up:
            errors = {one["name"]: one["error"] for one in alerts_json(up.url)["upstreams"]["instances"]}
        assert errors["a"] == ""
        # What one server trusts is not what another does; the directory is for all of them.
        assert ("certificate signed by unknown authority" in errors["b"]) == (trust == "tls.ca")


def test_the_ca_of_a_server_replaces_all_other_trust_even_when_it_is_rubbish(
    karma: Karma, tmp_path: Path, authority: Authority
):
    certificate = issued(authority, tmp_path)
    (tmp_path / "rubbish.pem").write_text("no certificate\n")
    with fake_alertmanager(certificate=certificate) as fake:
        port = free_port()
        servers = [{"uri": fake.url}, {"name": "b", "uri": fake.url, "tls": {"ca": "rubbish.pem"}}]
        with running(
            karma, tmp_path, config(port, *servers), port, env={"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        ) as up:
            errors = {one["name"]: one["error"] for one in alerts_json(up.url)["upstreams"]["instances"]}
        assert errors["a"] == ""
        assert "certificate signed by unknown authority" in errors["b"]
