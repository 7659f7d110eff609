"""The documents that are meant to be typed along, typed."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from playground.machine import binaries
from playground.machine.go_tools import ROOT
from tests.functional.conftest import place_to_play
from tests.functional.documents import Reader, files, steps

DOCS = ROOT / "docs"
TYPED = sorted(document for document in DOCS.rglob("*.md") if "$ ./play" in document.read_text(encoding="utf-8"))
OF_KARMA = {
    "limit-who-may-silence.md": "the stand-in lets everybody silence",
}
"""Documents that show what Karma alone does -> why the stand-in does not do."""


@pytest.fixture
def reader() -> Generator[Reader]:
    with place_to_play() as play:
        yield Reader(play)


@pytest.mark.parametrize("document", TYPED, ids=lambda document: document.stem)
def test_who_types_along_sees_what_the_document_shows(reader: Reader, document: Path):
    if binaries.karma().is_stand_in and document.name in OF_KARMA:
        pytest.skip(OF_KARMA[document.name])
    for name, text in files(document):
        (reader.folder / name).write_text(text, encoding="utf-8")
    for step in steps(document):
        reader.follow(step)
    assert not reader.play.home.exists(), "the document leaves the playground running"
