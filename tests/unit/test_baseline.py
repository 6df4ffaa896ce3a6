"""The baseline: its file, what is new against it, and what changed between two scans."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOSTILE, PIN, TYPICAL, model, usage

from ptmscan.policy.baseline import Baseline, BaselineError, baseline_of, format_baseline, parse_baseline
from ptmscan.policy.changes import changes
from ptmscan.policy.comparison import compare
from ptmscan.policy.policy import Level, Policy
from ptmscan.policy.rules import RULES
from ptmscan.records import ModelOutcome, Outcome, UsageRecord

ALL = Policy(levels=tuple((rule.id, Level.ERROR) for rule in RULES))


def found(
    now: list[UsageRecord], accepted: list[UsageRecord], under: Policy = ALL, scanned: Any = lambda _: True
) -> list[tuple[str, int]]:
    compared = compare(now, baseline_of(accepted), under, scanned)
    return [(finding.rule, finding.usage.line) for finding in compared.findings]


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [TYPICAL, HOSTILE], ids=["typical", "hostile"])
def test_a_baseline_is_read_back_and_holds_one_use_a_line(result: Any) -> None:
    baseline = baseline_of(result.usages)
    text = format_baseline(baseline)
    assert parse_baseline(text, "x") == Baseline(tuple(dict.fromkeys(baseline.entries)))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert len(text.splitlines()) == len(baseline.entries) + 2


def test_untrained_and_local_uses_are_no_dependencies() -> None:
    none = [
        usage("a.py", 1, outcome=Outcome.UNTRAINED),
        usage("a.py", 2, model("./x", outcome=ModelOutcome.LOCAL), outcome=Outcome.LOCAL),
    ]
    assert baseline_of(none) == Baseline()
    assert found(none, []) == []


def test_the_file_says_nothing_of_lines_and_not_in_which_order_they_were_found() -> None:
    one, two = usage("a.py", 1, model("org/a"), fingerprint="1"), usage("a.py", 2, model("org/b"), fingerprint="2")
    moved = [usage("a.py", 52, model("org/b"), fingerprint="2"), usage("a.py", 51, model("org/a"), fingerprint="1")]
    assert format_baseline(baseline_of([one, two])) == format_baseline(baseline_of(moved))


def test_adding_a_use_adds_one_line_wherever_it_stands() -> None:
    uses = [usage("a.py", n, model(f"org/{n}"), fingerprint=str(n)) for n in range(5)]
    whole = format_baseline(baseline_of(uses)).splitlines()
    for left_out in range(5):
        less = format_baseline(baseline_of(uses[:left_out] + uses[left_out + 1 :])).splitlines()
        assert [line for line in whole if line not in less] == [whole[left_out + 1]]
        assert [line for line in less if line not in whole] == []


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.randoms())
def test_the_lines_of_two_branches_together_are_the_baseline_of_both(ours: Any, theirs: Any, shuffle: Any) -> None:
    def text(numbers: Any) -> list[str]:
        uses = [usage("a.py", n, model(f"org/{n}"), fingerprint=str(n)) for n in numbers]
        return format_baseline(baseline_of(uses)).splitlines()

    lines = text(ours)[1:-1] + text(theirs)[1:-1]
    shuffle.shuffle(lines)
    merged = parse_baseline("\n".join([text([])[0], *lines, "]"]), "x")
    assert {e.fingerprint for e in merged.entries} == {str(n) for n in ours | theirs}
    assert len(merged.entries) == len(ours | theirs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: not JSON"),
        ("[" * 100_000, "x: not JSON"),
        ("{}", "x: not a baseline of ptmscan"),
        ("[]", "x: not a baseline of ptmscan"),
        ('[{"ptmscan-baseline": 2}]', "x: version 2, and this ptmscan reads version 1"),
        ('[{"ptmscan-baseline": 1},\n{"path": "a"}]', "x: an entry is incomplete"),
        ('[{"ptmscan-baseline": 1},\n3]', "x: an entry is incomplete"),
        ('[{"ptmscan-baseline": 1}\n<<<<<<< ours\n]', "x:2: merge conflict"),
    ],
    ids=range(8),
)
def test_what_is_no_baseline_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(BaselineError) as error:
        parse_baseline(text, "x")
    assert str(error.value).startswith(message)


# --- what is new ------------------------------------------------------------------------------------------------------

KNOWN = usage("a.py", 1, model("org/a", revision=PIN), fingerprint="1")
UNKNOWN = usage("a.py", 2, outcome=Outcome.DYNAMIC, fingerprint="2", scope="f")


@pytest.mark.parametrize(
    ("now", "rules"),
    [
        ([KNOWN, UNKNOWN], []),
        ([], []),
        ([usage("a.py", 51, model("org/a", revision=PIN), fingerprint="1")], []),
        ([KNOWN, usage("b.py", 7, model("org/b"), fingerprint="3")], [("PTM001", 7)]),
        ([KNOWN, usage("b.py", 7, model("org/a", revision=PIN), fingerprint="3")], [("PTM011", 7)]),
        ([KNOWN, usage("b.py", 7, model("org/a"), fingerprint="3")], [("PTM002", 7)]),
        ([usage("a.py", 1, model("org/a", revision="main"), fingerprint="1")], [("PTM002", 1)]),
        ([KNOWN, usage("b.py", 7, model("org/a", hub="spacy", revision=PIN), fingerprint="3")], [("PTM001", 7)]),
        ([UNKNOWN, usage("a.py", 7, outcome=Outcome.DYNAMIC, fingerprint="3", scope="f")], [("PTM001", 7)]),
        ([usage("b.py", 7, outcome=Outcome.DYNAMIC, fingerprint="3", scope="f")], []),
        ([usage("b.py", 7, outcome=Outcome.DYNAMIC, fingerprint="3", scope="g")], [("PTM001", 7)]),
    ],
    ids=range(11),
)
def test_models_revisions_and_unknown_loads_are_new_when_no_entry_lists_them(
    now: list[UsageRecord], rules: list[tuple[str, int]]
) -> None:
    assert found(now, [KNOWN, UNKNOWN]) == rules


def test_a_use_that_goes_back_to_a_revision_of_another_use_is_repinned() -> None:
    one = usage("a.py", 1, model("org/a", revision="main"), fingerprint="1")
    two = usage("a.py", 2, model("org/a", revision=PIN), fingerprint="2")
    back = usage("a.py", 2, model("org/a", revision="main"), fingerprint="2")
    assert found([one, back], [one, two]) == [("PTM002", 2)]


def test_entries_of_files_that_were_not_scanned_are_not_gone() -> None:
    accepted = baseline_of([KNOWN, usage("b.py", 1, model("org/b"), fingerprint="4")])
    assert [e.path for e in compare([], accepted, ALL, lambda path: path == "b.py").gone] == ["b.py"]


def test_a_new_use_of_a_listed_model_is_no_finding_by_default() -> None:
    now = [usage("b.py", 7, model("org/a", revision=PIN), fingerprint="3")]
    assert found(now, [KNOWN], Policy()) == []


# --- two scans --------------------------------------------------------------------------------------------------------


def test_changes_are_models_added_removed_and_repinned() -> None:
    before = [KNOWN, usage("a.py", 3, model("org/old"), fingerprint="5"), UNKNOWN]
    after = [
        usage("z.py", 9, model("org/a", revision="main"), fingerprint="6"),
        usage("z.py", 10, model("org/new"), fingerprint="7"),
        usage("z.py", 11, model("org/new"), fingerprint="8"),
        usage("z.py", 12, outcome=Outcome.DYNAMIC, fingerprint="9"),
    ]
    seen = changes(before, after)
    assert [(c.kind.value, c.model, c.before, c.after, [u.line for u in c.usages]) for c in seen.models] == [
        ("re-pinned", "huggingface:org/a", (PIN,), ("main",), [9]),
        ("added", "huggingface:org/new", (), ("",), [10, 11]),
        ("removed", "huggingface:org/old", ("",), (), [3]),
    ]
    assert [u.line for u in seen.unknown_added] == [12]
    assert [u.line for u in seen.unknown_removed] == [2]
    assert changes(before, before) == changes([], [])


def test_lines_and_json_of_changes_hold_nothing_that_a_terminal_obeys() -> None:
    from ptmscan.report.change_lines import change_lines, changes_json
    from ptmscan.report.finding_lines import dependency_lines, finding_lines

    seen = changes([], HOSTILE.usages)
    compared = compare(HOSTILE.usages, Baseline(), ALL, lambda _: True)
    lines = [*change_lines(seen), *finding_lines(compared.findings), *dependency_lines(HOSTILE)]
    assert len(lines) > 10
    assert [line for line in lines if not line.isprintable()] == []
    assert changes_json(seen).isascii()
    assert len(json.loads(changes_json(seen))["models"]) == len(seen.models)
