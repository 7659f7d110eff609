"""What stands in more than one file says the same everywhere."""

import dataclasses
import os
import re
from typing import Any

import yaml

import juju
from options import Options
from validation import validate

CHARMCRAFT: dict[str, Any] = yaml.safe_load((juju.ROOT / "charmcraft.yaml").read_text())
APP: str = CHARMCRAFT["name"]
OPTIONS: dict[str, dict[str, Any]] = CHARMCRAFT["config"]["options"]


def test_the_code_knows_every_option_with_the_default_that_the_operator_sees():
    known = {field.name: field.default for field in dataclasses.fields(Options)}
    assert known == {name: option.get("default") for name, option in OPTIONS.items()}


def test_every_option_and_action_is_documented():
    for page, names in (("options.md", OPTIONS), ("actions.md", CHARMCRAFT["actions"])):
        documented = re.findall(r"^## `([^`]+)`", (juju.ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert documented == list(names)


def test_every_message_about_an_option_is_documented():
    all_wrong = Options("?", 0, "\n", "\0", None, "?", "?", "?", True, "?", "?")
    lacking = Options(auth_type="plain")
    local = Options("h", smtp_sender="a@corp.local", recipients="root@localhost")
    problems = [
        problem for options in (all_wrong, lacking, local) for problem in validate(options, options.password, app=APP)
    ]
    page = (juju.ROOT / "docs" / "statuses.md").read_text()
    assert len({problem.option for problem in problems}) == len(OPTIONS) - 1  # password_secret: when it is read
    assert [str(problem) for problem in problems if f"`{problem}`" not in page] == []


def test_juju_can_execute_both_charms():
    for charm in (juju.ROOT, juju.MAILER_ROOT):
        assert os.access(charm / "src" / "charm.py", os.X_OK)
        assert (charm / "src" / "charm.py").read_text().startswith("#!/usr/bin/env python3\n")


def test_no_document_points_to_a_page_that_is_not_there():
    pages = [juju.ROOT / "README.md", *(juju.ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())]
    assert links
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
