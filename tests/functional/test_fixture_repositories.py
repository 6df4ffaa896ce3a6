"""Whole scans of the miniature repositories and the broken files under tests/fixtures (see its README)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ptmscan.cli import run
from ptmscan.errors import ExitCode

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
REPOSITORIES = sorted(path.parent for path in FIXTURES.glob("repos/*/expected.jsonl"))
BROKEN = sorted(FIXTURES.glob("broken/*.py"))


def _scan(source: Path, folder: Path) -> list[dict[str, Any]]:
    """The lines of a scan of a copy that lies in no clone."""
    copy = folder / source.name
    if source.is_dir():
        shutil.copytree(source, copy)
    else:
        shutil.copy(source, copy)
    output = folder / "result.jsonl"
    assert run(["scan", str(copy), "--no-config", "--format", "jsonl", "-o", str(output)]) == ExitCode.DONE
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def _value(usage: dict[str, Any], key: str) -> Any:
    """What a key of expected.jsonl stands for: names of models, their revisions, else the record's own."""
    match key:
        case "models":
            return [model["name"] for model in usage["models"]]
        case "revisions":
            return [model["revision"] for model in usage["models"]]
        case _:
            return usage[key]


@pytest.mark.parametrize("repository", REPOSITORIES, ids=lambda path: path.name)
def test_repository_gives_what_it_owes(repository: Path, tmp_path: Path) -> None:
    expected = [json.loads(line) for line in (repository / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    usages = [line for line in _scan(repository, tmp_path) if line["type"] == "usage"]
    assert [(usage["path"], usage["line"]) for usage in usages] == [(row["path"], row["line"]) for row in expected]
    found = [{key: _value(usage, key) for key in row} for usage, row in zip(usages, expected, strict=True)]
    assert found == expected


@pytest.mark.parametrize("file", BROKEN, ids=lambda path: path.stem)
def test_broken_file_keeps_its_loads_and_says_that_it_is_broken(file: Path, tmp_path: Path) -> None:
    lines = _scan(file, tmp_path)
    owed = [number for number, line in enumerate(file.read_text().splitlines(), start=1) if line.endswith("# load")]
    assert owed
    assert [line["line"] for line in lines if line["type"] == "usage"] == owed
    assert [line["code"] for line in lines if line["type"] == "diagnostic"] == ["syntax-error"]
