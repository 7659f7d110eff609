"""Logins, rights and TLS towards Alertmanagers: what is rendered, and what is refused before Karma sees it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from decision import LastGood, decide
from pem import Tls
from playground.around.authority import Authority
from problems import Problem, Severity, blocked, waiting
from tests.support.wanted import AM, config, document, with_options
from tests.support.wanted import GOOD as ONE
from workload import service

AUTHORITY = Authority()
PAIR = AUTHORITY.issue()
GOOD = dataclasses.replace(ONE, alertmanagers=(AM, AM._replace(unit="am/1", uri="https://am-1:9093")))
TLS = Tls(PAIR.certificate, PAIR.key, AUTHORITY.certificate)
HTTPS = dataclasses.replace(GOOD, certificate_from="ssc", tls=TLS, trusted=(AUTHORITY.certificate,))
USERS: Any = ("bob: secret-b\nalice: secret-a\n",)


def test_everything_that_karma_reads_is_in_the_digest():
    digests = {
        config(inputs).digest
        for inputs in (
            GOOD,
            HTTPS,
            dataclasses.replace(HTTPS, tls=dataclasses.replace(TLS, key="another")),
            dataclasses.replace(HTTPS, trusted=("another",)),
            dataclasses.replace(GOOD, ingress_url="https://h/a"),
            with_options(GOOD, silence_acl="rules: []"),
            with_options(GOOD, alertmanager_client_certificate=(PAIR.certificate, PAIR.key)),
        )
    }
    assert len(digests) == 7


@pytest.mark.parametrize(
    ("options", "auth_proxy", "first"),
    [
        ({"basic_auth_users": USERS, "auth_header": "X-User"}, False, "basic-auth-users"),
        ({"basic_auth_users": USERS}, True, "basic-auth-users"),
        ({"auth_header": "X-User"}, True, "auth-header"),
        ({"auth_group_header": "X-Groups"}, True, "auth-group-header"),
    ],
)
def test_two_kinds_of_login_are_refused_and_both_named(options: dict[str, Any], auth_proxy: bool, first: str):
    inputs = with_options(dataclasses.replace(HTTPS, auth_proxy=auth_proxy, ingress_url="https://h/"), **options)
    decision = decide(inputs)
    [problem] = decision.problems
    assert decision.config is None
    assert decide(inputs, LastGood({})).config
    assert problem.severity is Severity.BLOCKED
    assert problem.message.startswith(f"{first}: ")
    assert problem.message.endswith("auth-proxy" if auth_proxy else "auth-header")


@pytest.mark.parametrize("option", ["auth_group_header", "auth_group_re", "auth_group_separator"])
def test_groups_without_a_login_are_refused_rather_than_leave_the_page_open(option: str):
    name = option.replace("_", "-")
    told = blocked(f"{name}: needs auth-header too: without it Karma asks nobody to log in")
    decision = decide(with_options(GOOD, **{option: "X" if option == "auth_group_header" else "(x)"}))
    assert (decision.config, decision.problems) == (None, (told,))


def test_expressions_for_headers_may_be_left_out():
    header = document(with_options(GOOD, auth_header="X-User", auth_group_header="X-Groups"))["authentication"][
        "header"
    ]
    assert header == {"name": "X-User", "value_re": "(.+)", "group_name": "X-Groups", "group_value_re": "(.+)"}
    header = document(with_options(GOOD, auth_header="X-User", auth_header_re="(a.*)"))["authentication"]["header"]
    assert header == {"name": "X-User", "value_re": "(a.*)"}


@pytest.mark.parametrize(
    ("ingress", "told"),
    [
        (("", ""), blocked("run `juju integrate karma:ingress <ingress>`; it has nothing to protect yet")),
        (("traefik", ""), waiting("waiting for a URL from traefik")),
        (("traefik", "is not JSON"), waiting("waiting for a URL from traefik, whose URL is not JSON")),
    ],
)
def test_a_proxy_that_waits_for_an_ingress_or_its_url_closes_the_dashboard(ingress: tuple[str, str], told: Problem):
    inputs = dataclasses.replace(GOOD, auth_proxy=True, ingress_from=ingress[0], ingress_fault=ingress[1])
    assert decide(inputs).problems == (told._replace(message=f"auth-proxy: {told.message}"),)
    assert document(inputs)["authentication"]["header"]["name"] == "X-Auth-Request-User"


def test_tls_settings_are_for_servers_over_https_alone():
    inputs = with_options(
        GOOD,
        alertmanager_client_certificate=(PAIR.certificate, PAIR.key),
        alertmanager_insecure_skip_verify=True,
    )
    plain, secure = document(inputs)["alertmanager"]["servers"]
    assert "tls" not in plain
    assert secure["tls"] == {"cert": "client.crt", "key": "client.key", "insecureSkipVerify": True}
    told = "alertmanager-insecure-skip-verify: certificates of Alertmanagers are not verified"
    assert decide(inputs).problems == (Problem(Severity.ACTIVE, told),)


def test_a_client_certificate_that_nobody_asks_for_restarts_nothing():
    inputs = ONE
    certified = with_options(inputs, alertmanager_client_certificate=(PAIR.certificate, PAIR.key))
    assert document(inputs) == document(certified)
    assert set(config(certified).files) == {"karma.yaml"}


def test_with_a_certificate_karma_serves_https_and_pebble_just_connects():
    assert document(HTTPS)["listen"] == {"port": 8080, "tls": {"cert": "tls.crt", "key": "tls.key"}}
    run = service.service_of(config(HTTPS))
    check, environment = service.layer_of(run, is_done=False).checks["karma"], run.environment
    assert (check.tcp, check.http) == ({"port": 8080, "host": "localhost"}, None)
    home = environment["CONFIG_FILE"].rpartition("/")[0]
    assert environment["SSL_CERT_DIR"] == f"/etc/ssl/certs:{home}/ca"
