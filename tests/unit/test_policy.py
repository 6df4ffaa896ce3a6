"""What a policy says about usages: pins, names, code of strangers, exceptions, ignore comments."""

from __future__ import annotations

from typing import Any

import pytest
from samples import PIN, model, usage

from ptmscan.discovery import MemoryTree
from ptmscan.guard import Verdict, judge
from ptmscan.policy.baseline import baseline_of
from ptmscan.policy.checks import policy_findings
from ptmscan.policy.ignores import ignore_comments
from ptmscan.policy.model import Severity
from ptmscan.policy.patterns import parse_pattern
from ptmscan.policy.policy import Level, Policy, reaches
from ptmscan.policy.rules import RULES
from ptmscan.policy.settings import policy_from
from ptmscan.records import ModelOutcome, Outcome, UsageRecord


def policy(**table: Any) -> Policy:
    mistakes: list[str] = []
    found = policy_from({key.replace("_", "-"): value for key, value in table.items()}, mistakes)
    assert mistakes == []
    return found


ALL = Policy(levels=tuple((rule.id, Level.ERROR) for rule in RULES))


def rules_of(*usages: UsageRecord, under: Policy = ALL) -> list[str]:
    return [finding.rule for finding in policy_findings(usages, under)]


# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (usage("a.py", 1, model("org/a")), ["PTM003"]),
        (usage("a.py", 1, model("org/a", revision=PIN)), []),
        (usage("a.py", 1, model("org/a", revision=PIN.upper())), []),
        (usage("a.py", 1, model("org/a", revision=PIN[:12])), ["PTM003"]),
        (usage("a.py", 1, model("org/a", revision="main")), ["PTM003"]),
        (usage("a.py", 1, model("org/a"), model("org/b")), ["PTM003", "PTM003"]),
        (usage("a.py", 1, model("resnet50", hub="torchvision")), []),
        (usage("a.py", 1, model("o/r/entry", hub="pytorch-hub")), ["PTM007"]),
        (usage("a.py", 1, model("o/r/entry", hub="pytorch-hub", revision="v0.10.0")), ["PTM007"]),
        (usage("a.py", 1, model("o/r/entry", hub="pytorch-hub", revision=PIN)), []),
        (usage("a.py", 1, model("org/a", revision=PIN), trust_remote_code=True), ["PTM006"]),
        (usage("a.py", 1, model("org/a", revision=PIN), trust_remote_code=False), []),
        (usage("a.py", 1, outcome=Outcome.DYNAMIC, reason="why"), ["PTM008"]),
        (usage("a.py", 1, model("org/a", revision=PIN), exhaustive=False, open_reason="an option"), ["PTM012"]),
        (usage("a.py", 1, model("org/a"), outcome=Outcome.UNTRAINED, trust_remote_code=True), []),
        (usage("a.py", 1, model("./x", outcome=ModelOutcome.LOCAL), outcome=Outcome.LOCAL, trust_remote_code=True), []),
    ],
    ids=range(16),
)
def test_a_rule_finds_what_its_page_says(found: UsageRecord, rules: list[str]) -> None:
    assert rules_of(found) == rules


def test_rules_have_their_severity_unless_the_configuration_sets_another() -> None:
    found = usage("a.py", 1, model("org/a"), trust_remote_code=True, exhaustive=False)
    assert {f.rule: f.severity for f in policy_findings([found], Policy())} == {
        "PTM003": Severity.NOTE,
        "PTM006": Severity.WARNING,
    }
    strict = policy(rules={"unpinned-model": "error", "PTM006": "off", "ptm012": "warning"})
    assert {f.rule: f.severity for f in policy_findings([found], strict)} == {
        "PTM003": Severity.ERROR,
        "PTM012": Severity.WARNING,
    }


def test_severities_are_ordered() -> None:
    order = (Severity.NOTE, Severity.WARNING, Severity.ERROR)
    assert [[reaches(one, level) for level in order] for one in order] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


# --- names ------------------------------------------------------------------------------------------------------------

