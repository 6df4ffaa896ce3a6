"""Results that clones of equal content share: told by the files that a scan read, and by what it asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ptmscan.batch import shared_results
from ptmscan.batch.recording import RecordingTree
from ptmscan.batch.shared_results import shared_or_new
from ptmscan.cache import Cache
from ptmscan.discovery import MemoryTree
from ptmscan.records import ScanResult
from ptmscan.scan import scan_tree
from ptmscan.signatures import load_catalogue

FILES = {
    "app.py": "from transformers import AutoModel\nfrom names import NAME\nAutoModel.from_pretrained(NAME)\n"
    "AutoModel.from_pretrained('data/model')\n",
    "names.py": "NAME = 'org/name'\n",
    "other.py": "x = 1\n",
    "data/notes.txt": "1",
}


class Scanner:
    """Scans with a shared store, and counts."""

    def __init__(self, folder: Path) -> None:
        self.store, self.scans = Cache(folder), 0

    def __call__(self, files: Mapping[str, str], name: str = "a", commit: str = "1", versions: str = "1") -> ScanResult:
        tree = RecordingTree(MemoryTree(files, commit=commit), name)

        def scan(tree: RecordingTree) -> ScanResult:
            self.scans += 1
            return scan_tree(tree, catalogue=load_catalogue())

        return shared_or_new(self.store, tree, versions, scan)


@pytest.fixture
def scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scanner:
    monkeypatch.setattr(shared_results, "MIN_SECONDS", 0.0)
    return Scanner(tmp_path)


def test_a_copy_gets_the_result_under_its_own_name_and_commit(scanner: Scanner) -> None:
    scanner(FILES)
    found = scanner(FILES, "b", "2")
    assert scanner.scans == 1
    expected = scan_tree(RecordingTree(MemoryTree(FILES, commit="2"), "b"), catalogue=load_catalogue())
    assert replace(found, seconds=0) == replace(expected, seconds=0)
    assert {usage.repository for usage in found.usages} == {found.header.repository} == {"b"}


@pytest.mark.parametrize(
    "changed",
    [
        {"names.py": "NAME = 'org/else'\n"},
        {"other.py": "y = 1\n"},
        {"added.py": ""},
        {"data/model/config.json": "{}"},
    ],
    ids=["a file that a name leads into", "a file that was tested for imports", "another file", "a local model"],
)
def test_other_files_are_scanned_anew(scanner: Scanner, changed: dict[str, str]) -> None:
    scanner(FILES)
    found = scanner(FILES | changed)
    assert scanner.scans == 2
    expected = scan_tree(RecordingTree(MemoryTree(FILES | changed, commit="1"), "a"), catalogue=load_catalogue())
    assert replace(found, seconds=0) == replace(expected, seconds=0)


def test_what_no_scan_reads_may_differ(scanner: Scanner) -> None:
    scanner(FILES)
    scanner(FILES | {"data/notes.txt": "another text"})
    assert scanner.scans == 1


def test_other_versions_are_scanned_anew(scanner: Scanner) -> None:
    scanner(FILES)
    scanner(FILES, versions="2")
    assert scanner.scans == 2


def test_quick_scans_are_not_kept(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_results, "MIN_SECONDS", 1e9)
    scanner(FILES)
    scanner(FILES)
    assert scanner.scans == 2


def test_a_damaged_entry_is_replaced(scanner: Scanner) -> None:
    scanner(FILES)
    (entry,) = scanner.store.folder.glob("shared/??/*")
    for content in (b"[]", b"nonsense\n{}", b"[{}, {}]\nno records"):
        scanner.store.put("shared", entry.parent.name + entry.name, content)
        scanner(FILES)
    assert scanner.scans == 4
