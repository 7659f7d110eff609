"""A configuration without its secrets."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from karma.config import dump
from karma.redaction import redact


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ({"headers": {"A": "hidden", "B": "hidden"}}, {"headers": {"A": "***", "B": "***"}}),
        ([{"headers": {"A": "hidden"}, "name": "a"}], [{"headers": {"A": "***"}, "name": "a"}]),
        ({"users": [{"username": "u", "password": "hidden"}]}, {"users": [{"username": "u", "password": "***"}]}),
        ({"password": {"a": ["hidden"]}}, {"password": "***"}),
        ({"uri": "http://u:hidden@h:80/x?y#z"}, {"uri": "http://***@h:80/x?y#z"}),
        ({"proxy_url": "socks5://hidden@h"}, {"proxy_url": "socks5://***@h"}),
        (["see http://u:hidden@h and https://h"], ["see http://***@h and https://h"]),
        ({"headers": {}}, {"headers": {}}),
        ({"uri": "http://h/@x", "a": "b@c", "n": 5, "t": True}, {"uri": "http://h/@x", "a": "b@c", "n": 5, "t": True}),
    ],
)
def test_what_is_secret_is_hidden_and_the_rest_is_not(document: Any, shown: Any):
    assert yaml.safe_load(redact(dump(document))) == shown


plain = st.one_of(st.none(), st.booleans(), st.integers(), st.text(alphabet="abc: -'\n1e", max_size=6))


@given(
    st.recursive(
        plain, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["a", "yes", "1"]), below)
    )
)
def test_a_configuration_without_secrets_is_shown_byte_for_byte(document: Any):
    assert redact(dump(document)) == dump(document)
