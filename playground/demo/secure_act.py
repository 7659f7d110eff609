"""The act of the demo that tells of TLS, trust, an ingress and logins: `make demo ARGS=--secure`."""

from __future__ import annotations

import json
import secrets
import ssl
import urllib.error
from collections.abc import Sequence

from playground.around.authority import Authority
from playground.around.browser import Browser
from playground.around.reverse_proxy import PORT as PROXY_PORT
from playground.around.reverse_proxy import Settings, plain_python
from playground.around.secure_alertmanager import SecureAlertmanager
from playground.demo.stage import INSTANCES, Stage

_ALERTMANAGER_PORT = 19097
PORTS = (_ALERTMANAGER_PORT, _ALERTMANAGER_PORT + 1, PROXY_PORT)
"""On loopback, beside those of the plain act."""

_HTTP = "http://127.0.0.1:8080/"
_HTTPS = "https://127.0.0.1:8080/"
_PATH = "/playground-karma-k8s"
_PUBLIC = f"https://127.0.0.1:{PROXY_PORT}{_PATH}/"
_PLAIN = Browser(_HTTP)
_TOLD_BY_PROXY = {"X-Auth-Request-User": "alice", "X-Auth-Request-Groups": "a,b"}

_PASSWORD = f"pw-{secrets.token_hex(8)}"
"""Made for one run, so that its traces can be looked for."""

_PROVIDER = "self-signed-certificates"
_SECURE = "secure-alertmanager"


def tell(stage: Stage) -> None:
    """Tell the act from a fresh deployment over plain HTTP, through all that makes it secure, back to plain HTTP.

    Raises:
        PlaygroundError: when something did not happen as told.
    """
    old, authority, company = Authority("first authority"), Authority("second authority"), Authority("company")
    _deployed(stage)
    certificates = _certified(stage, old)
    _authority_changed(stage, certificates, old, authority)
    with SecureAlertmanager(company, _ALERTMANAGER_PORT, name=f"{_SECURE}/0") as secure:
        with plain_python(authority, Settings(_PATH, "https")):
            ingress = _ingress(stage, authority)
            _users(stage, authority)
            alerting, trust = _trusted(stage, authority, company, secure)
            auth_proxy = _two_kinds_of_login(stage, authority)
        with plain_python(authority, Settings(_PATH, "https", headers=_TOLD_BY_PROXY)):
            _signed_on(stage, authority, auth_proxy)
        _undone(stage, authority, (auth_proxy, ingress, trust, alerting, certificates))


def _deployed(stage: Stage) -> None:
    stage.step("$ juju deploy karma-k8s")
    stage.unit.deploy()
    stage.step("$ juju config karma-k8s alertmanager-interval=1s certificate-extra-sans=127.0.0.1")
    stage.unit.config(alertmanager_interval="1s", certificate_extra_sans="127.0.0.1")
    stage.status("blocked", "juju integrate karma-k8s:alerting")
    stage.step("$ juju integrate karma-k8s:alerting alertmanager")
    stage.unit.relate("alertmanager", stage.databags)
    stage.status("active")
    stage.comes_true("Karma serves over plain HTTP", _PLAIN.is_up, True)
    stage.comes_true("its Alertmanagers are up", _PLAIN.errors, stage.up)


def _certified(stage: Stage, authority: Authority) -> int:
    before = stage.container.starts
    stage.step(f"$ juju integrate karma-k8s:certificates {_PROVIDER}")
    relation = stage.unit.integrate("certificates", _PROVIDER)
    stage.status("waiting", f"waiting for a certificate from {_PROVIDER}")
    stage.claim("the page stays as it is until the certificate comes", _PLAIN.is_up(), True)
    stage.step(f"{_PROVIDER} signs the request that karma-k8s has published")
    stage.unit.certify(relation, authority)
    stage.status("active")
    browser = Browser(_HTTPS, authority)
    stage.comes_true(f"{_HTTPS} is verified by a browser that trusts this authority only", browser.is_up, True)
    stage.claim("a browser that trusts another one only turns away", _distrusts(Browser(_HTTPS, Authority())), True)
    stage.claim("plain HTTP is refused", _PLAIN.is_up(), False)
    stage.claim("it took one restart", stage.container.starts - before, 1)
    stage.claim(f"the action get-url says {_HTTPS}", stage.unit.run_action("get-url", {}), {"url": _HTTPS})
    return relation


