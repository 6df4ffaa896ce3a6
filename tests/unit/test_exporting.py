"""Records as tables: the columns are the keys of the records, and readers take the files as they are."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ptmscan.batch.manifest import Manifest
from ptmscan.cli import run
from ptmscan.exporting import tables
from ptmscan.records import Diagnostic, Evidence, ModelReference, ScanHeader, UsageRecord

ROOT = Path(__file__).resolve().parent.parent.parent

CODE = """
from transformers import AutoModel, pipeline

NAME = "org/näme"
AutoModel.from_pretrained(NAME, revision="main", trust_remote_code=True)
pipeline("summarization", model=unknown, note='a "quote", and\\n=1+1\\0')
AutoModel.from_pretrained("org/a" if flag else "org/b")
"""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Records of two repositories, in the wrong order."""
    for name, code in (("second", CODE), ("first", "from transformers import (\n" + CODE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(code)
        target = tmp_path / "records" / f"{'a' if name == 'second' else 'b'}.jsonl"
        target.parent.mkdir(exist_ok=True)
        assert run(["scan", str(tmp_path / name), "-f", "jsonl", "-o", str(target)]) == 0
    return tmp_path / "records"


def lines(records: Path, kind: str) -> list[dict[str, Any]]:
    """The records of a kind, by repository."""
    files = sorted(records.iterdir(), reverse=True)
    found = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "type"} for line in found if line["type"] == kind]


@pytest.mark.parametrize(
    ("record", "columns", "nested"),
    [
        (ScanHeader, tables.SCANS, set()),
        (UsageRecord, tables.USAGES, {"models"}),
        (ModelReference, tables.MODELS, {"evidence"}),
        (Evidence, tables.EVIDENCE, set()),
        (Diagnostic, tables.DIAGNOSTICS, set()),
    ],
)
def test_every_key_of_a_record_is_a_column(record: Any, columns: Any, nested: set[str]) -> None:
    assert {column.name for column in columns} == {field.name for field in fields(record)} - nested


@pytest.fixture
def parquet(records: Path, tmp_path: Path) -> Path:
    pytest.importorskip("pyarrow")
    assert run(["export", "parquet", str(records), "-o", str(tmp_path / "tables")]) == 0
    return tmp_path / "tables"


