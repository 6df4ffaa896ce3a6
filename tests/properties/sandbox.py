"""Runs generated programs in a child process and reads what they loaded: `run(programs, folder)`."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from programs import Program

HERE = Path(__file__).parent
RUNS = 96
SECONDS_A_PROGRAM = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """A load that happened: where its call expression ends, what was called, with what.

    `unknowable`: what arrives there depends on the environment or on texts that no analysis can know.
    """

    path: str
    line: int
    end_line: int
    end_column: int
    callee: str
    args: tuple[object, ...]
    kwargs: dict[str, object]
    unknowable: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program did over all its runs; `explored` when every way the coins may fall was tried."""

    arrivals: tuple[Arrival, ...]
    errors: dict[str, int]
    runs: int
    explored: bool


def run(programs: Sequence[Program], folder: Path, runs: int = RUNS) -> list[Outcome]:
    """Write the programs below a folder and run them in one child; one that takes it down counts as "crashed"."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(programs):
        outcomes += _run(programs[len(outcomes) :], folder / str(len(outcomes)), runs)
        if len(outcomes) < len(programs):
            outcomes.append(Outcome((), {"crashed": 1}, 0, explored=False))
    return outcomes


def _run(programs: Sequence[Program], folder: Path, runs: int) -> list[Outcome]:
    rows = []
    for number, program in enumerate(programs):
        root = folder / f"p{number}"
        for name, text in program.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        rows.append(
            {
                "id": number,
                "root": str(root),
                "entry": program.entry,
                "path": program.search_path,
                "runs": runs,
                "environment": program.environment,
            }
        )
    manifest, results = folder / "manifest.json", folder / "results.jsonl"
    manifest.write_text(json.dumps(rows), encoding="utf-8")
    results.write_text("", encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(HERE / "child.py"), str(HERE / "stubs"), str(manifest), str(results)]
    work = folder / "work"
    work.mkdir()
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            command,
            cwd=work,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=60 + SECONDS_A_PROGRAM * len(programs),
        )
    lines = results.read_text(encoding="utf-8").splitlines(keepends=True)
    return [_outcome(json.loads(line)) for line in lines if line.endswith("\n")]


def _outcome(row: dict[str, object]) -> Outcome:
    events = row["events"]
    assert isinstance(events, list)
    arrivals = tuple(
        Arrival(
            e["file"],
            e["span"][0],
            e["span"][1],
            e["span"][3],
            e["callee"],
            tuple(e["args"]),
            e["kwargs"],
            e["unknowable"],
        )
        for e in events
    )
    return Outcome(arrivals, dict(row["errors"]), int(row["runs"]), bool(row["explored"]))  # type: ignore[call-overload]
