"""The manifest: a result and its row together, what is out of date, parts put together, and the records made of it."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import pytest

from ptmscan.batch import shards
from ptmscan.batch.jobs import Conditions, Job, Report, Selection, Status
from ptmscan.batch.manifest import Manifest, ManifestError, Versions, Waiting
from ptmscan.batch.sums import totals_of
from ptmscan.errors import UsageError

VERSIONS = Versions("1.0", "abc")


def listed(manifest: Manifest, **states: str | None) -> int:
    run = manifest.begin_run()
    rows = [
        (Waiting(path, f"/clones/{path}", path, None, state), place)
        for place, (path, state) in enumerate(states.items())
    ]
    manifest.add_listed(run, rows)
    return run


def done(path: str, status: Status = Status.OK, text: str = "") -> Report:
    return Report(path, status, repository=path, content=zlib.compress(text.encode()) if text else b"")


def waiting(manifest: Manifest, run: int, versions: Versions = VERSIONS, *, retry_failed: bool = False) -> list[str]:
    return [each.path for each in manifest.waiting(run, versions, retry_failed=retry_failed)]


def test_what_waits_is_new_changed_or_of_other_versions(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        run = listed(manifest, a="1", b="1", c="1", d=None)
        assert waiting(manifest, run) == ["d", "c", "b", "a"], "the largest first"
        for path, state, status in (("a", "1", Status.OK), ("b", "1", Status.CRASHED), ("d", None, Status.OK)):
            manifest.finish(done(path, status), state, VERSIONS)
        run = listed(manifest, a="1", b="1", c="1", d=None)
        assert waiting(manifest, run) == ["d", "c"]
        assert waiting(manifest, run, retry_failed=True) == ["d", "c", "b"]
        assert waiting(manifest, run, Versions("1.0", "other")) == ["d", "c", "b", "a"]
        assert waiting(manifest, listed(manifest, a="2"), VERSIONS) == ["a"]


def test_a_result_and_its_row_come_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        run = listed(manifest, a="1")
        monkeypatch.setattr(manifest, "count_change", lambda: 1 / 0)  # the last step of the transaction
        with pytest.raises(ZeroDivisionError):
            manifest.finish(done("a", text="record"), "1", VERSIONS)
        assert waiting(manifest, run) == ["a"]
        assert list(manifest.results()) == []


def test_a_full_disk_is_an_error_that_says_so_and_keeps_what_was_done(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        run = listed(manifest, a="1", b="1")
        manifest.finish(done("a", text="kept"), "1", VERSIONS)
        (pages,) = manifest._connection.execute("PRAGMA page_count").fetchone()
        manifest._connection.execute(f"PRAGMA max_page_count = {pages}")
        report = Report("b", Status.OK, repository="b", content=bytes(1_000_000))
        with pytest.raises(ManifestError, match="full; what was done until then is kept"):
            manifest.finish(report, "1", VERSIONS)
        assert waiting(manifest, run) == ["b"]
        assert [zlib.decompress(each) for each in manifest.results()] == [b"kept"]


def test_a_failure_drops_the_result_of_an_older_state(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        listed(manifest, a="1")
        manifest.finish(done("a", text="old"), "1", VERSIONS)
        manifest.finish(done("a", Status.TIMEOUT), "2", VERSIONS)
        assert list(manifest.results()) == []
        assert totals_of(manifest).failed == 1


def test_of_two_parts_the_later_scan_counts(tmp_path: Path) -> None:
    for name, text in (("x", "earlier\n"), ("y", "later\n")):
        (tmp_path / name).mkdir()
        with Manifest(tmp_path / name, writes=True) as part:
            listed(part, a="1", **{name: "1"})
            part.finish(done("a", text=text), "1", VERSIONS)
    (tmp_path / "whole").mkdir()
    with Manifest(tmp_path / "whole", writes=True) as whole:
        for name in ("y", "x", "y"):
            whole.take_from(tmp_path / name)
        assert [zlib.decompress(each) for each in whole.results()] == [b"later\n"]
        assert (totals_of(whole).done, totals_of(whole).waiting) == (1, 2)


def test_records_are_cut_into_files_and_replace_older_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 10)
    with Manifest(tmp_path, writes=True) as manifest:
        listed(manifest, a="1", b="1", c="1")
        for path in "abc":
            manifest.finish(done(path, text=f"record {path}\n"), "1", VERSIONS)
        assert not shards.are_current(tmp_path, manifest)
        assert shards.write_shards(tmp_path, manifest) == 2
        assert shards.are_current(tmp_path, manifest)
        manifest.finish(done("a", Status.CRASHED), "2", VERSIONS)
        assert shards.write_shards(tmp_path, manifest) == 1
        texts = [file.read_text() for file in sorted((tmp_path / "records").iterdir())]
    assert "".join(texts) == "record b\nrecord c\n"


@pytest.mark.parametrize("content", [b"no database, but long enough to be looked at as one" * 20, b""])
def test_a_file_that_is_no_manifest_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.sqlite").write_bytes(content)
    with pytest.raises(UsageError, match=r"manifest\.sqlite"):
        Manifest(tmp_path)


def test_a_manifest_is_one_plain_file_once_its_run_is_over(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        listed(manifest, a="1")
        with Manifest(tmp_path) as reader:
            assert totals_of(reader).waiting == 1, "it can be asked while a run is at work"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.sqlite"]
    tmp_path.chmod(0o500)
    try:
        with Manifest(tmp_path) as reader:
            assert totals_of(reader).waiting == 1
    finally:
        tmp_path.chmod(0o700)


def test_a_manifest_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True):
        pass
    connection = sqlite3.connect(tmp_path / "manifest.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UsageError, match="schema version 99"):
        Manifest(tmp_path)


def test_what_travels_between_processes_arrives_as_it_was_sent() -> None:
    job = Job("org/näme", "/clones/\udcff", "näme", Selection(before="2023-07-12T23:59:59+00:00"))
    assert Job.from_json(job.to_json()) == job
    conditions = Conditions(3.5, 1 << 30, "/cache", ("/a.yaml",), "module:function")
    assert Conditions.from_json(conditions.to_json()) == conditions
    report = Report("a", Status.PARTIAL, "1 syntax-error", "org/a", "0" * 40, 1.5, 0.5, 99, 1, 2, 3, 4, b"\n\0{")
    assert Report.unpacked(report.packed()) == report


@pytest.mark.parametrize("raw", [b"", b"{}\n", b"[]\n", b'{"path": "a"'])
def test_a_report_that_is_cut_off_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Report.unpacked(raw)