def _authority_changed(stage: Stage, relation: int, old: Authority, new: Authority) -> None:
    before, believer, convert = stage.container.starts, Browser(_HTTPS, old), Browser(_HTTPS, new)
    with _PLAIN.watching() as answers:
        stage.step(f"{_PROVIDER} gets a new authority, and withdraws the certificate")
        stage.unit.answer(relation, {"certificates": "[]"})
        stage.status("waiting", f"waiting for a certificate from {_PROVIDER}")
        stage.claim("the last certificate goes on being served", believer.is_up(), True)
        stage.step(f"{_PROVIDER} sends a certificate of the new authority")
        stage.unit.certify(relation, new)
        stage.status("active")
        stage.comes_true("a browser that trusts the new authority only verifies it", convert.is_up, True)
        stage.claim("one that trusts the old one only turns away", _distrusts(believer), True)
    stage.claim("plain HTTP was asked for all the while, and never answered", set(answers), {False})
    stage.claim("it took one restart", stage.container.starts - before, 1)


def _ingress(stage: Stage, authority: Authority) -> int:
    stage.step("$ juju integrate karma-k8s:ingress traefik-k8s")
    relation = stage.unit.integrate("ingress", "traefik-k8s", {"ingress": json.dumps({"url": _PUBLIC})})
    stage.status("active")
    browser = Browser(_PUBLIC, authority)
    stage.comes_true(f"a reverse proxy that keeps the path serves Karma at {_PUBLIC}", browser.is_up, True)
    links = browser.assets()
    found = {link: link.startswith(_PUBLIC) and browser.status(link.removeprefix(_PUBLIC)) for link in links}
    seen = (bool(links), found)
    stage.claim("its scripts, styles and icons are there too", seen, (True, dict.fromkeys(links, 200)))
    stage.comes_true("so is alerts.json, and its Alertmanagers are up", browser.errors, stage.up)
    stage.claim(f"the action get-url says {_PUBLIC}", stage.unit.run_action("get-url", {}), {"url": _PUBLIC})
    return relation


def _users(stage: Stage, authority: Authority) -> None:
    anybody, alice = Browser(_PUBLIC, authority), Browser(_PUBLIC, authority, ("alice", _PASSWORD))
    secret = stage.unit.add_secret("karma-users", {"users": f"alice: {_PASSWORD}"})
    stage.step("$ juju add-secret karma-users users#file=users.yaml")
    print(secret)
    stage.step(f"$ juju config karma-k8s basic-auth-users={secret}")
    stage.unit.config(basic_auth_users=secret)
    stage.status("blocked", f"basic-auth-users: run `juju grant-secret {secret} karma-k8s`")
    stage.claim("the page stays as it is", anybody.status(), 200)
    stage.step("$ juju grant-secret karma-users karma-k8s      # and within minutes comes update-status")
    stage.unit.grant_secret("karma-users")
    stage.unit.fire(stage.unit.on.update_status())
    stage.status("active")
    stage.comes_true("without a password: 401", anybody.status, 401)
    stage.claim("with a wrong one: 401", Browser(_PUBLIC, authority, ("alice", "guess")).status(), 401)
    stage.claim("with the password of alice: 200", alice.status(), 200)
    stage.claim("/health answers without, for probes", anybody.is_up(), True)
    stage.claim("the password is in no status, no plan and no log", _leaks(stage), [])


