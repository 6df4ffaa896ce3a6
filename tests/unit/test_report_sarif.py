"""SARIF: valid by its schema, what GitHub code scanning reads of it, and its limits."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rendering import rendered
from samples import EMPTY, HOSTILE, TYPICAL, USAGE, model, result, usage

from ptmscan.policy.model import CommentFinding, Finding, Severity
from ptmscan.records import Diagnostic, DiagnosticCode, Evidence, Outcome, Via
from ptmscan.report import sarif

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas/sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run(text: str) -> dict[str, Any]:
    document = json.loads(text)
    VALIDATOR.validate(document)
    (found,) = document["runs"]
    return dict(found)


def with_findings(*findings: Finding | CommentFinding) -> dict[str, Any]:
    stream = io.StringIO()
    sarif.render(TYPICAL, stream, findings)
    return run(stream.getvalue())


@pytest.mark.parametrize("scan", [EMPTY, TYPICAL, HOSTILE], ids=["empty", "typical", "hostile"])
def test_it_obeys_the_schema(scan: Any) -> None:
    assert len(run(rendered("sarif", scan))["results"]) == len(scan.usages)


def test_a_usage_is_a_note_with_the_fingerprint_that_github_reads() -> None:
    (found,) = run(rendered("sarif", result(USAGE)))["results"]
    assert found["level"] == "note"
    assert found["partialFingerprints"]["primaryLocationLineHash"] == USAGE.line_hash
    assert found["message"]["text"] == (
        "AutoModel.from_pretrained loads google-bert/bert-base-uncased (Hugging Face, not pinned)."
    )
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 7, "startColumn": 9, "endLine": 7, "endColumn": 55}


def test_evidence_is_a_code_flow_that_ends_at_the_call() -> None:
    steps = (Evidence("config.py", 3, "constant", 'NAME = "org/x"'), Evidence("app.py", 2, "import", "import NAME"))
    (found,) = run(rendered("sarif", result(usage("app.py", 9, model("org/x", evidence=steps)))))["results"]
    (flow,) = found["codeFlows"]
    places = [step["location"]["physicalLocation"] for step in flow["threadFlows"][0]["locations"]]
    assert [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places] == [
        ("config.py", 3),
        ("app.py", 2),
        ("app.py", 9),
    ]


def test_each_model_of_a_call_has_its_flow() -> None:
    steps = (Evidence("app.py", 1, "container", "NAMES"),)
    call = usage(
        "app.py", 9, *(model(name, evidence=steps, via=Via.CONTAINER) for name in ("a/x", "a/y", "a/z", "b/w"))
    )
    (found,) = run(rendered("sarif", result(call)))["results"]
    assert len(found["codeFlows"]) == 4
    assert "loads a/x (Hugging Face, not pinned), a/y" in found["message"]["text"]
    assert "or 1 more" in found["message"]["text"]


@pytest.mark.parametrize(("file_line", "region"), [(58, {"startLine": 58, "endLine": 58}), (None, {"startLine": 1})])
def test_a_notebook_tells_its_cell_and_the_line_of_its_file(file_line: int | None, region: dict[str, int]) -> None:
    call = usage("a.ipynb", 2, model("org/x"), cell=3, file_line=file_line)
    (found,) = run(rendered("sarif", result(call)))["results"]
    assert found["message"]["text"].endswith(" In cell 3, line 2.")
    assert found["locations"][0]["physicalLocation"]["region"] == region
    assert found["locations"][0]["logicalLocations"][1]["name"] == "cell 3, line 2"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?%.py", "a%20b/%C3%BC%23%3F%25.py"),
        ("c:d/e.py", "c%3Ad/e.py"),
        ("bytes\udcff.py", "bytes%FF.py"),
        ("half\ud800.py", "half%ED%A0%80.py"),
    ],
)
def test_paths_are_relative_uris(path: str, uri: str) -> None:
    assert sarif.uri(path) == uri


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("hole {0}", "hole {{0}}"),
        ("hole {org}", "hole {org}"),
        ("[a](http://evil)", r"\[a\](http://evil)"),
        ('args["model"]', 'args["model"]'),
    ],
)
def test_messages_hold_no_placeholder_and_no_link(reason: str, shown: str) -> None:
    call = usage("a.py", 1, outcome=Outcome.DYNAMIC, reason=reason, exhaustive=False)
    (found,) = run(rendered("sarif", result(call)))["results"]
    assert found["message"]["text"] == f"AutoModel.from_pretrained loads a model that is not known: {shown}."


def test_findings_have_their_rules_and_levels() -> None:
    found = with_findings(
        Finding("PTM003", Severity.ERROR, "not pinned", USAGE),
        Finding("PTM999", Severity.WARNING, "of a later version", USAGE),
        CommentFinding("PTM009", Severity.ERROR, "no reason", "a.py", 4, 20),
    )
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["PTM003", "PTM009", "PTM999"]
    assert [(rules[each["ruleIndex"]]["id"], each["level"]) for each in found["results"]] == [
        ("PTM003", "error"),
        ("PTM999", "warning"),
        ("PTM009", "error"),
    ]
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)


def test_a_policy_without_findings_gives_no_results() -> None:
    assert with_findings()["results"] == []


def test_diagnostics_are_notifications() -> None:
    found = [
        Diagnostic("a.py", 4, DiagnosticCode.SYNTAX, "broken"),
        Diagnostic("b.py", None, DiagnosticCode.BINARY, "x"),
    ]
    (invocation,) = run(rendered("sarif", result(*found)))["invocations"]
    first, second = invocation["toolExecutionNotifications"]
    assert first["descriptor"]["id"] == "syntax-error"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 4}
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_more_results_than_github_takes_are_cut_and_the_gravest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    severities = [Severity.NOTE, Severity.WARNING, Severity.NOTE, Severity.ERROR, Severity.WARNING]
    calls = [replace(USAGE, line=line) for line in range(1, 6)]
    found = with_findings(*(Finding("PTM004", s, "x", call) for s, call in zip(severities, calls, strict=True)))
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in found["results"]]
    assert lines == [2, 4, 5]
    notes = found["invocations"][0]["toolExecutionNotifications"]
    assert notes[-1]["message"]["text"].startswith("2 results left out: GitHub code scanning takes 3 results")


def test_a_file_that_github_would_find_too_large_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_COMPRESSED", 520_000)
    calls = [usage(f"{number * 7919 % 8009:x}/{number**3}.py", 1, model("org/x")) for number in range(8_000)]
    found = run(rendered("sarif", result(*calls)))
    assert 0 < len(found["results"]) < len(calls)
    assert "left out" in found["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