BERT = model("bert-base-uncased", id="google-bert/bert-base-uncased")
RESNET = model("resnet50", id="torchvision/resnet50", hub="torchvision")


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("huggingface:google-bert/*", [BERT]),
        ("google-bert/*", [BERT]),
        ("bert-base-uncased", [BERT]),
        ("BERT-Base-*", [BERT]),
        ("*", [BERT, RESNET]),
        ("*:*", [BERT, RESNET]),
        ("torchvision:*", [RESNET]),
        ("torchvision:resnet50", [RESNET]),
        ("torchvision:resnet?0", [RESNET]),
        ("huggingface:resnet50", []),
        ("google-bert", []),
        ("https://example.org/*", []),
    ],
)
def test_a_pattern_matches_by_hub_organisation_and_name(pattern: str, matching: list[Any]) -> None:
    assert [m for m in (BERT, RESNET) if parse_pattern(pattern).matches(m)] == matching


def test_denied_and_not_allowed_models_are_found() -> None:
    found = [usage("a.py", 1, BERT), usage("a.py", 2, RESNET), usage("a.py", 3, outcome=Outcome.DYNAMIC)]
    under = policy(
        deny=["*:resnet*"], allow=["google-bert/*", "torchvision:*"], rules={"PTM003": "off", "PTM008": "off"}
    )
    assert [(f.rule, f.usage.line) for f in policy_findings(found, under)] == [("PTM004", 2)]
    narrow = policy(allow=["torchvision:*"], rules={"PTM003": "off"})
    assert [(f.rule, f.usage.line) for f in policy_findings(found, narrow)] == [("PTM005", 1), ("PTM008", 3)]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"deny": ["hugingface:x/*"]}, "deny: 'hugingface:x/*': no hub 'hugingface'; did you mean 'huggingface'?"),
        ({"allow": ["keras:"]}, "allow: 'keras:': there is no name to match"),
        ({"allow": ["*a*b*c*d"]}, "allow: '*a*b*c*d' has more than 3 wildcards"),
        ({"allow": "x"}, "allow must be a list of strings"),
        ({"rules": {"unpinned-modle": "error"}}, "rules: no rule 'unpinned-modle'; did you mean unpinned-model?"),
        ({"rules": {"PTM103": "error"}}, "rules: no rule 'PTM103'; did you mean PTM0"),
        (
            {"rules": {"PTM003": "eror"}},
            "rules: PTM003 must be one of error, warning, note, off, did you mean 'error'?",
        ),
        ({"rules": {"PTM003": True}}, "rules: PTM003 must be one of error, warning, note, off"),
        ({"rules": ["PTM003"]}, "rules must be a table"),
        ({"fail-on": "off"}, "fail-on must be one of error, warning, note"),
        ({"per-path-ignores": {"tests/": "PTM003"}}, "per-path-ignores: 'tests/' must be a list of rules"),
        ({"per-path-ignores": {"tests/": ["PTM03"]}}, "per-path-ignores: no rule 'PTM03'; did you mean PTM003?"),
    ],
    ids=range(12),
)
def test_a_mistake_in_the_settings_is_named_with_what_was_meant(table: dict[str, Any], message: str) -> None:
    mistakes: list[str] = []
    policy_from(table, mistakes)
    assert len(mistakes) == 1
    assert mistakes[0].startswith(message)


# --- exceptions and comments ------------------------------------------------------------------------------------------


def judged(code: str, *usages: UsageRecord, under: Policy = ALL) -> Verdict:
    from samples import result

    tree = MemoryTree({"a.py": code.encode(), "tests/a.py": b"", "b.py": b""})
    return judge(tree, result(*usages), under, is_scanned=lambda _: True)


def texts(verdict: Verdict) -> list[str]:
    return [f"{f.usage.path}:{f.usage.line} {f.rule}" for f in verdict.findings] + [
        f"{c.path}:{c.line}:{c.column} {c.rule} {c.message}" for c in verdict.comments
    ]


