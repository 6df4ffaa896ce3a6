"""Fixtures that most tests share: scan a piece of code from memory, lay out a repository on disk."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ptmscan.records import ScanResult, UsageRecord


class ScanFiles(Protocol):
    """Scans files that exist in memory only."""

    def __call__(self, files: Mapping[str, str | bytes]) -> ScanResult: ...


class ScanText(Protocol):
    """Scans `code` as main.py, beside other files given as keywords: scan_text("…", **{"pkg/a.py": "…"})."""

    def __call__(self, code: str, **files: str) -> tuple[UsageRecord, ...]: ...


class MakeRepository(Protocol):
    """Writes files below a new folder and returns it."""

    def __call__(self, files: Mapping[str, str | bytes]) -> Path: ...


@pytest.fixture(autouse=True)
def no_results_of_other_tests(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans of a test keep their results in a folder of its own."""
    monkeypatch.setenv("PTMSCAN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def scan_files() -> ScanFiles:
    from ptmscan.discovery import MemoryTree
    from ptmscan.scan import scan_tree
    from ptmscan.scan_options import ScanOptions
    from ptmscan.signatures import load_catalogue

    catalogue = load_catalogue()

    def scan(files: Mapping[str, str | bytes]) -> ScanResult:
        return scan_tree(MemoryTree(_encoded(files)), catalogue=catalogue, options=ScanOptions())

    return scan


@pytest.fixture(scope="session")
def scan_text(scan_files: ScanFiles) -> ScanText:
    def scan(code: str, **files: str) -> tuple[UsageRecord, ...]:
        return scan_files({"main.py": code, **files}).usages

    return scan


@pytest.fixture
def repo(tmp_path: Path) -> MakeRepository:
    def make(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "repository"
        for name, content in _encoded(files).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    return make


def _encoded(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """Text is dedented and encoded; bytes are taken as they are."""
    return {
        name: content if isinstance(content, bytes) else textwrap.dedent(content).lstrip("\n").encode()
        for name, content in files.items()
    }
