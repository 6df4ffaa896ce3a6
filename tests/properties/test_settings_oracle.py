"""Python is the judge of settings, too: what a start of a generated program loads must be in every complete answer."""

from __future__ import annotations

import pytest
from choices import Seeded
from settings_oracle import check_settings
from settings_programs import settings_program
from verdict import Tally

BATCH = 15


@pytest.mark.parametrize("first", range(0, 60, BATCH))
def test_no_start_loads_what_the_answer_rules_out(first: int) -> None:
    tally = Tally()
    programs = [settings_program(Seeded(seed)) for seed in range(first, first + BATCH)]
    findings = check_settings(programs, tally, runs=4)
    assert [f"{f.kind} {f.label} {f.where}: {f.text}\n{p.text()}" for p, f in findings] == []
    assert tally.calls >= BATCH