def test_parquet_holds_all_that_the_records_hold(parquet: Path, records: Path) -> None:
    import pyarrow.parquet as pq

    found = pq.read_table(parquet / "usages.parquet").to_pylist()
    for row, line in zip(found, lines(records, "usage"), strict=True):
        assert json.loads(row.pop("arguments")) == line.pop("arguments")
        assert (row.pop("release") is None) == ("release" not in line)
        line.pop("release", None)
        assert without_nulls(row) == without_nulls(line)
    headers = pq.read_table(parquet / "scans.parquet").to_pylist()
    assert [row["repository"] for row in headers] == ["first", "second"]
    assert len(pq.read_table(parquet / "diagnostics.parquet")) == len(lines(records, "diagnostic")) > 0


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def test_parquet_has_the_same_schema_without_rows(parquet: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    (tmp_path / "empty").mkdir()
    assert run(["scan", str(tmp_path / "empty"), "-f", "jsonl", "-o", str(tmp_path / "empty.jsonl")]) == 0
    (tmp_path / "other").mkdir()
    assert run(["export", "parquet", str(tmp_path / "empty.jsonl"), "-o", str(tmp_path / "other")]) == 0
    for name in ("scans", "usages", "diagnostics"):
        schemas = [pq.read_schema(folder / f"{name}.parquet") for folder in (parquet, tmp_path / "other")]
        assert schemas[0].equals(schemas[1], check_metadata=True)
    assert not schemas[0].field("repository").nullable


def test_duckdb_and_pandas_read_parquet_as_it_is(parquet: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = f"""
        SELECT repository, m.unnest.id, len(m.unnest.evidence) FROM '{parquet}/usages.parquet', unnest(models) AS m
        WHERE m.unnest.outcome = 'resolved' ORDER BY ALL
    """
    with duckdb.connect() as connection:
        rows = connection.sql(query).fetchall()
    assert {row[:2] for row in rows} >= {("second", "org/näme"), ("second", "org/a"), ("first", "org/b")}
    assert min(row[2] for row in rows) >= 1


def test_sqlite_joins_usages_models_and_evidence(records: Path, tmp_path: Path) -> None:
    assert run(["export", "sqlite", str(records), "-o", str(tmp_path / "models.db")]) == 0
    connection = sqlite3.connect(tmp_path / "models.db")
    rows = connection.execute(
        "SELECT u.repository, m.id, e.step FROM usages u JOIN models m USING (usage) "
        "JOIN evidence e USING (usage, model) WHERE m.id = 'org/näme' AND e.number = 0 ORDER BY 1"
    ).fetchall()
    (usages,) = connection.execute("SELECT count(*) FROM usages").fetchone()
    connection.close()
    assert [row[:2] for row in rows] == [("first", "org/näme"), ("second", "org/näme")]
    assert usages == len(lines(records, "usage"))


def test_sqlite_replaces_a_file_only_by_a_whole_one(records: Path, tmp_path: Path) -> None:
    target = tmp_path / "models.db"
    target.write_text("kept")
    assert run(["export", "sqlite", str(tmp_path / "missing"), "-o", str(target)]) == 2
    assert target.read_text() == "kept"
    assert run(["export", "sqlite", str(records), "-o", str(target)]) == 0
    assert target.read_bytes().startswith(b"SQLite format 3")
    assert not list(tmp_path.glob(".export*"))


def test_csv_is_read_back(records: Path, tmp_path: Path) -> None:
    assert run(["export", "csv", str(records), "-o", str(tmp_path / "tables")]) == 0
    for name in tables.FLAT:
        with (tmp_path / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        if name == "usages":
            expected = lines(records, "usage")
            assert [json.loads(row["arguments"]) for row in rows] == [line["arguments"] for line in expected]
            assert [row["source_line"].replace("\\0", "\0") for row in rows] == [
                line["source_line"].replace("\\0", "\0") for line in expected
            ]


def test_duckdb_tells_null_from_empty_in_csv(records: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert run(["export", "csv", str(records), "-o", str(tmp_path / "tables")]) == 0
    with duckdb.connect() as connection:
        query = f"SELECT count(*) FILTER (cell IS NULL), count(DISTINCT usage) FROM '{tmp_path}/tables/usages.csv'"
        (nulls, usages) = connection.sql(query).fetchall()[0]
    assert nulls == usages == len(lines(records, "usage"))


def test_a_scan_that_is_cut_off_is_left_out_and_told(
    records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = records / "b.jsonl"
    file.write_text("\n".join(file.read_text().splitlines()[:2]) + "\n")
    assert run(["export", "sqlite", str(records), "-o", str(tmp_path / "models.db")]) == 3
    assert "not exported" in capsys.readouterr().err
    connection = sqlite3.connect(tmp_path / "models.db")
    assert connection.execute("SELECT repository FROM scans").fetchall() == [("second",)]
    connection.close()


@pytest.mark.parametrize("command", ["export csv {} -o {}/o", "peatmoss load {} --create --db {}/x.db"])
def test_a_batch_that_was_broken_off_is_not_taken_for_a_whole_one(
    records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    (tmp_path / "clones").mkdir()
    (tmp_path / "second").rename(tmp_path / "clones" / "second")
    assert run(["batch", "run", str(tmp_path / "clones"), "--out", str(batch)]) == 0
    arguments = command.replace("{}", str(batch), 1).replace("{}", str(tmp_path), 1).split()
    assert run(arguments) == 0
    with Manifest(batch, writes=True) as manifest, manifest.changing():
        manifest.count_change()
    capsys.readouterr()
    assert run(arguments) == 2
    assert "batch merge" in capsys.readouterr().err


def test_the_dataset_card_names_the_files_and_columns_of_an_export(parquet: Path) -> None:
    card = (ROOT / "templates" / "dataset-card.md").read_text()
    assert set(re.findall(r"path: (\S+)", card)) == {path.name for path in parquet.iterdir()}
    for columns in (tables.SCANS, tables.USAGES, tables.MODELS, tables.EVIDENCE, tables.FLAT["diagnostics"]):
        assert [column.name for column in columns if f"`{column.name}`" not in card] == []
