"""How people log in, what is kept from Alertmanagers and from other pages, and how the charm itself asks."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest

from decision import Refusal, decide
from karma import sign_on, urls
from problems import Problem, Severity
from tests.support.wanted import AM, GOOD, OTHER, document, with_options

AMS = (AM, OTHER._replace(proxy=False))
OPEN = dataclasses.replace(GOOD, alertmanagers=AMS, ingress_url="https://Apps.example.com:8443/prod-karma")
BLANK = {"Authorization": "", "Cookie": ""}


LOGINS = {
    "users": with_options(OPEN, basic_auth_users=cast("Any", ("alice: pw",))),
    "header": with_options(OPEN, auth_header="X-User"),
    "proxy": dataclasses.replace(OPEN, auth_proxy=True),
}


@pytest.mark.parametrize("login", LOGINS)
def test_with_a_login_alertmanagers_do_not_get_it_and_other_pages_get_nothing(login: str):
    found = document(LOGINS[login])
    proxied, direct = found["alertmanager"]["servers"]
    assert proxied["headers"] == BLANK
    assert "headers" not in direct
    assert found["listen"]["cors"] == {"allowedOrigins": ["https://apps.example.com:8443"]}


def test_without_a_login_nothing_is_kept_back():
    found = document(OPEN)
    assert all("headers" not in server for server in found["alertmanager"]["servers"])
    assert "cors" not in found["listen"]


def test_headers_and_origins_that_are_set_stay():
    asked = with_options(
        OPEN,
        auth_header="X-User",
        alertmanager_headers=cast("Any", ("authorization: Bearer abc",)),
        listen_cors_allowed_origins="https://x",
    )
    found = document(asked)
    assert found["alertmanager"]["servers"][0]["headers"] == {"authorization": "Bearer abc", "Cookie": ""}
    assert found["listen"]["cors"] == {"allowedOrigins": ["https://x"]}


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("", "http://karma:8080"),
        ("HTTPS://H:443/a", "https://h"),
        ("http://h:8080/a", "http://h:8080"),
        ("https://[2001:db8::1]:8443/a/b/", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_own_origin(url: str, origin: str):
    assert urls.origin(url, "karma", "http") == origin


def test_a_karma_that_knows_no_origins_runs_without_and_that_is_told():
    refusal = Refusal("listen.cors: field cors not found", (sign_on.ORIGINS,))
    assert "cors" not in document(decide(LOGINS["proxy"], None, (refusal,)))["listen"]
    told = "karma-image: this Karma answers other pages of a browser with a login too; attach v0.133 or newer"
    assert Problem(Severity.ACTIVE, told) in decide(LOGINS["proxy"], None, (refusal,)).problems


@pytest.mark.parametrize(
    ("chosen", "header"),
    [
        ("", "X-Auth-Request-User"),
        (" user ", "X-Auth-Request-User"),
        ("email", "X-Auth-Request-Email"),
        ("preferred-username\n", "X-Auth-Request-Preferred-Username"),
    ],
)
def test_what_the_proxy_calls_somebody_by_can_be_chosen(chosen: str, header: str):
    inputs = dataclasses.replace(with_options(OPEN, auth_proxy_user=chosen), auth_proxy=True)
    found = document(inputs)["authentication"]["header"]
    assert (found["name"], found["group_name"]) == (header, "X-Auth-Request-Groups")
    # Without a proxy it means nothing, and one that comes later finds it.
    assert "authentication" not in document(with_options(OPEN, auth_proxy_user=chosen))
    assert document(LOGINS["proxy"])["authentication"]["header"]["name"] == "X-Auth-Request-User"


def test_the_charm_asks_to_be_let_in_and_karma_judges():
    assert sign_on.as_probe({}) == {}
    users = {"basicAuth": {"users": [{"username": "a", "password": "b"}]}}
    assert sign_on.as_probe(users) == {"Authorization": "Basic YTpi"}
    assert sign_on.as_probe({"header": {"name": "X", "value_re": "(al.+)"}}) == {"X": "karma-k8s"}
