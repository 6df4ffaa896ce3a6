"""Programs whose answers once were open or too wide; `exact` holds them. Every answer is closed and what arrives."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from oracle import scan
from programs import Program
from sandbox import Arrival, run
from test_regressions import read
from verdict import texts

from ptmscan.records import UsageRecord

FOLDER = Path(__file__).parent / "exact"


def test_every_answer_is_what_arrives() -> None:
    paths = sorted(FOLDER.glob("*.txt"))
    programs = [read(path) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(programs, Path(folder))
    found = {}
    for path, program, outcome in zip(paths, programs, outcomes, strict=True):
        assert outcome.explored, path.stem
        assert outcome.arrivals, path.stem
        told = _told(scan(program))
        arrived = _arrived(program, outcome.arrivals)
        if told != arrived:
            found[path.stem] = {place: (told.get(place), names) for place, names in arrived.items()}
    assert found == {}


def _arrived(program: Program, arrivals: Sequence[Arrival]) -> dict[tuple[str, int], set[str] | str]:
    found: dict[tuple[str, int], set[str] | str] = {}
    for arrival in arrivals:
        names = found.setdefault((arrival.path, arrival.line), set())
        assert isinstance(names, set)
        names.update(texts(arrival))
    return found


def _told(usages: Sequence[UsageRecord]) -> dict[tuple[str, int], set[str] | str]:
    """The names of each answer; of one that is open the reason. Calls that never happen are left out."""
    return {
        (u.path, u.line): {m.name for m in u.models} if u.exhaustive else (u.open_reason or "")
        for u in usages
        if u.models or not u.exhaustive
    }
