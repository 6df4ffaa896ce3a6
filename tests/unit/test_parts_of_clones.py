"""Scanning a part of a clone: only its loads are listed, and names lead into the rest of the clone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from git_clones import clone, write

from ptmscan.cli import run

FILES = {
    "app/load.py": "from transformers import AutoModel\nfrom settings import NAME\nAutoModel.from_pretrained(NAME)\n",
    "settings.py": 'NAME = "org/named-elsewhere"\n',
    "other/load.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("org/other")\n',
}


def _scanned(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[dict[str, object]]:
    assert run(["scan", *map(str, paths), "--format", "jsonl"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _models(rows: list[dict[str, object]]) -> list[object]:
    return [(row["path"], [m["name"] for m in row["models"]]) for row in rows if row["type"] == "usage"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", ["app", "app/load.py"])
def test_names_lead_out_of_a_part(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clone(tmp_path / "clone", FILES)
    rows = _scanned(capsys, folder / part)
    assert _models(rows) == [("app/load.py", ["org/named-elsewhere"])]
    assert (rows[0]["files"], rows[0]["files_read"]) == (1, 1)


def test_several_parts_are_all_scanned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clone(tmp_path / "clone", FILES)
    rows = _scanned(capsys, folder / "app", folder / "other" / "load.py")
    assert _models(rows) == [("app/load.py", ["org/named-elsewhere"]), ("other/load.py", ["org/other"])]


def test_a_file_that_is_not_tracked_is_scanned_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clone(tmp_path / "clone", FILES)
    write(folder, {"new.py": FILES["app/load.py"]})
    assert _models(_scanned(capsys, folder / "new.py")) == [("new.py", ["org/named-elsewhere"])]
    assert "new.py" not in dict(_models(_scanned(capsys, folder)))  # type: ignore[arg-type]


def test_a_folder_of_which_nothing_is_tracked_is_scanned_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = clone(tmp_path / "clone", FILES)
    write(folder, {"draft/load.py": FILES["other/load.py"]})
    assert _models(_scanned(capsys, folder / "draft")) == [("load.py", ["org/other"])]


def test_what_is_wrong_elsewhere_is_not_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clone(
        tmp_path / "clone", FILES | {"other/broken.py": "def f(:\n" + FILES["other/load.py"], "b.ipynb": "{"}
    )
    assert [row["type"] for row in _scanned(capsys, folder / "app")] == ["scan", "usage"]
