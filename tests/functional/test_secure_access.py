"""How people come to the dashboard: through a reverse proxy that keeps the path, and with a login."""

from __future__ import annotations

import json

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
from tests.functional.karma_process import minor
from tests.functional.reverse_proxies import Proxy, nginx

INGRESS = {"ingress": json.dumps({"url": f"https://127.0.0.1:{PORT}/model-karma"})}
UNDER_PREFIX = Browser("http://127.0.0.1:8080/model-karma/")


@pytest.fixture(params=[nginx, plain_python], ids=["nginx", "python"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    return request.param


@pytest.fixture
def well(karma: Karma) -> ops.ActiveStatus:
    """What is said where there is a login and all is well: before v0.133 Karma cannot be told whom to answer."""
    why = "karma-image: this Karma answers other pages of a browser with a login too; attach v0.133 or newer"
    return ops.ActiveStatus(why if minor(karma) < 133 else "")


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


def test_a_login_by_header_lets_in_whom_the_proxy_names(well: ops.ActiveStatus, shown: Unit):
    shown.config(auth_header="X-Remote-User")
    assert shown.status == well
    assert eventually(HTTP.status, wanted=401) == 401
    alice = Browser("http://127.0.0.1:8080/", headers={"X-Remote-User": "alice"})
    assert alice.status() == 200
    assert HTTP.is_up()
    assert "up: true" in shown.run_action("list-alertmanagers", {})["alertmanagers"]
    shown.config(auth_header_re="a(l.+)")
    assert eventually(alice.known_as, ("lice", [])) == ("lice", [])
    assert Browser("http://127.0.0.1:8080/", headers={"X-Remote-User": "bob"}).status() == 401
    with pytest.raises(testing.ActionFailed, match="auth-header-re does not match"):
        shown.run_action("list-alertmanagers", {})


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


def test_a_silence_acl_is_judged_by_karma_and_named(well: ops.ActiveStatus, shown: Unit, container: WorkloadContainer):
    shown.config(auth_header="X-User", authorization_groups="[{name: admins, members: [alice]}]", silence_acl=ACL)
    assert shown.status == well
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
