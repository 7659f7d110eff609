"""No relation data ends a hook in error: hostile ones here, any in any order in test_all_relations.py."""

from __future__ import annotations

import dataclasses
import json

import pytest
from ops import testing

from playground.around.authority import Authority
from tests.support.unit import Unit, published
from tests.unit.conftest import NewUnit

DIGITS = "9" * 5000
DEEP = 100_000
CERTIFICATE = Authority().certificate
KEYS = {
    "alerting": ["name", "uri", "cluster", "proxy"],
    "ingress": ["ingress"],
    "auth-proxy": ["url", "headers"],
    "catalogue": ["url"],
    "receive-ca-cert": ["certificates", "version", "ca", "chain", "certificate"],
    "certificates": ["certificates", "request_errors"],
    "logging": ["endpoint"],
    "tracing": ["receivers"],
    "service-mesh": ["labels", "mesh_type"],
    "provide-cmr-mesh": ["cmr_data"],
}
# Each is put into every key at once, bare and where a well-formed value would hold a text or a number.
HOSTILE = {
    "a number of 5,000 digits": DIGITS,
    "such an exponent": f"1e{DIGITS}",
    "NUL": "\x00",
    "NUL in JSON": '"\\u0000"',
    "half of a character": '"\\ud800"',
    "megabytes": "x" * 2_000_000,
    "nested lists": "[" * DEEP + "]" * DEEP,
    "nested mappings": '{"a":' * DEEP + "1" + "}" * DEEP,
    "cut short": '{"url": "https://h',
    "not a number": "NaN",
    "text of JSON": '"[]"',
    "null": "null",
    "a list of everything": json.dumps([None, True, -1, 1e300, "", [], {}]),
    "a mapping of everything": json.dumps({"url": {"url": []}, "certificates": 5, "certificate": None, "": [{}]}),
}
IN_PLACE = {
    "tracing": ('[{{"protocol": {{"name": "otlp_http"}}, "url": {0}}}]', '[{{"protocol": {0}, "url": "http://h"}}]'),
    "service-mesh": ('{{"a": {0}}}', '{{{0}: "a"}}'),
    "provide-cmr-mesh": ('{{"app_name": {0}, "juju_model_name": "cos"}}',),
    "ingress": ('{{"url": {0}}}', '{{"url": "https://h/{1}"}}'),
    "receive-ca-cert": ("[{0}]", f"[{json.dumps(CERTIFICATE)}, {{0}}]"),
    "certificates": (
        "[{0}]",
        '[{{"certificate": {0}, "certificate_signing_request": {0}, "ca": {0}, "chain": {0}, "revoked": {0}}}]',
        '[{{"error": {{"code": {0}, "name": {0}, "message": {0}, "reason": {0}}}, "csr": {0}}}]',
    ),
}
NUMBERS = {endpoint: number for number, endpoint in enumerate(KEYS, start=2)}


def receive(unit: Unit, endpoint: str, value: str) -> None:
    """Have an application and its unit publish a value under every key of an endpoint."""
    data = dict.fromkeys(KEYS[endpoint], value)
    number = NUMBERS[endpoint]
    known = unit.relations.get(number, testing.Relation(endpoint, id=number, remote_app_name="other"))
    unit.relations[number] = dataclasses.replace(known, remote_app_data=data, remote_units_data={0: data})
    unit.emit("relation_changed", relation_id=number, remote_unit=0)
    assert unit.emit("update_status").name in ("active", "waiting", "blocked")


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("endpoint", KEYS)
def test_no_data_ends_a_hook_in_error_and_the_page_stays(new_unit: NewUnit, endpoint: str, hostile: str):
    unit = new_unit()
    unit.relate(1, published(0))
    unit.emit("pebble_ready")
    text = HOSTILE[hostile]
    for value in (text, *(form.format(text, text.strip('"')) for form in IN_PLACE.get(endpoint, ()))):
        receive(unit, endpoint, value)
        assert unit.is_running
        assert unit.servers[0]["name"] == "am-0"
