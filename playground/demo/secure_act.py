"""The act of the demo that tells of TLS, trust, an ingress and logins: `make demo ARGS=--secure`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from playground.around.alertmanagers import SAMPLE_ALERTS, AlertmanagerUnit
from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.around.dashboard import Dashboard, eventually
from playground.around.reverse_proxy import PORT as PROXY_PORT
from playground.around.reverse_proxy import Settings, plain_python
from playground.around.secure_alertmanager import SecureAlertmanager
from playground.demo.secure_stage import Stage, distrusts, known_as, started, watched
from playground.demo.story import Story
from playground.juju.unit import Unit
from playground.machine.container import WorkloadContainer

_ALERTMANAGER_PORT = 19097
PORTS = (_ALERTMANAGER_PORT, _ALERTMANAGER_PORT + 1, PROXY_PORT)
"""On loopback, beside those of the plain act."""

_HTTP = "http://127.0.0.1:8080/"
_HTTPS = "https://127.0.0.1:8080/"
_PATH = "/playground-karma-k8s"
_PUBLIC = f"https://127.0.0.1:{PROXY_PORT}{_PATH}/"
_PLAIN = Browser(_HTTP)
_TOLD_BY_PROXY = {"X-Auth-Request-User": "alice", "X-Auth-Request-Groups": "a,b"}

_PROVIDER = "self-signed-certificates"
_SECURE = "secure-alertmanager"


def tell(container: WorkloadContainer, alertmanagers: Sequence[AlertmanagerUnit]) -> None:
    """Tell the act from a fresh deployment over plain HTTP, through all that makes it secure, back to plain HTTP.

    Raises:
        DemoError: when something did not happen as told.
    """
    unit = Unit(lambda: container.client)
    up = {one.name.replace("/", "-"): "" for one in alertmanagers}
    stage = Stage(Story(unit), unit, container, up, f"pw-{secrets.token_hex(8)}")
    old, authority, company = Authority("first authority"), Authority("second authority"), Authority("company")
    _deployed(stage, alertmanagers)
    certificates = _certified(stage, old)
    _authority_changed(stage, certificates, old, authority)
    with started(SecureAlertmanager(company, _ALERTMANAGER_PORT, name=f"{_SECURE}/0")) as secure:
        with plain_python(authority, Settings(_PATH, "https")):
            ingress = _ingress(stage, authority)
            _users(stage, authority)
            alerting, trust = _trusted(stage, authority, company, secure)
            auth_proxy = _two_kinds_of_login(stage, authority)
        with plain_python(authority, Settings(_PATH, "https", headers=_TOLD_BY_PROXY)):
            _signed_on(stage, authority, auth_proxy)
        _undone(stage, authority, (auth_proxy, ingress, trust, alerting, certificates))


def _deployed(stage: Stage, alertmanagers: Sequence[AlertmanagerUnit]) -> None:
    stage.story.step("$ juju deploy karma-k8s && juju config karma-k8s alertmanager-interval=1s")
    stage.unit.deploy()
    stage.unit.config(alertmanager_interval="1s")
    stage.story.status("blocked", "juju integrate karma-k8s:alerting")
    stage.story.step("$ juju integrate karma-k8s:alerting alertmanager")
    stage.unit.relate("alertmanager", {number: one.databag for number, one in enumerate(alertmanagers)})
    stage.story.status("active")
    stage.story.claim("Karma serves over plain HTTP", eventually(_PLAIN.is_up, wanted=True), True)
    stage.story.claim("its Alertmanagers are up", eventually(_PLAIN.errors, stage.up), stage.up)


def _certified(stage: Stage, authority: Authority) -> int:
    before = stage.container.starts
    stage.story.step(f"$ juju integrate karma-k8s:certificates {_PROVIDER}")
    relation = stage.unit.integrate("certificates", _PROVIDER)
    stage.story.status("waiting", f"waiting for a certificate from {_PROVIDER}")
    stage.story.claim("the page stays as it is until the certificate comes", _PLAIN.is_up(), True)
    stage.story.step(f"{_PROVIDER} signs the request that karma-k8s has published")
    stage.unit.certify(relation, authority)
    stage.story.status("active")
    browser = Browser(_HTTPS, authority)
    well = eventually(browser.is_up, wanted=True)
    stage.story.claim(f"{_HTTPS} is verified by a browser that trusts this authority only", well, True)
    stage.story.claim(
        "a browser that trusts another one only turns away", distrusts(Browser(_HTTPS, Authority())), True
    )
    stage.story.claim("plain HTTP is refused", _PLAIN.is_up(), False)
    stage.story.claim("it took one restart", stage.container.starts - before, 1)
    stage.story.claim(f"the action get-url says {_HTTPS}", stage.url(), _HTTPS)
    return relation


def _authority_changed(stage: Stage, relation: int, old: Authority, new: Authority) -> None:
    before, believer, convert = stage.container.starts, Browser(_HTTPS, old), Browser(_HTTPS, new)
    with watched(_PLAIN) as answers:
        stage.story.step(f"{_PROVIDER} gets a new authority, and withdraws the certificate")
        stage.unit.answer(relation, {"certificates": "[]"})
        stage.story.status("waiting", f"waiting for a certificate from {_PROVIDER}")
        stage.story.claim("the last certificate goes on being served", believer.is_up(), True)
        stage.story.step(f"{_PROVIDER} sends a certificate of the new authority")
        stage.unit.certify(relation, new)
        stage.story.status("active")
        well = eventually(convert.is_up, wanted=True)
        stage.story.claim("a browser that trusts the new authority only verifies it", well, True)
        stage.story.claim("one that trusts the old one only turns away", distrusts(believer), True)
    stage.story.claim("plain HTTP was asked for all the while, and never answered", set(answers), {False})
    stage.story.claim("it took one restart", stage.container.starts - before, 1)


def _ingress(stage: Stage, authority: Authority) -> int:
    stage.story.step("$ juju integrate karma-k8s:ingress traefik-k8s")
    relation = stage.unit.integrate("ingress", "traefik-k8s", {"ingress": json.dumps({"url": _PUBLIC})})
    stage.story.status("active")
    browser = Browser(_PUBLIC, authority)
    well = eventually(browser.is_up, wanted=True)
    stage.story.claim(f"a reverse proxy that keeps the path serves Karma at {_PUBLIC}", well, True)
    links = browser.assets()
    found = {link: link.startswith(_PUBLIC) and browser.status(link.removeprefix(_PUBLIC)) for link in links}
    seen = (bool(links), found)
    stage.story.claim("its scripts, styles and icons are there too", seen, (True, dict.fromkeys(links, 200)))
    stage.story.claim("so is alerts.json, and its Alertmanagers are up", eventually(browser.errors, stage.up), stage.up)
    stage.story.claim(f"the action get-url says {_PUBLIC}", stage.url(), _PUBLIC)
    return relation


def _users(stage: Stage, authority: Authority) -> None:
    anybody, alice = Browser(_PUBLIC, authority), Browser(_PUBLIC, authority, ("alice", stage.password))
    secret = stage.unit.add_secret("karma-users", {"users": f"alice: {stage.password}"})
    stage.story.step("$ juju add-secret karma-users users#file=users.yaml")
    print(secret)
    stage.story.step(f"$ juju config karma-k8s basic-auth-users={secret}")
    stage.unit.config(basic_auth_users=secret)
    stage.story.status("blocked", f"basic-auth-users: run `juju grant-secret {secret} karma-k8s`")
    stage.story.claim("the page stays as it is", anybody.status(), 200)
    stage.story.step("$ juju grant-secret karma-users karma-k8s      # and within minutes comes update-status")
    stage.unit.grant_secret("karma-users")
    stage.unit.fire(stage.unit.on.update_status())
    stage.story.status("active")
    stage.story.claim("without a password: 401", eventually(anybody.status, wanted=401), 401)
    stage.story.claim("with a wrong one: 401", Browser(_PUBLIC, authority, ("alice", "guess")).status(), 401)
    stage.story.claim("with the password of alice: 200", alice.status(), 200)
    stage.story.claim("/health answers without, for probes", anybody.is_up(), True)
    stage.story.claim("the password is in no status, no plan and no log", stage.leaks(), [])


def _trusted(stage: Stage, authority: Authority, company: Authority, secure: SecureAlertmanager) -> tuple[int, int]:
    alice, name = Browser(_PUBLIC, authority, ("alice", stage.password)), secure.name.replace("/", "-")
    stage.story.step(f"$ juju integrate karma-k8s:alerting {_SECURE}")
    alerting = stage.unit.relate(_SECURE, {0: secure.databag})
    stage.story.status("active")
    failed = eventually(lambda: "certificate" in alice.errors()[name], wanted=True)
    stage.story.claim(f"{name} serves https with a certificate that Karma does not trust", failed, True)
    stage.story.step("$ juju integrate karma-k8s:receive-ca-cert company-ca")
    sent = {"certificates": json.dumps([company.certificate]), "version": "1"}
    trust = stage.unit.integrate("receive-ca-cert", "company-ca", sent)
    stage.story.status("active")
    up = {**stage.up, name: ""}
    stage.story.claim(f"{name} is up: its certificate is verified", eventually(alice.errors, up), up)
    return alerting, trust


def _two_kinds_of_login(stage: Stage, authority: Authority) -> int:
    stage.story.step("$ juju integrate karma-k8s:auth-proxy oauth2-proxy-k8s")
    relation = stage.unit.integrate("auth-proxy", "oauth2-proxy-k8s")
    stage.story.status("blocked", "basic-auth-users: Karma takes one kind of login: choose between this and auth-proxy")
    alice = Browser(_PUBLIC, authority, ("alice", stage.password))
    seen = (Browser(_PUBLIC, authority).status(), alice.status())
    stage.story.claim("the password is still asked for, and taken", seen, (401, 200))
    return relation


def _signed_on(stage: Stage, authority: Authority, relation: int) -> None:
    past = Browser(f"https://127.0.0.1:8080{_PATH}/", authority)
    stage.story.step("$ juju config karma-k8s --reset basic-auth-users")
    stage.unit.config(basic_auth_users=None)
    stage.story.status("active")
    said = json.loads(stage.unit.application_said(relation)["protected_urls"])
    stage.story.claim(f"oauth2-proxy-k8s is asked to protect {_PUBLIC}", said, [_PUBLIC])
    alice = ("alice", ["a", "b"])
    seen = eventually(lambda: known_as(Browser(_PUBLIC, authority)), alice)
    stage.story.claim("Karma knows who comes by it: alice, of the groups a and b", seen, alice)
    forger = Browser(_PUBLIC, authority, headers={"X-Auth-Request-User": "mallory"})
    stage.story.claim("a header that a browser makes up does not get past it", known_as(forger), alice)
    stage.story.claim("who comes past it without its header: 401", past.status(), 401)
    stage.story.claim("/health answers there, for probes", past.is_up(), True)
    stage.story.claim("the password is in no status, no plan and no log", stage.leaks(), [])


def _undone(stage: Stage, authority: Authority, relations: Sequence[int]) -> None:
    names = [getattr(stage.unit.state.get_relation(one), "remote_app_name", "") for one in relations]
    stage.story.step("\n".join(f"$ juju remove-relation karma-k8s {name}" for name in names))
    for relation in relations:
        stage.unit.unrelate(relation)
    stage.story.status("active")
    stage.story.claim(f"Karma serves {_HTTP} again", eventually(_PLAIN.is_up, wanted=True), True)
    stage.story.claim("no longer over https", Browser(_HTTPS, authority).is_up(), False)
    stage.story.claim("nobody has to log in", _PLAIN.status(), 200)
    instances = {alert["instance"] for alert in SAMPLE_ALERTS}
    seen = eventually(Dashboard(_HTTP.rstrip("/")).alerts, instances)
    stage.story.claim("the alerts are on the page", seen, instances)
    stage.story.claim(f"the action get-url says {_HTTP}", stage.url(), _HTTP)
