"""Actions answer within the time that is promised, whatever hangs."""

from __future__ import annotations

import time
from typing import Any

import ops
import pytest
from ops import testing

from tests.support.unit import Unit


@pytest.mark.parametrize("action", ["show-config", "check-config", "list-alertmanagers", "get-url"])
def test_an_action_ends_in_time_while_pebble_hangs(related: Unit, monkeypatch: pytest.MonkeyPatch, action: str):
    def hang(*_: Any, **__: Any) -> None:
        time.sleep(30)

    for call in ("get_plan", "get_services", "make_dir", "push", "pull", "exec", "remove_path"):
        monkeypatch.setattr(ops.Container, call, hang)
    monkeypatch.setattr("actions.TIMEOUT", 0.3)
    start = time.monotonic()
    parameters = {"config": "ui: {theme: dark}"} if action == "check-config" else {}
    if action == "get-url":  # it knows without Pebble where the page will be
        assert related.act(action)["url"]
    else:
        with pytest.raises(testing.ActionFailed, match=r"^The karma container does not answer: not within 0\.3"):
            related.act(action, **parameters)
    assert time.monotonic() - start < 5
