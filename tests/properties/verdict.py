"""Compares what arrived with what the analysis says: `judge(program, outcome, usages)`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from programs import Program
from sandbox import Arrival, Outcome

from ptmscan.records import UsageRecord

# The position and the names of the argument that names the model.
_MODEL: dict[str, tuple[int, str]] = {
    "from_pretrained": (0, "pretrained_model_name_or_path"),
    "load_adapter": (0, "peft_model_id"),
    "pipeline": (1, "model"),
    "SentenceTransformer": (0, "model_name_or_path"),
    "create_model": (0, "model_name"),
    "hf_hub_download": (0, "repo_id"),
    "snapshot_download": (0, "repo_id"),
}
_LABEL = re.compile(r"# load (\d+)")
# Loads whose name comes from a caller of the function they stand in: a later feature, so counted apart.
LATER = "callers"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the answer for one call."""

    kind: str  # unsound or miss
    label: str
    where: str
    text: str


@dataclass(slots=True)
class Tally:
    """Counts over many programs."""

    programs: int = 0
    runs: int = 0
    calls: int = 0
    closed: int = 0
    exact: Counter[str] = field(default_factory=Counter)
    comparable: Counter[str] = field(default_factory=Counter)
    wider: Counter[str] = field(default_factory=Counter)
    unsound: int = 0
    misses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def compared(self, *, later: bool) -> int:
        """The calls of which the set that arrives is known; `later`: those whose name comes from a caller."""
        return sum(count for label, count in self.comparable.items() if (LATER in label) is later)

    def share(self, *, later: bool) -> float:
        """The share of comparable calls whose answer is closed and holds just what arrived."""
        of = [label for label in self.comparable if (LATER in label) is later]
        total = sum(self.comparable[label] for label in of)
        return sum(self.exact[label] for label in of) / total if total else 1.0


def judge(program: Program, outcome: Outcome, usages: Iterable[UsageRecord], tally: Tally) -> list[Finding]:
    """The findings for one program; counts go to the tally."""
    tally.programs += 1
    tally.runs += outcome.runs
    tally.errors.update(error.split(":")[0] for error in outcome.errors)
    records: dict[tuple[str, int, int], list[UsageRecord]] = {}
    for usage in usages:
        records.setdefault((usage.path, usage.end_line, usage.end_column), []).append(usage)
    arrivals: dict[tuple[str, int, int], list[Arrival]] = {}
    for arrival in outcome.arrivals:
        arrivals.setdefault((arrival.path, arrival.end_line, arrival.end_column + 1), []).append(arrival)
    findings: list[Finding] = []
    for place, group in sorted(arrivals.items()):
        label = _label(program, group[0])
        found = _judge_call(label, group, records.get(place, []))
        findings += found
        _count(tally, label, group, records.get(place, []), found, explored=outcome.explored)
    return findings


def _label(program: Program, arrival: Arrival) -> str:
    line = program.files[arrival.path].split("\n")[arrival.line - 1]
    found = _LABEL.search(line)
    return program.sinks[int(found[1])] if found else "?"


def _judge_call(label: str, arrivals: Sequence[Arrival], records: Sequence[UsageRecord]) -> list[Finding]:
    where = f"{arrivals[0].path}:{arrivals[0].line}"
    if not records and not any(texts(a) for a in arrivals):
        # `from_pretrained(None)` loads no model that has a name, and is not reported.
        return []
    if not records:
        return [
            Finding(
                "miss", label, where, f"{arrivals[0].callee} was called with {sorted({str(name(a)) for a in arrivals})}"
            )
        ]
    findings = []
    if all(r.exhaustive for r in records):
        for arrival in arrivals:
            findings += [Finding("unsound", label, where, text) for text in _contradictions(label, arrival, records)]
    return findings


def _contradictions(label: str, arrival: Arrival, records: Sequence[UsageRecord]) -> Iterable[str]:
    """What a closed answer says and the call shows to be wrong."""
    told = {model.name for record in records for model in record.models}
    for text in texts(arrival):
        if text not in told:
            yield f"{text!r} arrived; said to be {sorted(told)}"
    if len(records) != 1:
        return
    record = records[0]
    if arrival.callee == "create_model":
        passed = arrival.kwargs.get("pretrained", False)
        if isinstance(passed, bool) and record.pretrained is not None and record.pretrained is not passed:
            yield f"pretrained={passed} arrived; said to be {record.pretrained}"
    for key, value in record.arguments.items():
        if key in arrival.kwargs and _plain(arrival.kwargs[key]) != value:
            yield f"{key}={arrival.kwargs[key]!r} arrived; said to be {value!r}"
    yield from _wrong_pins(label, arrival, record)


def _wrong_pins(label: str, arrival: Arrival, record: UsageRecord) -> Iterable[str]:
    trust = arrival.kwargs.get("trust_remote_code", False)
    told_trust = record.trust_remote_code
    # Of several callers one that trusts the model's code is enough: the record warns of it.
    warns = LATER in label and told_trust is True
    if told_trust is not None and isinstance(trust, bool) and told_trust is not trust and not warns:
        yield f"trust_remote_code={trust} arrived; said to be {record.trust_remote_code}"
    arrived = arrival.kwargs.get("revision")
    for text in texts(arrival):
        # A name that several callers pass stands there once for each revision.
        told = {model.revision for model in record.models if model.name == text}
        if told and None not in told and arrived not in told:
            yield f"revision {arrived!r} arrived for {text!r}; said to be {sorted(map(str, told))}"


def name(arrival: Arrival) -> object:
    """The argument that names the model."""
    position, keyword = _MODEL[arrival.callee]
    return arrival.args[position] if position < len(arrival.args) else arrival.kwargs.get(keyword)


def texts(arrival: Arrival) -> list[str]:
    """The names in that argument; none for None, an empty text and objects."""
    value = name(arrival)
    rows = value if isinstance(value, list) else [value]
    return [text.strip() for row in rows if isinstance(text := _plain(row), str) and text.strip()]


def _plain(value: object) -> object:
    return value.get("path", value) if isinstance(value, dict) else value


def _count(
    tally: Tally,
    label: str,
    arrivals: Sequence[Arrival],
    records: Sequence[UsageRecord],
    found: Sequence[Finding],
    *,
    explored: bool,
) -> None:
    tally.calls += 1
    tally.unsound += any(f.kind == "unsound" for f in found)
    if not records:
        if any(f.kind == "miss" for f in found):
            tally.misses[label] += 1
        return
    closed = all(r.exhaustive for r in records)
    tally.closed += closed
    arrived = {text for a in arrivals for text in texts(a)}
    # The module `coin` stands for what no analysis can know: an answer that is open because of it is right.
    unknowable = any(a.unknowable for a in arrivals) or any("coin." in (r.open_reason or "") for r in records)
    unknowable = unknowable or not arrived
    if unknowable or not explored:
        return
    told = {m.name for r in records for m in r.models}
    tally.comparable[label] += 1
    if closed and told == arrived:
        tally.exact[label] += 1
    elif closed:
        if LATER not in label:
            tally.wider[label] += 1
    elif LATER not in label:
        # The names in a reason differ from program to program; what it says does not.
        tally.reasons[re.sub(r"`[^`]*`", "…", next(r.open_reason or "" for r in records if not r.exhaustive))] += 1
