"""What the charm relies on when Karma serves: asserted on every Karma at hand and on the stand-in."""

from __future__ import annotations

import base64
import json
import signal
from pathlib import Path

import pytest

from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.machine.binaries import Karma
from tests.functional.conftest import HTTP
from tests.functional.karma_process import NOBODY, PORT, Run, accepts, ask, config, minor, started, wait_for


@pytest.mark.parametrize("prefix", ["/x/", "/x"])
def test_below_a_prefix_everything_moves(karma: Karma, run: Run, prefix: str):
    with run(config({"uri": NOBODY}, listen={"prefix": prefix})):
        assert ask("/x/health").body == "Pong\n"
        assert json.loads(ask("/x/version").body)["version"] == karma.version
        assert ask("/x/metrics").status == 200
        assert ask("/x/").status == 200
        redirect = ask("/x")
        assert (redirect.status, redirect.headers["Location"]) == (301, "/x/")
        assert [ask(path).status for path in ("/", "/health", "/version", "/metrics")] == [404] * 4
        assert Browser("http://127.0.0.1:8080/x/").state()["version"] == karma.version


def test_the_page_hands_the_settings_of_the_interface_to_the_browser(run: Run):
    settings = {"ui": {"theme": "dark", "refresh": "7s", "minimalGroupWidth": 500}}
    with run(config({"uri": NOBODY}, **settings)):
        found = HTTP.settings()
        assert (found["Theme"], found["Refresh"], found["MinimalGroupWidth"]) == ("dark", 7_000_000_000, 500)


def test_basic_login_guards_all_but_health_metrics_and_version(run: Run):
    users = {"basicAuth": {"users": [{"username": "u", "password": "p"}]}}
    good, bad = (f"Basic {base64.b64encode(pair).decode()}" for pair in (b"u:p", b"u:x"))
    with run(config({"uri": NOBODY}, authentication=users)):
        for path in ("/health", "/metrics", "/version"):
            assert ask(path).status == 200
        for path in ("/", "/custom.css", "/nowhere"):
            assert ask(path).status == 401
        assert ask("/alerts.json", "POST", {}).status == 401
        assert ask("/", Authorization=bad).status == 401
        assert ask("/", Authorization=good).status == 200
        shown = Browser(login=("u", "p")).state()["authentication"]
        assert (shown["enabled"], shown["username"]) == (True, "u")


def test_groups_come_from_a_header_of_the_proxy_in_front_and_are_none_without(karma: Karma, run: Run):
    if minor(karma) < 114:
        pytest.skip("it knows no groups from headers")
    groups = {"group_name": "X-Groups", "group_value_re": "in=(.+)", "group_value_separator": ","}
    header = {"header": {"name": "X-User", "value_re": "(.+)", **groups}}
    with run(config({"uri": NOBODY}, authentication=header)):
        for sent, wanted in (("in=a,b", ["a", "b"]), ("in=a", ["a"]), ("a,b", [])):
            assert Browser(headers={"X-User": "bob", "X-Groups": sent}).known_as() == ("bob", wanted)
        assert Browser(headers={"X-User": "bob"}).known_as() == ("bob", [])


def test_custom_files_are_found_from_the_working_directory(run: Run, tmp_path: Path):
    (tmp_path / "mine.css").write_text("b{}")
    (tmp_path / "mine.js").write_text("f();")
    with run(config({"uri": NOBODY}, custom={"css": "mine.css", "js": "mine.js"})):
        style = ask("/custom.css")
        assert (style.status, style.body, ask("/custom.js").body) == (200, "b{}", "f();")
        assert style.headers["Content-Type"].startswith("text/css")
        (tmp_path / "mine.js").unlink()
        assert ask("/custom.js").status == 404


def test_tls_with_a_certificate_found_from_the_working_directory(run: Run, tmp_path: Path, authority: Authority):
    pair = authority.issue()
    (tmp_path / "cert.pem").write_text(pair.certificate)
    (tmp_path / "key.pem").write_text(pair.key)
    (tmp_path / "ca.pem").write_text(authority.certificate)
    with run(config({"uri": NOBODY}, listen={"tls": {"cert": "cert.pem", "key": "key.pem"}})):
        assert ask("/health", ca=tmp_path / "ca.pem").body == "Pong\n"


def test_a_missing_certificate_ends_karma_with_code_0_and_a_word_in_the_log(karma: Karma, tmp_path: Path):
    listen = {"tls": {"cert": "nowhere.pem", "key": "nowhere.key"}}
    with started(karma, tmp_path, config({"uri": NOBODY}, listen=listen)) as one:
        assert one.process.wait(30) == 0
        assert 'HTTPS server startup error" error="open nowhere.pem: no such file or directory"' in one.log.read_text()


def test_without_servers_a_page_is_served_but_for_old_versions(karma: Karma, run: Run, tmp_path: Path):
    if minor(karma) >= 95:
        with run(config()):
            assert ask("/health").status == 200
    else:
        with started(karma, tmp_path, config()) as one:
            assert one.process.wait(30) == 1
            assert "no valid Alertmanager URIs defined" in one.log.read_text()


def test_being_asked_to_stop_it_stops_with_code_0(run: Run):
    with run(config({"uri": NOBODY})) as one:
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(30) == 0
        assert not accepts()


def test_the_address_may_come_from_the_environment_and_the_port_from_the_file(run: Run):
    text = json.dumps({"alertmanager": {"servers": [{"name": "a", "uri": NOBODY}]}, "listen": {"port": PORT}})
    env = {"LISTEN_ADDRESS": "127.0.0.1", "LISTEN_PORT": "8081", "PORT": "8081"}
    with run(text, env=env) as one:
        wait_for(lambda: f"127.0.0.1:{PORT}" in one.log.read_text())
        assert not accepts(8081)
