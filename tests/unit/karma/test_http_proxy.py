"""The model's HTTP proxy in Karma's environment."""

from __future__ import annotations

import pytest

from karma.http_proxy import environment

MODEL = {"JUJU_CHARM_HTTP_PROXY": "http://p:3128", "JUJU_CHARM_HTTPS_PROXY": "http://p:3129"}
HERE = ".cluster.local,.svc,127.0.0.1,::1,localhost"


@pytest.mark.parametrize("model", [{}, {"JUJU_CHARM_HTTP_PROXY": ""}, {"JUJU_CHARM_NO_PROXY": "127.0.0.1"}])
def test_without_a_proxy_nothing_is_set(model: dict[str, str]):
    assert environment(model, "10.1.2.3", ["http://am"]) == {}


def test_what_is_in_the_cluster_is_reached_without_it():
    uris = [
        *("http://am-0.am-endpoints.prod.svc.cluster.local:9093", "http://am.prod.svc:9093/x", "https://am.example/"),
        *("http://am:9093", "http://10.152.183.7", "http://[fd00::7]:9093", "http://8.8.8.8"),
    ]
    model = {**MODEL, "JUJU_CHARM_NO_PROXY": " example.org, 127.0.0.1,"}
    assert environment(model, "10.1.2.3", uris) == {
        "HTTP_PROXY": "http://p:3128",
        "HTTPS_PROXY": "http://p:3129",
        "NO_PROXY": ".cluster.local,.svc,10.1.2.3,10.152.183.7,127.0.0.1,::1,am,example.org,fd00::7,localhost",
    }


def test_one_kind_of_proxy_is_one_variable():
    model = {"JUJU_CHARM_HTTPS_PROXY": "http://p"}
    assert environment(model, "", []) == {"HTTPS_PROXY": "http://p", "NO_PROXY": HERE}


def test_a_thousand_units_do_not_make_a_variable_that_linux_refuses():
    uris = [f"http://{'a' * 40}-{n}.{'b' * 40}.{'c' * 40}.svc.cluster.local:9093" for n in range(1000)]
    assert environment(MODEL, "", uris)["NO_PROXY"] == HERE
