"""What looking for callers costs where none is needed: `python benchmarks/callers.py FOLDER…`.

Each repository is scanned as it is and with callers not looked for, in turn. Those count whose calls leave no parameter
open when callers are not looked for: there the search can find nothing. The processor's time is compared, the least of
several rounds, and the number of evaluated expressions, which does not depend on the machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ptmscan.analysis import expressions
from ptmscan.analysis.callers import Callers
from ptmscan.analysis.values import Frame
from ptmscan.discovery import WorkTree
from ptmscan.records import UsageRecord
from ptmscan.scan import scan_tree
from ptmscan.signatures import Catalogue, load_catalogue


@dataclass(frozen=True)
class Cost:
    """What one scan took, and what it found."""

    seconds: float
    evaluations: int
    usages: tuple[UsageRecord, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    catalogue = load_catalogue()
    chosen: list[tuple[Cost, Cost]] = []
    for folder in options.folders:
        pair = _compared(folder, catalogue, options.rounds)
        needs = sum("parameter" in (usage.open_reason or "") for usage in pair[1].usages)
        print(f"{folder.name}: {_ratios(*pair)}; {len(pair[1].usages)} calls, {needs} of them wait for a caller")
        if not needs:
            chosen.append(pair)
    if chosen:
        found, without = zip(*chosen, strict=True)
        print(f"the {len(chosen)} that need no callers: {_ratios(_total(found), _total(without))}")


def _compared(folder: Path, catalogue: Catalogue, rounds: int) -> tuple[Cost, Cost]:
    """The least cost of scans with and without the search for callers."""
    found, without = [], []
    for _ in range(rounds):
        found.append(_scanned(folder, catalogue))
        with _no_callers():
            without.append(_scanned(folder, catalogue))
    return min(found, key=lambda c: c.seconds), min(without, key=lambda c: c.seconds)


def _scanned(folder: Path, catalogue: Catalogue) -> Cost:
    plain, count = expressions.of_kind, 0

    def counted(*given: object) -> object:
        nonlocal count
        count += 1
        return plain(*given)  # type: ignore[arg-type]

    expressions.of_kind = counted  # type: ignore[assignment]
    started = time.process_time()
    try:
        result = scan_tree(WorkTree(folder), catalogue=catalogue)
        return Cost(time.process_time() - started, count, result.usages)
    finally:
        expressions.of_kind = plain


@contextmanager
def _no_callers() -> Iterator[None]:
    plain = Callers.frames

    def none(_self: Callers, _frame: Frame, _names: frozenset[str]) -> tuple[tuple[Frame, ...], str]:
        return (), "callers are not looked for"

    Callers.frames = none  # type: ignore[method-assign]
    try:
        yield
    finally:
        Callers.frames = plain  # type: ignore[method-assign]


def _total(costs: tuple[Cost, ...]) -> Cost:
    return Cost(sum(c.seconds for c in costs), sum(c.evaluations for c in costs), ())


def _ratios(found: Cost, without: Cost) -> str:
    evaluations = found.evaluations / max(without.evaluations, 1)
    return f"time x {found.seconds / without.seconds:.2f}, evaluations x {evaluations:.2f}"


if __name__ == "__main__":
    main()
