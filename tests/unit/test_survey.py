"""Many scans counted: what counts as a load and a link, the order of tables, and what cannot be read."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from html_pages import Page, words
from samples import HEADER, MODEL, PIN, USAGE, model, result
from test_report_hostile import TEXTS, hostile

from ptmscan.batch.jobs import Report, Status
from ptmscan.batch.manifest import Manifest, Versions, Waiting
from ptmscan.batch.noted import runs_beside
from ptmscan.errors import UsageError
from ptmscan.record_files import latest_scans, record_files
from ptmscan.record_json import write_jsonl
from ptmscan.records import ModelOutcome, Outcome, ScanResult, UsageRecord, Via
from ptmscan.survey import counting, page
from ptmscan.survey.counting import general_reason, survey_of
from ptmscan.survey.model import Run, Survey
from ptmscan.survey.tables import Table, tables


def scan(repository: str, *usages: UsageRecord) -> ScanResult:
    found = result(*usages)
    return replace(found, header=replace(found.header, repository=repository))


def surveyed(folder: Path, *scans: ScanResult, runs: Sequence[Run] = ()) -> Survey:
    with (folder / "scans.jsonl").open("w", encoding="utf-8") as stream:
        for one in scans:
            write_jsonl(one, stream)
    return survey_of(latest_scans(record_files([folder])), runs)


def table(survey: Survey, key: str) -> Table:
    return next(one for one in tables(survey) if one.key == key)


def rendered(survey: Survey) -> str:
    stream = io.StringIO()
    page.render(survey, stream)
    return stream.getvalue()


A, B = model("org/a"), model("org/b")
LOADS_A = replace(USAGE, models=(A,))
LOADS_B = replace(USAGE, models=(B,), line=9, library="timm")
UNKNOWN = replace(USAGE, models=(), outcome=Outcome.DYNAMIC, reason="parameter `x` with no known caller", line=11)


def test_the_funnel_counts_repositories(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, scan("o/one", LOADS_A), scan("o/two", UNKNOWN), scan("o/three"))
    assert [row[1] for row in table(survey, "funnel").rows] == [3, 2, 1]


def test_with_a_registry_the_funnel_tells_what_it_knows(tmp_path: Path) -> None:
    known = replace(LOADS_A, models=(replace(A, known=True),))
    stranger = replace(LOADS_B, models=(replace(B, known=False),))
    survey = surveyed(tmp_path, scan("o/one", known), scan("o/two", stranger))
    assert table(survey, "funnel").rows[-1][:2] == ("with a model that the registry knows", 1)


@pytest.mark.parametrize(
    "usage",
    [
        UNKNOWN,
        replace(LOADS_A, models=(replace(A, outcome=ModelOutcome.LOCAL, hub="local"),)),
        replace(LOADS_A, models=(replace(A, outcome=ModelOutcome.PARTIAL),)),
        replace(LOADS_A, pretrained=False, outcome=Outcome.UNTRAINED),
    ],
    ids=["unknown", "local", "in part", "untrained"],
)
def test_what_names_no_model_is_no_load(tmp_path: Path, usage: UsageRecord) -> None:
    survey = surveyed(tmp_path, scan("o/one", usage))
    assert (survey.calls, survey.loads, survey.links) == (1, 0, 0)


def test_a_load_that_may_be_untrained_counts(tmp_path: Path) -> None:
    assert surveyed(tmp_path, scan("o/one", replace(LOADS_A, pretrained=None))).loads == 1


def test_links_are_pairs_and_loads_are_calls(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, scan("o/one", LOADS_A, replace(LOADS_A, line=8), LOADS_B), scan("o/two", LOADS_A))
    assert (survey.links, survey.loads) == (3, 4)
    assert table(survey, "models").rows == (("org/a", "Hugging Face", 2, 3), ("org/b", "Hugging Face", 1, 1))
    assert table(survey, "organisations").rows == (("org", "Hugging Face", 2, 2, 3),)


def test_figure_6_counts_a_repository_once_for_each_library(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, scan("o/one", LOADS_A, LOADS_B), scan("o/two", LOADS_A, replace(LOADS_A, line=8)))
    assert table(survey, "libraries").rows == (("transformers", 2, 1, 2, 3), ("timm", 1, 1, 1, 1))


def test_distributions_are_exact_in_the_table_and_in_columns_in_the_chart(tmp_path: Path) -> None:
    many = [replace(USAGE, models=(model(f"org/{number}"),), line=number + 1) for number in range(7)]
    survey = surveyed(tmp_path, scan("o/one", *many), scan("o/two", LOADS_A), scan("o/none"))
    spread = table(survey, "models-per-repository")
    assert spread.rows == ((1, 1), (7, 1))
    assert spread.chart is not None
    assert (spread.chart.labels, spread.chart.values) == (("1", "2", "3–5", "6–10"), (1, 0, 0, 1))


def test_models_used_together(tmp_path: Path) -> None:
    both = (LOADS_B, LOADS_A)
    survey = surveyed(tmp_path, scan("o/one", *both), scan("o/two", *both), scan("o/three", LOADS_A))
    assert table(survey, "co-use").rows == (("org/a", "org/b", 2),)


def test_one_repository_is_no_pattern(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, scan("o/one", LOADS_A, LOADS_B))
    assert "co-use" not in {one.key for one in tables(survey)}


def test_reasons_lose_the_names_that_they_quote(tmp_path: Path) -> None:
    other = replace(UNKNOWN, reason="parameter `y` with no known caller", line=12)
    survey = surveyed(tmp_path, scan("o/one", UNKNOWN, other))
    assert table(survey, "reasons").rows == (("parameter … with no known caller", 2, 1),)


def test_the_number_of_reasons_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_REASONS", 1)
    others = [scan(f"o/{number}", replace(UNKNOWN, reason=f"reason {number}")) for number in range(4)]
    survey = surveyed(tmp_path, *others)
    assert table(survey, "reasons").rows == ((counting.OTHER_REASONS, 3, 3), ("reason 0", 1, 1))
    assert general_reason(None) == "no reason is recorded"


def test_ways_and_pins(tmp_path: Path) -> None:
    pinned = replace(LOADS_A, models=(replace(A, revision=PIN, via=Via.CONSTANT),))
    survey = surveyed(tmp_path, scan("o/one", pinned, LOADS_B))
    assert table(survey, "ways").rows == (("written in the call", 1, 1), ("from a constant", 1, 1))
    assert table(survey, "pins").rows == (("pinned to a commit", 1, 1), ("not pinned", 1, 1))


def test_a_scan_that_is_cut_off_counts_for_nothing_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"type":"scan"}\n', encoding="utf-8")
    cut = scan("o/cut", LOADS_A)
    with (tmp_path / "b.jsonl").open("w", encoding="utf-8") as stream:
        write_jsonl(replace(cut, header=replace(cut.header, usages=2)), stream)
    survey = surveyed(tmp_path, scan("o/one", LOADS_B))
    assert [one.name for one in survey.repositories] == ["o/one"]
    assert survey.links == 1
    assert any("o/cut" in str(row[0]) for row in table(survey, "failed").rows)


def test_the_last_scan_of_a_repository_counts(tmp_path: Path) -> None:
    survey = surveyed(tmp_path, scan("o/one", LOADS_A), scan("o/two"), scan("o/one", LOADS_B))
    assert [count.key.title for count in survey.models] == ["org/b"]
    assert survey.superseded == 1
    assert "1 older scan of the same repositories left out" in words(rendered(survey))


def test_runs_come_from_the_manifest_beside_the_records(tmp_path: Path) -> None:
    with Manifest(tmp_path, writes=True) as manifest:
        listed = [(Waiting(path, path, path, None, None), 1) for path in ("a", "b", "c")]
        manifest.add_listed(manifest.begin_run(), listed)
        scanned = Report("a", Status.OK, repository="o/a", seconds=2.5, peak=50 << 20, content=b"x")
        late = Report("b", Status.TIMEOUT, reason="took over 300 s", seconds=300.0)
        for report in (scanned, late):
            manifest.finish(report, None, Versions("1", "1"))
    (tmp_path / "records").mkdir()
    survey = surveyed(tmp_path / "records", scan("o/a", LOADS_A), scan("o/c"), runs=runs_beside([tmp_path]))
    assert [row[:2] for row in table(survey, "slowest").rows] == [("b", 300.0), ("o/a", 2.5)]
    assert table(survey, "failed").rows == (("b", "timeout", "took over 300 s"), ("c", "not scanned yet", ""))
    assert table(survey, "funnel").rows[0] == ("repositories given to the batch", 3, 100.0)


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "manifest.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="schema version 99"):
        runs_beside([tmp_path])


def test_without_a_manifest_the_page_says_that_times_are_not_known(tmp_path: Path) -> None:
    assert runs_beside([tmp_path]) == ()
    (tmp_path / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    assert "so times are not known" in words(rendered(surveyed(tmp_path, scan("o/one"), scan("o/two"))))


def test_every_chart_has_its_table(tmp_path: Path) -> None:
    text = rendered(surveyed(tmp_path, scan("o/one", LOADS_A, UNKNOWN), scan("o/two", LOADS_A, LOADS_B)))
    assert text.count("<figure") == text.count("<svg") == text.count("Table: ") == text.count("<table>")
    seen = words(text)
    assert "Projects by library Repositories that load" in seen
    assert "Pre-trained models in 2 repositories" in seen


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere(tmp_path: Path) -> None:
    found = Page.parsed(rendered(surveyed(tmp_path, scan("o/one", LOADS_A, UNKNOWN), scan("o/two", LOADS_B))))
    assert len(set(found.ids)) == len(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


def test_the_data_of_the_lists_is_json_with_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_LISTED", 1)
    found = Page.parsed(rendered(surveyed(tmp_path, scan("o/one", LOADS_A), scan("o/two", LOADS_A, LOADS_B))))
    (data,) = found.data
    value = json.loads(data)
    assert value["models"] == [["org/a", 0, 2, 2, 1], ["org/b", 0, 1, 1, 1]]
    assert value["repositories"] == [["o/one", 1, 0, 0, [0]], ["o/two", 2, 0, 0, [0, 1]]]
    assert "The first 1 of 2 repositories" in " ".join(found.text.split())


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_names_are_inert_in_the_page_of_many(tmp_path: Path, kind: str) -> None:
    bad = hostile(TEXTS[kind])
    twin = replace(bad, header=replace(HEADER, repository=f"{bad.header.repository}2", usages=2, diagnostics=1))
    text = rendered(surveyed(tmp_path, bad, twin, scan("o/good", replace(USAGE, models=(MODEL,)))))
    assert [character for character in text if character != "\n" and not character.isprintable()] == []
    found = Page.parsed(text)
    assert len(found.scripts) == 1
    assert not any(name.startswith("on") for name in found.attributes)
    assert all(link.startswith(("#", "https://")) for link in found.links)
    assert len(json.loads(found.data[0])["repositories"]) == 3
    assert len(text) < 300_000
