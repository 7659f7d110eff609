"""What stands in more than one file says the same everywhere."""

import dataclasses
import re
from typing import Any

import yaml

import juju
from options import Options

CHARMCRAFT: dict[str, Any] = yaml.safe_load((juju.ROOT / "charmcraft.yaml").read_text())
OPTIONS: dict[str, dict[str, Any]] = CHARMCRAFT["config"]["options"]


def test_the_code_knows_every_option_with_the_default_that_the_operator_sees():
    known = {field.name: field.default for field in dataclasses.fields(Options)}
    assert known == {name: option.get("default") for name, option in OPTIONS.items()}


def test_every_option_and_action_is_documented():
    for page, names in (("options.md", OPTIONS), ("actions.md", CHARMCRAFT["actions"])):
        documented = re.findall(r"^## `([^`]+)`", (juju.ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert documented == list(names)


def test_every_message_of_the_statuses_is_documented():
    page = (juju.ROOT / "docs" / "statuses.md").read_text()
    for module in ("validation.py", "inputs.py"):
        source = (juju.ROOT / "src" / module).read_text()
        fixed = re.findall(
            r'"(not set[^"]*|not a[^"]*|has [^"]*|no such[^"]*|none sends[^"]*|cert[^"]*)"', source
        )
        assert fixed
        assert [text for text in fixed if text not in page] == []


def test_no_document_points_to_a_page_that_is_not_there():
    pages = [juju.ROOT / "README.md", *(juju.ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"
