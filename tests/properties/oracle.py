"""The oracle: programs are run and scanned, and no closed answer may lack what arrived."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from programs import Program
from sandbox import run
from verdict import Finding, Tally, judge

from ptmscan.discovery import MemoryTree
from ptmscan.records import UsageRecord
from ptmscan.scan import scan_tree
from ptmscan.signatures import load_catalogue
from ptmscan.signatures.catalogue import Catalogue


def check(programs: Sequence[Program], tally: Tally, runs: int | None = None) -> list[tuple[Program, Finding]]:
    """Run the programs in one child process, scan each, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(programs, Path(folder)) if runs is None else run(programs, Path(folder), runs)
    found: list[tuple[Program, Finding]] = []
    for program, outcome in zip(programs, outcomes, strict=True):
        found += [(program, finding) for finding in judge(program, outcome, scan(program), tally)]
    return found


def scan(program: Program) -> tuple[UsageRecord, ...]:
    """The usage records of a program's files."""
    return scan_tree(MemoryTree(program.files), catalogue=_catalogue()).usages


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()
