"""`tracing`: where traces are sent, and that a hook pays for them only where somebody takes them."""

from __future__ import annotations

import json
from unittest import mock

import ops
import pytest

from tests.support.unit import Unit, published

URL = "http://tempo.cos.svc.cluster.local:4318"
GOOD = [
    {"protocol": {"name": "otlp_grpc", "type": "grpc"}, "url": "tempo.cos.svc.cluster.local:4317"},
    {"protocol": {"name": "otlp_http", "type": "http"}, "url": URL},
]


@pytest.fixture
def sent(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    """What ops is told of where traces go, by a unit that is related."""
    recorder = mock.Mock()
    monkeypatch.setattr("ops.tracing", recorder)
    unit.relate(9, published(0))
    unit.join("tracing", 1)
    return recorder.set_destination


def test_traces_go_where_the_other_side_takes_them_until_it_is_gone(unit: Unit, sent: mock.Mock):
    assert unit.application_said(1) == {"receivers": '["otlp_http"]'}
    assert sent.call_args == mock.call(None, None)
    unit.answer(1, {"receivers": json.dumps(GOOD)})
    assert sent.call_args == mock.call(f"{URL}/v1/traces", None)
    assert unit.status == ops.ActiveStatus()
    unit.unrelate(1)
    assert sent.call_args == mock.call(None, None)


@pytest.mark.parametrize(
    ("receivers", "why"),
    [
        ("nonsense", "cannot be read"),
        ('[{"url": 5}]', "cannot be read"),
        ('[{"protocol": {"name": "otlp_http"}, "url": 5}]', "cannot be read"),
        (json.dumps(GOOD[:1]), "has no otlp_http"),
        ('[{"protocol": {"name": "otlp_http"}, "url": "h:1"}]', "is a URL that is not an http or https URL"),
    ],
)
def test_what_cannot_be_used_is_named_and_karma_serves(unit: Unit, sent: mock.Mock, receivers: str, why: str):
    unit.answer(1, {"receivers": receivers})
    assert unit.status == ops.ActiveStatus(f"tracing: what other has sent {why}")
    assert unit.is_running
    assert sent.call_args == mock.call(None, None)
