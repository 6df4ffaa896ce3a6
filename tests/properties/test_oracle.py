"""Python is the judge: what a generated program passes to a load must be in every answer that claims to be complete."""

from __future__ import annotations

import pytest
from choices import Seeded
from oracle import check, scan
from programs import program, trap_program
from verdict import Tally

BATCH = 25


@pytest.mark.parametrize("first", range(0, 100, BATCH))
def test_no_closed_answer_lacks_what_arrived(first: int) -> None:
    tally = Tally()
    findings = check([program(Seeded(seed)) for seed in range(first, first + BATCH)], tally, runs=8)
    unsound = [f"{f.label} {f.where}: {f.text}\n{p.text()}" for p, f in findings if f.kind == "unsound"]
    assert unsound == []
    assert tally.calls > BATCH


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_nothing_is_reported_of_programs_that_load_nothing(first: int) -> None:
    reported = [
        trap_program(Seeded(seed)).text() for seed in range(first, first + 250) if scan(trap_program(Seeded(seed)))
    ]
    assert reported == []