def test_rules_find_nothing_in_excepted_paths() -> None:
    under = policy(per_path_ignores={"tests/": ["unpinned-model"]})
    found = judged("", usage("b.py", 1, model("org/a")), usage("tests/a.py", 1, model("org/a")), under=under)
    assert texts(found) == ["b.py:1 PTM003"]


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("load()  # ptmscan: ignore[PTM003] a demo", []),
        ("load()  #ptmscan:ignore[ unpinned-model , PTM006 ]: a demo", ["a.py:1:9 PTM010 PTM006 finds nothing here"]),
        ("# ptmscan: ignore[PTM003] a demo\nload()", []),
        (
            "x = 1  # ptmscan: ignore[PTM003] a demo\nload()",
            ["a.py:2 PTM003", "a.py:1:8 PTM010 PTM003 finds nothing here"],
        ),
        ("load()  # type: ignore  # ptmscan: ignore[PTM003] a demo", []),
        ("load(\n  'org/a',\n)  # ptmscan: ignore[PTM003] a demo", []),
        (
            "load()  # ptmscan: ignore[PTM003]",
            ["a.py:1 PTM003", "a.py:1:9 PTM009 this ignores nothing: it gives no reason"],
        ),
        (
            "load()  # ptmscan: ignore[PTM003] --",
            ["a.py:1 PTM003", "a.py:1:9 PTM009 this ignores nothing: it gives no reason"],
        ),
        ("load()  # ptmscan: ignore why", ["a.py:1 PTM003", "a.py:1:9 PTM009 this ignores nothing: it names no rule"]),
        (
            "load()  # ptmscan: ignore[PTM03] why",
            ["a.py:1 PTM003", "a.py:1:9 PTM009 this ignores nothing: no rule 'PTM03'; did you mean PTM003?"],
        ),
        ("load()\n\n\n'# ptmscan: ignore[PTM003] text'", ["a.py:1 PTM003"]),
        ("load()\n\n\n'''\n# ptmscan: ignore[PTM003] text'''", ["a.py:1 PTM003"]),
        ("load()\n\n\n# ptmscan: ignore[PTM001] accepted by now", ["a.py:1 PTM003"]),
    ],
    ids=range(13),
)
def test_a_comment_ignores_a_finding_with_a_reason_and_only_that(code: str, left: list[str]) -> None:
    lines = code.split("\n")
    first = next(number for number, line in enumerate(lines, 1) if line.startswith("load("))
    last = next(number for number, line in enumerate(lines[first - 1 :], first) if ")" in line)
    from dataclasses import replace

    found = replace(usage("a.py", first, model("org/a")), end_line=last)
    assert texts(judged(code, found)) == left


def test_an_ignore_of_a_rule_that_is_off_is_not_called_unused() -> None:
    code = "x = 1  # ptmscan: ignore[PTM003] for the strict run"
    assert texts(judged(code, under=policy(rules={"PTM003": "off"}))) == []
    assert texts(judged(code, under=policy(per_path_ignores={"a.py": ["PTM003"]}))) == []
    assert texts(judged(code, under=policy(rules={"PTM010": "off"}))) == []


def test_an_ignore_in_a_notebook_counts_in_its_cell_only() -> None:
    cells = ["import x", "load()  # ptmscan: ignore[PTM003] a demo"]
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    book["cells"] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": [c]} for c in cells
    ]
    import json

    from samples import result

    tree = MemoryTree({"n.ipynb": json.dumps(book).encode()})
    found = [usage("n.ipynb", 1, model("org/a"), cell=cell) for cell in (0, 1)]
    verdict = judge(tree, result(*found), ALL, is_scanned=lambda _: True)
    assert [(f.usage.cell, f.rule) for f in verdict.findings] == [(0, "PTM003")]
    assert verdict.comments == ()


@pytest.mark.parametrize(
    "text",
    [
        '"' * 200_001,
        "'''" + "\\'" * 100_000,
        '"""' + '"\\' * 100_000,
        "'\\\n" * 100_000,
        "#" * 200_000,
        "'\n" * 100_000,
    ],
    ids=range(6),
)
def test_no_text_makes_the_search_for_comments_slow(text: str) -> None:
    assert [c.text for c in ignore_comments(text + "\n# ptmscan: ignore[PTM003] x")][1:] == []


def test_accepted_findings_are_not_found_again_and_others_are() -> None:
    from samples import result

    old, new = usage("b.py", 1, model("org/a"), fingerprint="1"), usage("b.py", 2, model("org/a"), fingerprint="2")
    accepted = baseline_of([old, new], [("1", "PTM003")])
    verdict = judge(MemoryTree({"b.py": b""}), result(old, new), ALL, baseline=accepted, is_scanned=lambda _: True)
    assert [(f.usage.line, f.rule) for f in verdict.findings] == [(2, "PTM003")]
