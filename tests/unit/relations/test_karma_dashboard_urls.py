"""What the charm library takes for the URL of an Alertmanager, on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from charms.karma_k8s.v0.karma_dashboard import why_unusable
from hypothesis import given
from hypothesis import strategies as st

from tests.support.dashboard_charms import (
    GOOD,
    JUJU,
    PROVIDER,
    configured,
    dashboard,
    own,
    read,
    set_target,
    why_left_out,
)
from tests.support.refusal import each_of

BAD_URLS: dict[str, str] = dict(
    each_of(
        {
            "is not an http or https URL": [
                *("", "am", "am:9093", "//am:9093", "/am", "ftp://am", "javascript:alert(1)", "file:///etc/passwd"),
            ],
            "has no valid host and port": [
                *("http:am", "http://", "http:///am", "http://:9093", "http://am:", "http://am:0", "http://am:65536"),
                *("http://am:x", "http://am:90931093", "http://-am", "http://a,b", "http://{{a}}", "http://a%41"),
                *("http://fd00::1", "http://[fe80::1%25eth0]"),
            ],
            "holds a user or password": ["http://user@am", "http://user:word@am:9093", "http://am\\@evil"],
            "has a query or fragment": ["http://am?x=1", "http://am/#x"],
            "has a malformed path": ["http://am/%", "http://am/%zz", "http://am/a\\b"],
            "holds white space or control characters": [
                *("http://am/a b", " http://am", "http://am\n", "http://am/\nname: x", "http://am/\t"),
                *("http://am/\x00", "http://am/\u202egro.live", "http://am/\u2066x", "http://am/\u200b"),
                "http://am/\u2028",
            ],
            "is longer than 2048 characters": ["http://am/" + "a" * 2039],
        }
    )
)
# Which of two reasons it is depends on the version of Python.
NOT_A_URL = ("http://[]", "http://[::1", "http://[am]", "http://am\u2100")
GOOD_URLS = [
    "http://am",
    "https://am:1",
    "HTTP://am:65535",
    "http://am-0.am-endpoints.prod.svc.cluster.local:9093",
    "http://am.",
    "http://a_b",
    "http://10.1.2.3:9093/",
    "http://[::1]:9093",
    "https://[fd00::7]/prod-am",
    "http://am/a%20b/~c;d=e",
    "http://bücher.example/ä",
    "http://am/" + "a" * 2038,
]


@pytest.mark.parametrize(("url", "why"), [*BAD_URLS.items(), (None, BAD_URLS[""]), (5, BAD_URLS[""])])
def test_a_target_that_is_no_url_is_logged_once_and_what_was_published_stays(
    url: Any, why: str, caplog: pytest.LogCaptureFixture
):
    relation = dashboard(own={**JUJU, **GOOD})
    with PROVIDER(PROVIDER.on.update_status(), configured("", relation)) as manager:
        manager.charm.karma.target = GOOD["uri"]
        manager.charm.karma.target = url
        told = [message for message in caplog.messages if "not published" in message]
        # It does not repeat the text, which may hold a password.
        assert told == [f"not published to dashboard: the target {why}"]
        assert manager.charm.karma.target == GOOD["uri"]
        state = manager.run()
    assert own(state, relation) == GOOD


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_url_of_any_form_makes_the_whole_way(url: str):
    provider_side = dashboard()
    published = own(set_target(url, provider_side), provider_side)
    assert read({3: {**JUJU, **published}}) == [{"name": "am/3", "uri": url, "cluster": "prod_am", "proxy": True}]


@pytest.mark.parametrize(("url", "why"), BAD_URLS.items())
def test_a_databag_with_such_a_url_is_left_out_with_the_reason(url: str, why: str):
    assert why_left_out({**GOOD, "uri": url}) == (f"uri {why}" if url else "uri is missing")


@pytest.mark.parametrize("url", NOT_A_URL)
def test_what_python_cannot_take_apart_is_no_url(url: str):
    assert why_left_out({**GOOD, "uri": url}) in ("uri is not a URL", "uri has no valid host and port")


words = st.text() | st.sampled_from(["true", "false", "am/0", "http://am", "https://[::1]:1/x", *BAD_URLS, *NOT_A_URL])
databags = st.dictionaries(st.sampled_from([*GOOD, *JUJU, "x"]), words)


@given(st.lists(databags, max_size=4))
def test_no_databag_raises_and_what_is_read_would_be_published_too(units: list[dict[str, str]]):
    for server in read(dict(enumerate(units))):
        relation = dashboard()
        assert own(set_target(server["uri"], relation), relation)["uri"] == server["uri"]
        assert server["name"]
        assert server["name"].isprintable()
        assert server["cluster"].isprintable() or not server["cluster"]


@given(words)
def test_no_target_raises_and_what_is_published_can_be_used(url: str):
    relation = dashboard()
    with PROVIDER(PROVIDER.on.update_status(), configured("", relation)) as manager:
        manager.charm.karma.target = url
        assert manager.charm.karma.target == ("" if why_unusable(url) else url)
