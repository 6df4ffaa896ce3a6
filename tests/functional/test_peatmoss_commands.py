"""The commands around PeaTMOSS databases and registries: what they print, and how they end."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from command_line import Run

CODE = """
from transformers import AutoModel

AutoModel.from_pretrained("org/name")
AutoModel.from_pretrained("org/other")
"""
NEW_LIBRARY = 'import newlib\n\nnewlib.load(model="org/name")\n'


@pytest.fixture
def records(ptmscan: Run, repo, tmp_path: Path) -> Path:
    target = tmp_path / "records" / "one.jsonl"
    target.parent.mkdir()
    assert ptmscan("scan", repo({"app.py": CODE}), "-f", "jsonl", "-o", target).code == 0
    return target


@pytest.fixture
def registry(ptmscan: Run, tmp_path: Path) -> Path:
    (tmp_path / "names.csv").write_text("id,downloads\norg/name,12\n")
    done = ptmscan("registry", "build", "-o", tmp_path / "known.ptms", "--list", tmp_path / "names.csv")
    assert (done.code, done.out) == (0, "")
    assert done.err.endswith("known.ptms: 1 model\n")
    return tmp_path / "known.ptms"


def test_from_records_to_links_funnel_and_export(ptmscan: Run, records: Path, registry: Path, tmp_path: Path) -> None:
    database = tmp_path / "new.db"
    load = ("peatmoss", "load", records.parent, "--db", database)
    done = ptmscan(*load, "--create", "--create-models", "--registry", registry, "--unknown", tmp_path / "unknown.csv")
    assert done.code == 0
    table = {line.split()[0]: line.split()[1:] for line in done.out.splitlines()[1:]}
    assert table["repositories"] == ["1", "0", "0", "0"]
    assert table["model_to_reuse_repository"] == ["1", "0"]
    assert "org/other (huggingface): 1 repository, 1 call" in done.err
    assert (tmp_path / "unknown.csv").read_text() == "hub,name,repositories,calls\nhuggingface,org/other,1,1\n"

    assert "repositories                    0                  0          1       0" in ptmscan(*load).out

    funnel = ptmscan("peatmoss", "funnel", database).out
    assert "links (repository, PTM)                   1\n" in funnel
    assert "transformers             1     1      1      1\n" in funnel
    document = json.loads(ptmscan("peatmoss", "funnel", f"sqlite:///{database}", "--format", "json").out)
    assert document["funnel"]["repositories scanned"] == 1
    assert document["libraries"] == [
        {"library": "transformers", "repositories": 1, "models": 1, "links": 1, "calls": 1}
    ]

    (tmp_path / "links").mkdir()
    assert ptmscan("peatmoss", "export", "--db", database, "-o", tmp_path / "links").code == 0
    exported = json.loads((tmp_path / "links" / "HuggingFace.json").read_text())
    assert exported == {
        "org/name": {"usage_repository": ["repository"], "file_path": ["_repository/repository/app.py"]}
    }
    assert json.loads((tmp_path / "links" / "PyTorch.json").read_text()) == {}

    again = ptmscan("registry", "build", "-o", tmp_path / "again.ptms", "--db", database)
    assert again.err.endswith("again.ptms: 1 model\n")


def test_create_alone_makes_an_empty_database(ptmscan: Run, tmp_path: Path) -> None:
    assert ptmscan("peatmoss", "load", "--create", "--db", tmp_path / "new.db").code == 0
    with sqlite3.connect(tmp_path / "new.db") as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert len([name for name in names if not name.startswith("ptmscan_")]) == 56
        assert connection.execute("SELECT count(*) FROM model").fetchone() == (0,)
    connection.close()


def test_a_record_that_cannot_be_read_gives_3_and_is_listed(ptmscan: Run, records: Path, tmp_path: Path) -> None:
    bad = records.with_name("bad.jsonl")
    bad.write_text(
        records.read_text().splitlines()[0].replace('"repository":"repository"', '"repository":"b/b"') + "\n"
    )
    done = ptmscan("peatmoss", "load", records.parent, "--create", "--db", tmp_path / "new.db")
    assert done.code == 3
    assert "repositories                    1                  0          0       1" in done.out
    assert f"not loaded: {bad}: b/b: the header announces 2 usages, the file holds 0" in done.err


def test_a_dry_run_says_so(ptmscan: Run, records: Path, tmp_path: Path) -> None:
    done = ptmscan("peatmoss", "load", records, "--create", "--db", tmp_path / "new.db", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("Nothing was changed; a load would do this:\n\n")
    assert not (tmp_path / "new.db").exists()


def test_a_scan_marks_known_models_and_lists_suspects(ptmscan: Run, repo, registry: Path, tmp_path: Path) -> None:
    path = repo({"app.py": CODE, "new.py": NEW_LIBRARY})
    document = json.loads(ptmscan("scan", path, "-f", "json", "--registry", registry).out)
    assert [m["known"] for usage in document["usages"] for m in usage["models"]] == [True, False]
    assert "suspects" not in document
    target = tmp_path / "models.jsonl"
    done = ptmscan("scan", path, "-f", "jsonl", "--registry", registry, "--suspects", "-o", target)
    assert "1 suspect;" in done.err
    suggested = ptmscan("signatures", "suggest", target)
    assert (suggested.code, suggested.err) == (0, "")
    assert [line.split("\t") for line in suggested.out.splitlines()] == [
        ["repositories", "models", "calls", "callable", "arguments", "example"],
        ["1", "1", "1", "newlib.load", "model", 'repository newlib.load(model="org/name")'],
    ]
    target.write_text(target.read_text() + "{\n")
    assert ptmscan("signatures", "suggest", target).code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("peatmoss", "load", "--db", "x.db"), "name the files of records to load"),
        (("peatmoss", "load", ".", "--db", "x.db"), "there is no .jsonl file in this folder"),
        (("peatmoss", "load", "missing", "--db", "x.db"), "missing: there is no such file"),
        (("peatmoss", "load", "a.jsonl", "--db", "x.db"), "x.db: there is no such database"),
        (("peatmoss", "load", "a.jsonl", "--db", "mysql://x"), "only sqlite:///FILE and postgresql+psycopg://"),
        (("peatmoss", "load", "a.jsonl", "--db", "x.db", "--registry", "no"), "no: there is no such registry"),
        (("peatmoss", "funnel", "x.db"), "x.db: there is no such database"),
        (("peatmoss", "funnel", "empty.db"), "table model is missing"),
        (("peatmoss", "export", "--db", "x.db", "-o", "missing"), "missing: there is no such folder"),
        (("registry", "build", "-o", "x"), "name a source: --db URL, --list FILE or --hub"),
        (("registry", "build", "-o", "x", "--list", "missing.csv"), "missing.csv: "),
        (("registry", "build", "-o", "x", "--list", "a.csv", "--endpoint", "http://x"), "--endpoint goes with --hub"),
        (("scan", ".", "--suspects"), "--suspects asks a registry; name it with --registry FILE"),
        (("scan", ".", "--registry", "empty.db"), "empty.db: is no registry of ptmscan"),
    ],
    ids=range(14),
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    ptmscan: Run, arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl" if "a.jsonl" in arguments else tmp_path / "a.csv").write_text("")
    (tmp_path / "empty.db").write_text("")
    done = ptmscan(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_missing_extra_is_named(ptmscan: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "sqlalchemy" else real(name, *rest)
    )
    done = ptmscan("peatmoss", "funnel", tmp_path / "x.db")
    assert done.code == 2
    assert "pip install 'ptmscan[peatmoss]'" in done.err