def _trusted(stage: Stage, authority: Authority, company: Authority, secure: SecureAlertmanager) -> tuple[int, int]:
    alice, name = Browser(_PUBLIC, authority, ("alice", _PASSWORD)), secure.name.replace("/", "-")
    stage.step(f"$ juju integrate karma-k8s:alerting {_SECURE}")
    alerting = stage.unit.relate(_SECURE, {0: secure.databag})
    stage.status("active")
    distrusted = f"{name} serves https with a certificate that Karma does not trust"
    stage.comes_true(distrusted, lambda: "certificate" in alice.errors()[name], True)
    stage.step("$ juju integrate karma-k8s:receive-ca-cert company-ca")
    sent = {"certificates": json.dumps([company.certificate]), "version": "1"}
    trust = stage.unit.integrate("receive-ca-cert", "company-ca", sent)
    stage.status("active")
    up = {**stage.up, name: ""}
    stage.comes_true(f"{name} is up: its certificate is verified", alice.errors, up)
    return alerting, trust


def _two_kinds_of_login(stage: Stage, authority: Authority) -> int:
    stage.step("$ juju integrate karma-k8s:auth-proxy oauth2-proxy-k8s")
    relation = stage.unit.integrate("auth-proxy", "oauth2-proxy-k8s")
    stage.status("blocked", "basic-auth-users: Karma takes one kind of login: choose between this and auth-proxy")
    alice = Browser(_PUBLIC, authority, ("alice", _PASSWORD))
    seen = (Browser(_PUBLIC, authority).status(), alice.status())
    stage.claim("the password is still asked for, and taken", seen, (401, 200))
    return relation


def _signed_on(stage: Stage, authority: Authority, relation: int) -> None:
    past = Browser(f"https://127.0.0.1:8080{_PATH}/", authority)
    stage.step("$ juju config karma-k8s --reset basic-auth-users      # and within minutes comes update-status")
    stage.unit.config(basic_auth_users=None)
    stage.unit.fire(stage.unit.on.update_status())
    stage.status("active")
    said = json.loads(stage.unit.application_said(relation)["protected_urls"])
    stage.claim(f"oauth2-proxy-k8s is asked to protect {_PUBLIC}", said, [_PUBLIC])
    alice = ("alice", ["a", "b"])
    browser = Browser(_PUBLIC, authority)
    stage.comes_true("Karma knows who comes by it: alice, of the groups a and b", browser.known_as, alice)
    forger = Browser(_PUBLIC, authority, headers={"X-Auth-Request-User": "mallory"})
    stage.claim("a header that a browser makes up does not get past it", forger.known_as(), alice)
    stage.claim("who comes past it without its header: 401", past.status(), 401)
    stage.claim("/health answers there, for probes", past.is_up(), True)
    stage.claim("the password is in no status, no plan and no log", _leaks(stage), [])


def _undone(stage: Stage, authority: Authority, relations: Sequence[int]) -> None:
    names = [getattr(stage.unit.state.get_relation(one), "remote_app_name", "") for one in relations]
    stage.step("\n".join(f"$ juju remove-relation karma-k8s {name}" for name in names))
    for relation in relations:
        stage.unit.unrelate(relation)
    stage.status("active")
    stage.comes_true(f"Karma serves {_HTTP} again", _PLAIN.is_up, True)
    stage.claim("no longer over https", Browser(_HTTPS, authority).is_up(), False)
    stage.claim("nobody has to log in", _PLAIN.status(), 200)
    stage.comes_true("the alerts are on the page", _PLAIN.alerts, INSTANCES)
    stage.claim(f"the action get-url says {_HTTP}", stage.unit.run_action("get-url", {}), {"url": _HTTP})


def _leaks(stage: Stage) -> list[str]:
    """Where the password is to be seen, or where nothing is, so that looking there proves nothing."""
    places = {
        "statuses": "\n".join(stage.statuses),
        "plan": stage.container.client.get_plan().to_yaml(),
        "log of the charm": "\n".join(stage.unit.log),
        "log of Pebble": stage.container.log,
        "log of Karma": stage.container.services_log,
    }
    return [place for place, text in places.items() if not text.strip() or _PASSWORD in text]


def _distrusts(browser: Browser) -> bool:
    """Whether a browser turns away because of the certificate."""
    try:
        browser.get("health")
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLCertVerificationError)
    return False
