"""`report` on the command line: which page is written where, and what is said of records that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from samples import USAGE, model, result

from ptmscan.batch.manifest import Manifest
from ptmscan.cli import run
from ptmscan.record_json import write_jsonl

CODE = 'from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained("org/{name}")\n'


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder with the records of two repositories, one and two."""
    folder = tmp_path / "records"
    folder.mkdir()
    for name in ("one", "two"):
        code = tmp_path / "code" / name
        code.mkdir(parents=True)
        (code / "main.py").write_text(CODE.format(name=name), encoding="utf-8")
        assert run(["scan", str(code), "--format", "jsonl", "-o", str(folder / f"{name}.jsonl")]) == 0
    return folder


def test_scan_writes_the_page_of_a_repository(records: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run(["scan", str(tmp_path / "code/one"), "--format", "html", "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "<h1>one</h1>" in text
    assert "org/one" in text
    # The policy was asked, although nothing configures it.
    assert "after exceptions and ignore comments" in text


def test_one_scan_gives_its_page(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["report", str(records / "one.jsonl")]) == 0
    printed = capsys.readouterr()
    assert "<h1>one</h1>" in printed.out
    assert printed.err == ""


def test_one_scan_of_many_can_be_chosen(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(records), "--repository", "two"]) == 0
    assert "<h1>two</h1>" in capsys.readouterr().out


def test_an_unknown_repository_is_an_error_with_a_hint(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(records), "--repository", "onne"]) == 2
    assert "did you mean 'one'?" in capsys.readouterr().err


def test_the_last_scan_of_a_repository_counts(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = (records / "one.jsonl").read_text(encoding="utf-8").replace("org/one", "org/newer")
    (records / "z.jsonl").write_text(newer, encoding="utf-8")
    assert run(["report", str(records), "--repository", "one"]) == 0
    assert "org/newer" in capsys.readouterr().out


def test_unreadable_records_are_told_and_make_the_exit_code_three(
    records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (records / "broken.jsonl").write_text("{]\n", encoding="utf-8")
    assert run(["report", str(records), "--repository", "one"]) == 3
    printed = capsys.readouterr()
    assert "<h1>one</h1>" in printed.out
    assert "broken.jsonl" in printed.err


def test_no_records_at_all_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    assert run(["report", str(tmp_path)]) == 2
    assert "there are no records to report" in capsys.readouterr().err


def test_a_scan_that_is_cut_off_is_an_error(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (records / "one.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (records / "one.jsonl").write_text(lines[0], encoding="utf-8")
    assert run(["report", str(records / "one.jsonl")]) == 2
    assert "is it cut off?" in capsys.readouterr().err


def test_many_scans_give_one_page_about_all(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["report", str(records)]) == 0
    printed = capsys.readouterr()
    assert "<h1>Pre-trained models in 2 repositories</h1>" in printed.out
    assert printed.err == ""


def test_a_broken_scan_among_many_is_told(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (records / "broken.jsonl").write_text('{"type":"usage"}\n', encoding="utf-8")
    assert run(["report", str(records)]) == 3
    assert "broken.jsonl: line 1" in capsys.readouterr().err


# --- all that read records -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("report",), ("graph", "--format", "dot"), ("figures", "-o", "drawn")], ids=" ".join)
def test_the_folder_of_a_batch_that_did_not_end_is_refused(
    records: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are those of an earlier run, or of none."""
    monkeypatch.chdir(records.parent)
    with Manifest(records.parent, writes=True) as manifest:
        manifest.begin_run()
    assert run([words[0], str(records.parent), *words[1:]]) == 2
    assert "`ptmscan batch merge` writes what is done so far" in capsys.readouterr().err


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_have_their_data_beside_them(records: Path, tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    assert run(["figures", str(records), "-o", str(folder)]) == 0
    assert (folder / "libraries.csv").read_text(encoding="utf-8") == (
        "library,repositories,models,links,loads\ntransformers,2,2,2,2\n"
    )
    assert (folder / "libraries.png").read_bytes().startswith(b"\x89PNG")
    drawing = (folder / "libraries.svg").read_text(encoding="utf-8")
    # Text stays text, so that it can be found and edited.
    assert ">transformers<" in drawing
    assert ">Projects by library<" in drawing
    drawn = {file.stem for file in folder.glob("*.svg")}
    assert drawn == {file.stem for file in folder.glob("*.png")}
    assert drawn <= {file.stem for file in folder.glob("*.csv")}
    assert {"funnel", "models-per-repository", "outcomes", "ways"} <= drawn


def test_figures_are_the_same_from_run_to_run(records: Path, tmp_path: Path) -> None:
    for name in ("once", "again"):
        assert run(["figures", str(records), "-o", str(tmp_path / name)]) == 0
    once, again = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("once", "again"))
    assert once == again
    assert not any(b"dc:date" in content for content in once.values())


def test_hostile_names_are_drawn_as_text_and_are_no_formula(tmp_path: Path) -> None:
    name = '=HYPERLINK("http://evil")$\\frac{1}{0}$'
    scan = result(replace(USAGE, models=(model(name), model("＝1+1"), model("\x1b[2J</text><script>"))))
    records = tmp_path / "records.jsonl"
    with records.open("w", encoding="utf-8") as stream:
        write_jsonl(scan, stream)
    assert run(["figures", str(records), "-o", str(tmp_path / "out")]) == 0
    data = (tmp_path / "out/models.csv").read_text(encoding="utf-8")
    assert "'=HYPERLINK" in data
    assert "\n'＝1+1," in data
    drawing = (tmp_path / "out/models.svg").read_text(encoding="utf-8")
    assert "<script" not in drawing
    assert "\x1b" not in drawing


def test_without_matplotlib_it_says_how_to_get_it(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(["figures", str(records), "-o", str(tmp_path / "out")]) == 2
    assert "pip install 'ptmscan[figures]'" in capsys.readouterr().err
