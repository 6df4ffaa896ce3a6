"""Scans of a small corpus take no more work than they did: counted in calls, which no other program can disturb."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXPECTED = json.loads((ROOT / "tests" / "fixtures" / "work.json").read_text(encoding="utf-8"))
# What a change may add without anybody looking at it. Whoever means to add more runs `benchmarks/work.py --write`.
MORE = 1.05


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    command = [sys.executable, str(ROOT / "benchmarks" / "work.py")]
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("kind", list(EXPECTED))
def test_a_scan_takes_no_more_work_than_before(counts: dict[str, int], kind: str) -> None:
    assert 0 < counts[kind] <= EXPECTED[kind] * MORE


def test_no_kind_of_work_is_left_out(counts: dict[str, int]) -> None:
    assert counts.keys() == EXPECTED.keys()
