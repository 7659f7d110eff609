"""What the charm relies on when Karma serves: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest

from playground.around.authority import Authority
from playground.around.dashboard import Dashboard
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
    minor,
    running,
    started,
    terminate,
    wait_for,
)

pytestmark = pytest.mark.parametrize("karma", [pytest.param(one, id=one.version) for one in binaries.karmas()])


def test_http_opens_only_after_the_first_pull(karma: Karma, tmp_path: Path):
    with fake_alertmanager(answers=False) as fake:
        port = free_port()
        with started(karma, tmp_path, config(port, {"uri": fake.url, "timeout": "25s"})) as (process, log):
            wait_for(lambda: fake.requests)
            assert not accepts(port), log.read_text()
            fake.answers.set()
            wait_for(lambda: accepts(port))
            assert process.poll() is None


def test_below_a_prefix_everything_moves(karma: Karma, tmp_path: Path):
    for prefix in ("/x/", "/x"):
        port = free_port()
        with running(karma, tmp_path, config(port, {"uri": NOBODY}, listen={"prefix": prefix}), port) as up:
            assert ask(f"{up.url}/x/health").body == "Pong\n"
            assert json.loads(ask(f"{up.url}/x/version").body)["version"] == karma.version
            assert ask(f"{up.url}/x/metrics").status == 200
            assert ask(f"{up.url}/x/").status == 200
            redirect = ask(f"{up.url}/x")
            assert (redirect.status, redirect.headers["Location"]) == (301, "/x/")
            assert [ask(f"{up.url}{path}").status for path in ("/", "/health", "/version", "/metrics")] == [404] * 4
            assert alerts_json(f"{up.url}/x")["version"] == karma.version


def test_the_page_hands_the_settings_of_the_interface_to_the_browser(karma: Karma, tmp_path: Path):
    port = free_port()
    settings = {"ui": {"theme": "dark", "refresh": "7s", "minimalGroupWidth": 500}}
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, **settings), port) as up:
        found = Dashboard(up.url).settings()
        assert (found["Theme"], found["Refresh"], found["MinimalGroupWidth"]) == ("dark", 7_000_000_000, 500)


def test_basic_login_guards_all_but_health_metrics_and_version(karma: Karma, tmp_path: Path):
    port = free_port()
    users = {"basicAuth": {"users": [{"username": "u", "password": "p"}]}}
    good, bad = (f"Basic {base64.b64encode(pair).decode()}" for pair in (b"u:p", b"u:x"))
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, authentication=users), port) as up:
        for path in ("/health", "/metrics", "/version"):
            assert ask(up.url + path).status == 200
        for path in ("/", "/custom.css", "/nowhere"):
            assert ask(up.url + path).status == 401
        assert ask(f"{up.url}/alerts.json", "POST", {}).status == 401
        assert ask(f"{up.url}/", Authorization=bad).status == 401
        assert ask(f"{up.url}/", Authorization=good).status == 200
        shown = alerts_json(up.url, Authorization=good)["authentication"]
        assert (shown["enabled"], shown["username"]) == (True, "u")


def test_login_by_header_takes_the_name_that_the_proxy_in_front_vouches_for(karma: Karma, tmp_path: Path):
    port = free_port()
    header = {"header": {"name": "X-User", "value_re": "user=(.+)"}}
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, authentication=header), port) as up:
        assert ask(f"{up.url}/health").status == 200
        assert ask(f"{up.url}/").status == 401
        assert ask(f"{up.url}/", X_User="bob").status == 401
        assert ask(f"{up.url}/", X_User="user=bob").status == 200
        assert alerts_json(up.url, X_User="user=bob")["authentication"]["username"] == "bob"


def test_groups_come_from_a_header_of_the_proxy_in_front_and_are_none_without(karma: Karma, tmp_path: Path):
    if minor(karma) < 114:
        pytest.skip("it knows no groups from headers")
    port = free_port()
    groups = {"group_name": "X-Groups", "group_value_re": "in=(.+)", "group_value_separator": ","}
    header = {"header": {"name": "X-User", "value_re": "(.+)", **groups}}
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, authentication=header), port) as up:
        for sent, wanted in (("in=a,b", ["a", "b"]), ("in=a", ["a"]), ("a,b", [])):
            assert alerts_json(up.url, X_User="bob", X_Groups=sent)["authentication"]["groups"] == wanted
        assert alerts_json(up.url, X_User="bob")["authentication"]["groups"] == []


def test_custom_files_are_found_from_the_working_directory(karma: Karma, tmp_path: Path):
    (tmp_path / "mine.css").write_text("b{}")
    custom = {"css": "mine.css", "js": "nowhere.js"}
    port = free_port()
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, custom=custom), port) as up:
        style = ask(f"{up.url}/custom.css")
        assert (style.status, style.body) == (200, "b{}")
        assert style.headers["Content-Type"].startswith("text/css")
        assert ask(f"{up.url}/custom.js").status == 404


def test_tls_with_a_certificate_found_from_the_working_directory(karma: Karma, tmp_path: Path, authority: Authority):
    pair = authority.issue()
    (tmp_path / "cert.pem").write_text(pair.certificate)
    (tmp_path / "key.pem").write_text(pair.key)
    (tmp_path / "ca.pem").write_text(authority.certificate)
    port = free_port()
    listen = {"tls": {"cert": "cert.pem", "key": "key.pem"}}
    with running(karma, tmp_path, config(port, {"uri": NOBODY}, listen=listen), port):
        assert ask(f"https://127.0.0.1:{port}/health", ca=tmp_path / "ca.pem").body == "Pong\n"


def test_a_missing_certificate_ends_karma_with_code_0_and_a_word_in_the_log(karma: Karma, tmp_path: Path):
    listen = {"tls": {"cert": "nowhere.pem", "key": "nowhere.key"}}
    with started(karma, tmp_path, config(free_port(), {"uri": NOBODY}, listen=listen)) as (process, log):
        assert process.wait(30) == 0
        assert 'HTTPS server startup error" error="open nowhere.pem: no such file or directory"' in log.read_text()


def test_without_servers_a_page_is_served_but_for_old_versions(karma: Karma, tmp_path: Path):
    port = free_port()
    if minor(karma) >= 95:
        with running(karma, tmp_path, config(port), port) as up:
            assert ask(f"{up.url}/health").status == 200
    else:
        with started(karma, tmp_path, config(port)) as (process, log):
            assert process.wait(30) == 1
            assert "no valid Alertmanager URIs defined" in log.read_text()


def test_a_port_that_is_taken_ends_karma_with_code_1(karma: Karma, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started(karma, tmp_path, config(port, {"uri": NOBODY})) as (process, log):
            assert process.wait(30) == 1
            assert "address already in use" in log.read_text().splitlines()[-1]


def test_being_asked_to_stop_it_stops_with_code_0(karma: Karma, tmp_path: Path):
    port = free_port()
    with running(karma, tmp_path, config(port, {"uri": NOBODY}), port) as up:
        assert terminate(up.process) == 0
        assert not accepts(port)


def test_the_address_may_come_from_the_environment_and_the_port_from_the_file(karma: Karma, tmp_path: Path):
    port, other = free_port(), free_port()
    text = json.dumps({"alertmanager": {"servers": [{"name": "a", "uri": NOBODY}]}, "listen": {"port": port}})
    env = {"LISTEN_ADDRESS": "127.0.0.1", "LISTEN_PORT": str(other), "PORT": str(other)}
    with running(karma, tmp_path, text, port, env=env) as up:
        wait_for(lambda: f"127.0.0.1:{port}" in up.log.read_text())
        assert not accepts(other)
