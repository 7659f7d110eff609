"""Fixtures of the functional tests."""

import pathlib

import pytest

from relay import Authority


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A place for certificates."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="session")
def authority(folder: pathlib.Path) -> Authority:
    """The authority that `trusted` makes this machine trust."""
    return Authority.make(folder)


@pytest.fixture(scope="session")
def stranger(folder: pathlib.Path) -> Authority:
    """An authority that nobody trusts."""
    return Authority.make(folder, "stranger")


@pytest.fixture(autouse=True)
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the authority, and it alone, the way OpenSSL is told."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority.path.parent / "none"))
