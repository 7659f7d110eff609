"""`custom-css` and `custom-js`: files that Karma reads beside its configuration."""

from __future__ import annotations

import ops
import pytest

from tests.support.unit import Unit

LOOKS = {"custom-css": "custom.css", "custom-js": "custom.js"}


def look(unit: Unit, name: str) -> str:
    return f"{unit.plan.services['karma'].working_dir}/{name}"


@pytest.mark.parametrize(("option", "name"), LOOKS.items())
def test_the_text_is_a_file_beside_the_configuration_and_another_text_is_one_restart(
    related: Unit, option: str, name: str
):
    section, key = name.split(".")
    for given, text, starts in (("\ufeff```css\n/* ä */\n```\n", "/* ä */\n", 2), ("b", "b", 3)):
        related.options[option] = given
        assert related.emit("config_changed") == ops.ActiveStatus()
        assert related.files[look(related, name)] == text
        assert related.modes[look(related, name)] == "0o600"
        assert related.config[section] == {key: name}
        assert (len(related.files), related.pebble.starts) == (3, starts)
    related.emit()
    assert related.pebble.writes == []


def test_both_are_there_when_karma_checks_and_starts(related: Unit):
    related.options |= {"custom-css": "a", "custom-js": "b"}
    related.emit()
    requests = related.pebble.requests
    assert requests[: requests.index("exec")].count("push") == 3  # with karma.yaml
