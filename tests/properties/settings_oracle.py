"""The oracle for programs with settings: all starts are judged, and what the repository determines must be told."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from oracle import scan
from programs import Program
from sandbox import Arrival, Outcome, run
from settings_programs import SettingsProgram
from verdict import Finding, Tally, judge, texts

from ptmscan.records import UsageRecord


def check_settings(programs: Sequence[SettingsProgram], tally: Tally, runs: int = 8) -> list[tuple[Program, Finding]]:
    """Run each program with all its command lines, scan it once, and compare."""
    starts = [(number, words) for number, p in enumerate(programs) for words in dict.fromkeys(p.command_lines)]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run([programs[number].started(words) for number, words in starts], Path(folder), runs)
    by_start = dict(zip(starts, outcomes, strict=True))
    found: list[tuple[Program, Finding]] = []
    for number, one in enumerate(programs):
        rows = {words: by_start[number, words] for words in dict.fromkeys(one.command_lines)}
        usages = scan(one.program)
        findings = judge(one.program, _together(tuple(rows.values())), usages, tally)
        for words in dict.fromkeys(((), *one.scripted)):
            findings += _lost(one.program, rows[words], usages, words)
        found += [(one.program, finding) for finding in findings]
    return found


def _together(outcomes: tuple[Outcome, ...]) -> Outcome:
    """What a program did over all its starts."""
    arrivals = tuple(a for outcome in outcomes for a in outcome.arrivals if a.path != "start.py")
    errors: dict[str, int] = {}
    for outcome in outcomes:
        for error, count in outcome.errors.items():
            errors[error] = errors.get(error, 0) + count
    return Outcome(arrivals, errors, sum(o.runs for o in outcomes), all(o.explored for o in outcomes))


def _lost(program: Program, outcome: Outcome, usages: Sequence[UsageRecord], words: tuple[str, ...]) -> list[Finding]:
    """What arrives in a start that the repository determines and an answer lacks that is open for an option only."""
    found = []
    for arrival in outcome.arrivals:
        records = [u for u in usages if _stands_at(u, arrival)]
        reasons = [u.open_reason or "" for u in records]
        if not records or not all(r.startswith(("command-line option", "option")) for r in reasons):
            continue
        told = {m.name for u in records for m in u.models}
        found += [
            Finding(
                "lost",
                " ".join(words) or "no arguments",
                f"{arrival.path}:{arrival.line}",
                f"{text!r} not in {sorted(told)}",
            )
            for text in texts(arrival)
            if text not in told and "opaque" not in text
        ]
    return found


def _stands_at(usage: UsageRecord, arrival: Arrival) -> bool:
    return (usage.path, usage.end_line, usage.end_column) == (arrival.path, arrival.end_line, arrival.end_column + 1)
