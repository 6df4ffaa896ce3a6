"""Programs of which the analysis once said something that Python contradicts; `regressions` holds them, made small."""

from __future__ import annotations

import re
from pathlib import Path

from oracle import check
from programs import Program
from verdict import Tally

FOLDER = Path(__file__).parent / "regressions"
_FILE = re.compile(r"^### (\S+)\n", re.MULTILINE)


def read(path: Path) -> Program:
    """A program as `Program.text` writes it: `### name` before each file."""
    _, *parts = _FILE.split(path.read_text(encoding="utf-8"))
    return Program(dict(zip(parts[::2], parts[1::2], strict=True)))


def test_no_closed_answer_is_wrong_again() -> None:
    paths = sorted(FOLDER.glob("*.txt"))
    programs = {path.stem: read(path) for path in paths}
    names = {id(program): name for name, program in programs.items()}
    tally = Tally()
    findings = [f"{names[id(p)]} {f.where}: {f.text}" for p, f in check(list(programs.values()), tally)]
    assert findings == []
    assert tally.calls >= len(programs)
    assert not tally.errors
