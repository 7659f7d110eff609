"""What is wrong costs only itself, and all else goes on: what test_sequences.py does not come to."""

from __future__ import annotations

from typing import Any
from unittest import mock

import ops
import pytest
from ops import testing

from playground.around.authority import Authority, requests_in
from tests.support.fake_pebble import Fault, memory
from tests.support.unit import Unit

NO_WORD = 'level=ERROR msg="Execution failed" error="something is wrong"'
INGRESS = '{"url": "http://h.example.com/prod-karma"}'


def test_many_options_that_karma_refuses_one_after_the_other_cost_themselves_alone(related: Unit):
    options = ["karma-name", "labels-keep", "labels-order", "log-format", "log-level", "ui-collapse-groups", "ui-theme"]
    related.karma.refuses = {f"bad-{one}": f"{NO_WORD[:-1]} with 'bad-{one}'\"" for one in options}
    related.options |= {**{one: f"bad-{one}" for one in options}, "labels-strip": "job"}
    assert related.emit().message.startswith(
        "karma-name, labels-keep, labels-order, log-format, log-level and 2 more: "
    )
    assert related.config["labels"] == {"strip": ["job"]}


def test_while_nobody_knows_what_runs_others_are_told_as_before(related: Unit):
    related.join("certificates", 6)
    related.answer(6, Authority().answer(*requests_in(related.said(6))))
    related.integrate(5, "ingress", ingress=INGRESS)
    related.emit()
    assert related.application_said(5)["scheme"] == '"https"'
    related.relations[5] = testing.Relation("ingress", id=5, local_app_data=related.application_said(5))
    related.reachable = False
    related.emit()
    assert related.application_said(5)["scheme"] == '"https"'
    related.reachable = True
    related.unrelate(6)
    assert "scheme" not in related.application_said(5)


def test_a_relation_that_juju_no_longer_knows_costs_itself(related: Unit):
    for number in (4, 5):
        related.integrate(number, "receive-ca-cert")
    relation_set = "scenario.mocking._MockModelBackend.relation_set"
    wrote: list[int] = []

    def gone(_: Any, relation_id: int, *__: Any, **___: Any) -> None:
        if relation_id == 4:
            raise ops.RelationNotFoundError
        wrote.append(relation_id)

    with mock.patch(relation_set, gone):
        assert related.emit() == ops.ActiveStatus()
    assert wrote == [5]
    assert "relation 4 (receive-ca-cert) is left out" in related.log


@pytest.mark.parametrize("options", [{}, {"ui-refresh": "0s"}])
def test_a_hook_that_was_cut_short_is_finished_by_the_next_whatever_that_one_decides(
    related: Unit, options: dict[str, Any]
):
    related.options["karma-name"] = "new"
    related.emit()
    # It ends between the start of Karma and its note.
    related.pebble.fault = Fault(ops.pebble.ConnectionError("gone"), len(related.pebble.requests) - 1, float("inf"))
    related.options["karma-name"] = "newer"
    related.emit()
    related.pebble.fault, starts = None, related.pebble.starts
    related.options |= options
    related.emit()
    assert related.plan.services["karma-started"].environment == related.plan.services["karma"].environment
    assert (related.config["karma"], related.pebble.starts) == ({"name": "newer"}, starts)
    assert memory(related.files)["good"]["options"]["karma-name"] == "newer"
    related.emit()
    assert related.pebble.writes == []
