"""What CI systems show: GitHub annotations, GitLab code quality, JUnit, and the size of a job summary."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from rendering import rendered
from samples import TYPICAL, USAGE, model, result, usage

from ptmscan.policy.model import CommentFinding, Finding, Severity
from ptmscan.records import Diagnostic, DiagnosticCode, ScanResult
from ptmscan.report import WITH_FINDINGS, csv_table, findings_renderer, markdown

CALLS = tuple(usage("a.py", line, model("org/x"), fingerprint=f"{line:032x}") for line in range(1, 31))


def with_findings(name: str, scan: ScanResult, *findings: Finding | CommentFinding) -> str:
    stream = io.StringIO()
    findings_renderer(name)(scan, stream, findings)
    return stream.getvalue()


@pytest.mark.parametrize("name", sorted(WITH_FINDINGS))
def test_findings_take_the_place_of_notes(name: str) -> None:
    text = with_findings(name, result(USAGE), Finding("PTM003", Severity.ERROR, "not pinned", USAGE))
    assert "PTM003" in text
    assert "PTM000" not in text
    # JUnit tells of passed tests, and a page shows usages apart from findings.
    assert "PTM000" in rendered(name, result(USAGE)) or name in {"junit", "html"}


def test_a_format_without_findings_takes_none() -> None:
    with pytest.raises(KeyError):
        findings_renderer("markdown")


# --- GitHub -----------------------------------------------------------------------------------------------------------


def test_an_annotation_has_its_place_and_escapes() -> None:
    call = replace(USAGE, path="a,b:c%.py", line=2, end_line=2)
    found = with_findings("github", result(call), Finding("PTM003", Severity.WARNING, "100% not: pinned, no", call))
    assert found == (
        "::warning title=PTM003 unpinned-model,file=a%2Cb%3Ac%25.py,line=2,endLine=2,col=9,endColumn=55"
        "::100%25 not: pinned, no\n"
    )


def test_an_annotation_over_several_lines_has_no_columns() -> None:
    assert "file=a.py,line=2,endLine=4::" in rendered("github", result(replace(USAGE, path="a.py", line=2, end_line=4)))


def test_a_notebook_is_annotated_on_the_line_of_its_file() -> None:
    assert "file=a.ipynb,line=58,endLine=58::" in rendered("github", result(usage("a.ipynb", 2, cell=3, file_line=58)))
    assert "file=a.ipynb::" in rendered("github", result(usage("a.ipynb", 2, cell=3)))


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (10, 10), (11, 10), (30, 10)])
def test_github_shows_ten_annotations_of_a_level_and_the_last_counts_the_rest(number: int, lines: int) -> None:
    found = rendered("github", result(*CALLS[:number])).splitlines()
    assert len(found) == lines
    assert ("more of this kind" in found[-1]) == (number > 10)
    if number > 10:
        assert f"and {number - 9} more" in found[-1]


def test_errors_come_first_and_each_level_has_its_own_ten() -> None:
    findings = [Finding("PTM003", severity, "x", call) for severity in reversed(Severity) for call in CALLS]
    found = with_findings("github", result(*CALLS), *findings).splitlines()
    assert [line.split(" ")[0] for line in found] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10


# --- GitLab -----------------------------------------------------------------------------------------------------------


def issues(text: str) -> list[dict[str, Any]]:
    return list(json.loads(text))


def test_an_issue_has_what_gitlab_requires() -> None:
    (found,) = issues(with_findings("gitlab", result(USAGE), Finding("PTM003", Severity.ERROR, "not pinned", USAGE)))
    assert found.pop("fingerprint")
    assert found == {
        "description": "not pinned",
        "check_name": "PTM003",
        "severity": "major",
        "location": {"path": "app.py", "lines": {"begin": 7, "end": 7}},
    }


def test_fingerprints_of_issues_are_unique_and_stay_when_code_moves() -> None:
    calls = [*TYPICAL.usages, USAGE, USAGE]
    before = [each["fingerprint"] for each in issues(rendered("gitlab", result(*calls)))]
    moved = [replace(call, line=call.line + 50, end_line=call.end_line + 50) for call in calls]
    after = [each["fingerprint"] for each in issues(rendered("gitlab", result(*moved)))]
    assert before == after
    assert len(set(before)) == len(before)


def test_a_comment_is_an_issue_where_it_stands() -> None:
    comment = CommentFinding("PTM009", Severity.ERROR, "no reason", "a.py", 4, 20)
    (found,) = issues(with_findings("gitlab", result(), comment))
    assert found["location"] == {"path": "a.py", "lines": {"begin": 4, "end": 4}}


# --- JUnit ------------------------------------------------------------------------------------------------------------


def test_usages_pass_without_a_policy_and_what_was_not_read_is_skipped() -> None:
    broken = Diagnostic("b.py", 4, DiagnosticCode.SYNTAX, "broken")
    root = ElementTree.fromstring(rendered("junit", result(USAGE, broken)))
    assert root.attrib == {"name": "ptmscan", "tests": "2", "failures": "0", "errors": "0", "skipped": "1"}
    (passed,), (skipped,) = root
    assert passed.attrib["name"] == "AutoModel.from_pretrained in load"
    assert [child.tag for child in passed] == ["system-out"]
    assert skipped[0].attrib == {"message": "broken"}


def test_errors_and_warnings_fail_their_usage_and_notes_do_not() -> None:
    findings = [
        Finding("PTM003", Severity.WARNING, "not pinned", CALLS[0]),
        Finding("PTM004", Severity.ERROR, "denied", CALLS[0]),
        Finding("PTM008", Severity.NOTE, "not known", CALLS[1]),
        CommentFinding("PTM009", Severity.ERROR, "no reason", "a.py", 4, 20),
    ]
    root = ElementTree.fromstring(with_findings("junit", result(*CALLS[:3]), *findings))
    assert (root.get("tests"), root.get("failures")) == ("4", "2")
    failures = {case.get("name"): case.findtext("failure") for case in root.iter("testcase")}
    assert failures == {
        "AutoModel.from_pretrained in load": "PTM003 not pinned\nPTM004 denied",
        "AutoModel.from_pretrained in load #2": None,
        "AutoModel.from_pretrained in load #3": None,
        "comment PTM009": "PTM009 no reason",
    }


# --- sizes ------------------------------------------------------------------------------------------------------------


def test_markdown_fits_into_a_job_summary_and_says_when_it_was_cut() -> None:
    many = result(*(usage(f"{number}/{'x' * 200}.py", 1, model(f"org/{number}")) for number in range(4000)))
    text = rendered("markdown", many)
    assert markdown.MAX_BYTES - 1000 < len(text.encode()) <= markdown.MAX_BYTES
    assert text.splitlines()[-1].startswith("**The report is cut here")
    assert "cut here" not in rendered("markdown", TYPICAL)


def test_csv_cells_are_as_long_as_spreadsheets_take() -> None:
    text = rendered("csv", result(usage("a.py", 1, model("x" * 40_000, id=None))))
    assert "x" * (csv_table.MAX_CELL - 1) + "…" in text
    assert "x" * csv_table.MAX_CELL not in text
