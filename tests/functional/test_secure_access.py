"""How people come to the dashboard: through a reverse proxy that keeps the path, and with a login."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import ops
import pytest
from ops import testing

from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.around.reverse_proxy import PORT, Settings, plain_python
from playground.juju.unit import Unit
from playground.machine.binaries import Karma
from playground.machine.container import WorkloadContainer
from playground.machine.waiting import eventually
from tests.functional.conftest import HTTP, is_ready
from tests.functional.reverse_proxies import nginx

Proxy = Callable[..., AbstractContextManager[str]]

INGRESS = {"ingress": json.dumps({"url": f"https://127.0.0.1:{PORT}/model-karma"})}
UNDER_PREFIX = Browser("http://127.0.0.1:8080/model-karma/")
USERS = "alice: correct horse\nbob: '1234'\n"


@pytest.fixture(params=[nginx, plain_python], ids=["nginx", "python"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    return request.param


def test_a_browser_follows_the_path_of_the_ingress(
    shown: Unit, container: WorkloadContainer, authority: Authority, proxy: Proxy
):
    before = container.starts
    shown.integrate("ingress", "traefik", INGRESS)
    assert shown.status == ops.ActiveStatus()
    assert container.starts == before + 1
    with proxy(authority, Settings("/model-karma")) as url:
        browser = Browser(f"{url}/", authority)
        assert eventually(browser.is_up, wanted=True)
        assert browser.errors() == {"alertmanager-0": ""}
        links = browser.assets()
        assert links
        assert {link for link in links if not link.startswith(f"{url}/")} == set()
        assert {link: browser.status(link.removeprefix(f"{url}/")) for link in links} == dict.fromkeys(links, 200)
        assert shown.run_action("get-url", {}) == {"url": f"{url}/"}
    assert not HTTP.is_up()
    assert "up: true" in shown.run_action("list-alertmanagers", {})["alertmanagers"]
    assert eventually(lambda: is_ready(container), wanted=True)


@pytest.mark.usefixtures("certified")
def test_an_ingress_reaches_a_dashboard_over_https(
    shown: Unit, authority: Authority, proxy: Proxy, container: WorkloadContainer
):
    relation = shown.integrate("ingress", "traefik", INGRESS)
    assert json.loads(shown.application_said(relation)["scheme"]) == "https"
    with proxy(authority, Settings("/model-karma", "https")) as url:
        browser = Browser(f"{url}/", authority)
        assert eventually(browser.is_up, wanted=True)
        assert browser.errors() == {"alertmanager-0": ""}
    assert eventually(lambda: is_ready(container), wanted=True)


def test_an_ingress_that_changes_its_path_or_goes_costs_one_restart_each(shown: Unit, container: WorkloadContainer):
    relation = shown.integrate("ingress", "traefik", INGRESS)
    assert eventually(UNDER_PREFIX.is_up, wanted=True)
    before = container.starts
    shown.answer(relation, {"ingress": json.dumps({"url": "http://example.com/other"})})
    assert eventually(Browser("http://127.0.0.1:8080/other/").is_up, wanted=True)
    shown.answer(relation, {"ingress": json.dumps({"url": "https://sub.example.com/"})})
    assert eventually(HTTP.is_up, wanted=True)
    assert shown.run_action("get-url", {}) == {"url": "https://sub.example.com/"}
    shown.answer(relation, {})
    shown.unrelate(relation)
    assert container.starts == before + 2
    assert shown.run_action("get-url", {}) == {"url": "http://127.0.0.1:8080/"}


def test_a_url_that_cannot_be_used_is_told_and_karma_stays_where_it_is(shown: Unit, container: WorkloadContainer):
    before = container.starts
    relation = shown.integrate("ingress", "traefik")
    for published, why in (("nonsense", "is not JSON"), ('{"url": "gopher://h/"}', "is not an http or https URL")):
        shown.answer(relation, {"ingress": published})
        assert shown.status == ops.ActiveStatus(f"ingress: the URL from traefik {why}"), published
    assert container.starts == before
    assert HTTP.is_up()


@pytest.mark.usefixtures("certified")
def test_only_those_with_a_password_get_in(
    shown: Unit, browser: Browser, authority: Authority, container: WorkloadContainer
):
    secret = shown.add_secret("users", {"users": USERS}, granted=True)
    shown.config(basic_auth_users=secret)
    assert shown.status == ops.ActiveStatus()
    url = "https://127.0.0.1:8080/"
    alice = Browser(url, authority, ("alice", "correct horse"))
    assert eventually(alice.status, wanted=200) == 200
    assert browser.status() == 401
    assert browser.is_up()
    assert Browser(url, authority, ("bob", "1234")).status() == 200
    assert Browser(url, authority, ("bob", "12345")).status() == 401
    assert "up: true" in shown.run_action("list-alertmanagers", {})["alertmanagers"]
    text = shown.run_action("show-config", {})["config"]
    assert "alice" in text
    before = container.starts
    shown.update_secret("users", {"users": "alice: battery staple"})
    assert eventually(Browser(url, authority, ("alice", "battery staple")).status, wanted=200) == 200
    assert alice.status() == 401
    assert container.starts == before + 1
    seen = "\n".join((*shown.log, text, container.client.get_plan().to_yaml(), container.log))
    for word in ("correct horse", "battery staple"):
        assert word not in seen


def test_passwords_in_the_clear_are_refused_and_the_status_says_what_to_do(shown: Unit):
    shown.config(basic_auth_users=shown.add_secret("users", {"users": USERS}, granted=True))
    command = "juju integrate karma-k8s:certificates <provider>"
    assert shown.status == ops.BlockedStatus(f"basic-auth-users: needs TLS: run `{command}`, or use an https ingress")
    assert HTTP.status() == 200
    shown.integrate("ingress", "traefik", INGRESS)
    assert shown.status == ops.ActiveStatus()
    assert eventually(UNDER_PREFIX.status, wanted=401) == 401


@pytest.mark.usefixtures("certified")
def test_users_that_make_no_sense_leave_the_last_good_karma(
    shown: Unit, container: WorkloadContainer, authority: Authority
):
    shown.config(basic_auth_users=shown.add_secret("users", {"users": USERS}, granted=True))
    before = container.starts
    for users in ("", "- alice", "alice: ''"):
        shown.update_secret("users", {"users": users})
        assert shown.status.name == "blocked", users
        assert shown.status.message.startswith("basic-auth-users: ")
        assert container.starts == before
    alice = Browser("https://127.0.0.1:8080/", authority, ("alice", "correct horse"))
    assert eventually(alice.status, wanted=200) == 200


def test_a_login_by_header_lets_in_whom_the_proxy_names(shown: Unit):
    shown.config(auth_header="X-Remote-User")
    assert shown.status == ops.ActiveStatus()
    assert eventually(HTTP.status, wanted=401) == 401
    alice = Browser("http://127.0.0.1:8080/", headers={"X-Remote-User": "alice"})
    assert alice.status() == 200
    assert HTTP.is_up()
    assert "up: true" in shown.run_action("list-alertmanagers", {})["alertmanagers"]
    shown.config(auth_header_re="(al.+)")
    assert eventually(alice.status, wanted=200) == 200
    with pytest.raises(testing.ActionFailed, match="auth-header-re does not match"):
        shown.run_action("list-alertmanagers", {})


def test_a_related_proxy_says_who_somebody_is(shown: Unit, authority: Authority, proxy: Proxy, karma: Karma):
    if karma.version == "v0.90":
        pytest.skip("v0.90 knows no groups from headers: test_a_karma_that_knows_no_groups_names_the_endpoint")
    relation = shown.integrate("auth-proxy", "oauth2-proxy")
    told = "auth-proxy: run `juju integrate karma-k8s:ingress <ingress>`; it has nothing to protect yet"
    assert shown.status == ops.BlockedStatus(told)
    assert eventually(HTTP.status, wanted=401) == 401
    told_by_proxy = {"X-Auth-Request-User": "alice", "X-Auth-Request-Groups": "a,b"}
    with proxy(authority, Settings("/model-karma", headers=told_by_proxy)) as url:
        public = url.replace("127.0.0.1", "k.example.com")
        shown.integrate("ingress", "traefik", {"ingress": json.dumps({"url": public})})
        assert shown.status == ops.ActiveStatus()
        said = {key: json.loads(value) for key, value in shown.application_said(relation).items() if key != "app_name"}
        assert said["protected_urls"] == [public]
        told = ("User", "Email", "Preferred-Username", "Groups")
        assert said["headers"] == [f"X-Auth-Request-{what}" for what in told]
        browser = Browser(f"{url}/", authority)
        assert eventually(browser.status, wanted=200) == 200
        assert browser.known_as() == ("alice", ["a", "b"])
    assert UNDER_PREFIX.status() == 401
    assert UNDER_PREFIX.is_up()


def test_a_karma_that_knows_no_groups_names_the_endpoint(shown: Unit, container: WorkloadContainer, karma: Karma):
    if karma.version != "v0.90":
        pytest.skip("newer ones know groups")
    before = container.starts
    shown.integrate("auth-proxy", "oauth2-proxy")
    assert shown.status.name == "blocked"
    assert shown.status.message.startswith("auth-proxy: ")
    assert container.starts == before


ACL = """
rules:
  - action: block
    reason: only admins may
    scope: {groups: [admins]}
"""


def test_a_silence_acl_is_judged_by_karma_and_named(shown: Unit, container: WorkloadContainer):
    shown.config(auth_header="X-User", authorization_groups="[{name: admins, members: [alice]}]", silence_acl=ACL)
    assert shown.status == ops.ActiveStatus()
    before = container.starts
    shown.config(silence_acl="rules: [{action: maybe, reason: x}]")
    assert shown.status.name == "blocked"
    assert shown.status.message.startswith("silence-acl: ")
    shown.config(silence_acl="rules:\n  - foo: x\n")
    assert shown.status.message.startswith("silence-acl: ")
    shown.config(silence_acl=ACL, alertmanager_access="direct")
    why = "alertmanager-0 left out: not proxied; set alertmanager-access=proxy"
    assert shown.status == ops.BlockedStatus(f"silence-acl: {why}")
    assert container.starts == before
