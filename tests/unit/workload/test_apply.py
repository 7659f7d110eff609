"""What becomes of the container: files, service, check, and the Karma that runs."""

from __future__ import annotations

import ops
import pytest
from ops import pebble

from tests.support.fake_pebble import NO_THEME, memory
from tests.support.unit import Unit, published

FLAGS = "--alertmanager.proxy=false --alertmanager.uri= --alertmanager.readonly=false --debug=false"


def test_karma_is_immune_to_kubernetes_service_variables_and_reads_one_file(related: Unit):
    service = related.plan.services["karma"]
    assert service.command == f"/karma {FLAGS}"
    assert service.startup == "enabled"
    assert set(service.environment) == {"CONFIG_FILE", "CONFIG_HASH"}
    [path] = [path for path in related.files if path.endswith("/karma.yaml")]
    assert service.environment["CONFIG_FILE"] == path
    assert service.working_dir == path.removesuffix("/karma.yaml")


def test_nobody_else_can_read_the_files(related: Unit):
    modes = related.modes
    assert {modes[path] for path in related.files} == {"0o600"}
    assert {mode for path, mode in modes.items() if path not in related.files} == {"0o700"}


@pytest.mark.parametrize("is_related", [True, False])
def test_a_pod_is_ready_only_while_karma_serves(unit: Unit, is_related: bool):
    if is_related:
        unit.relate(1, published(0))
    unit.emit("start")
    assert bool(unit.files) == is_related
    answers, listens = unit.plan.checks["karma"], unit.plan.checks["karma-listens"]
    assert answers.level == listens.level == pebble.CheckLevel.READY
    assert answers.http == {"url": "http://localhost:8080/health"}
    # Pebble takes a check for good until it has failed that often.
    assert (listens.tcp, listens.period, listens.threshold) == ({"port": 8080, "host": "localhost"}, "1s", 1)
    assert (answers.period, answers.threshold) == ("10s", 3)
    unit.relate(1, published(0))
    unit.integrate(2, "ingress", ingress='{"url": "http://h.example.com/prod-karma"}')
    unit.emit()
    assert unit.plan.checks["karma"].http == {"url": "http://localhost:8080/prod-karma/health"}
    assert unit.plan.checks["karma-listens"] == listens, "Pebble would begin to count anew"


def test_a_change_is_checked_restarts_karma_once_and_leaves_one_file(related: Unit):
    before = related.plan.services["karma"].environment["CONFIG_HASH"]
    related.options["ui-theme"] = "dark"
    assert related.emit() == ops.ActiveStatus()
    assert related.pebble.running
    assert related.pebble.checked == [related.pebble.running.text]
    requests = related.pebble.requests
    assert requests.index("exec") < requests.index("replan")
    assert (related.pebble.starts, requests.count("replan")) == (2, 1)
    assert related.config["ui"] == {"theme": "dark"}
    assert len(related.files) == 2
    assert related.plan.services["karma"].environment["CONFIG_HASH"] != before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"good": {"options": 1}, "refused": {}}'])
def test_a_memory_that_somebody_has_meddled_with_is_none(related: Unit, text: str):
    related.remember(text)
    related.karma.refuses = {"bad": NO_THEME}
    related.options["ui-theme"] = "bad"
    assert related.emit("config_changed").name == "blocked"
    assert related.is_running


def test_another_refused_configuration_takes_the_place_of_the_first(related: Unit):
    related.karma.refuses = {"bad": NO_THEME, "worse": NO_THEME.replace("bad", "worse")}
    related.options["ui-theme"] = "bad"
    related.emit()
    related.options["ui-theme"] = "worse"
    assert related.emit().message == "ui-theme: invalid ui.theme value 'worse'"
    assert len(memory(related.files)["refused"]) == 1


def test_karma_is_stopped_once_and_does_not_come_back_with_pebble(related: Unit):
    related.relations.clear()
    related.emit()
    assert related.pebble.writes == ["stop", "remove_path", "add_layer"]
    assert related.plan.services["karma"].startup == "disabled"
    assert related.files == {}, "tokens and passwords do not stay"
    related.emit()
    assert related.pebble.writes == []
    assert not related.is_running


def test_a_thousand_units_are_one_restart_and_one_file(unit: Unit):
    unit.relate(1, *(published(number) for number in range(1000)))
    assert unit.emit() == ops.ActiveStatus()
    assert len(unit.servers) == 1000
    assert unit.pebble.starts == 1
    assert len({server["name"] for server in unit.servers}) == 1000
    assert len(unit.pebble.requests) < 20
