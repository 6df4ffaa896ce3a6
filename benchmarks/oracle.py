"""The long run of the oracle: `python benchmarks/oracle.py --programs 100000`.

With `--settings` the programs take command lines and read configuration files; each is started with all its lines.
Programs follow from their seeds: `--first` continues a run. Findings go to standard error, each with its program, a
summary and why answers were not exact to standard output. Ends with 1 when a closed answer was unsound or a program
that loads nothing was reported.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "properties"))

if TYPE_CHECKING:
    from programs import Program
    from verdict import Finding, Tally

BATCH = 100
# An answer that rules out what arrived, and one that lacks what the repository itself determines.
WRONG = frozenset(["unsound", "lost"])


def main() -> int:
    from choices import Seeded
    from oracle import scan
    from programs import trap_program
    from verdict import Tally

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after the batch in which they end")
    parser.add_argument("--traps", type=int, default=0, help="so many programs that load nothing, too")
    parser.add_argument("--settings", action="store_true", help="programs with command lines and configuration files")
    options = parser.parse_args()
    check = _check_settings if options.settings else _check
    tally, unsound, started = Tally(), 0, time.monotonic()
    for first in range(options.first, options.first + options.programs, BATCH):
        findings = check(range(first, min(first + BATCH, options.first + options.programs)), tally)
        for owner, finding in findings:
            unsound += finding.kind in WRONG
            print(f"{finding.kind} {finding.label} {finding.where}: {finding.text}\n{owner.text()}", file=sys.stderr)
        if time.monotonic() - started > options.seconds:
            break
    seeds = range(options.first, options.first + options.traps)
    reported = [seed for seed in seeds if scan(trap_program(Seeded(seed)))]
    _print_summary(tally, unsound, time.monotonic() - started)
    print(f"trap programs: {len(seeds)}, reported: {len(reported)} {reported[:10]}")
    return 1 if unsound or reported else 0


def _check(seeds: range, tally: Tally) -> list[tuple[Program, Finding]]:
    from choices import Seeded
    from oracle import check
    from programs import program

    return check([program(Seeded(seed)) for seed in seeds], tally)


def _check_settings(seeds: range, tally: Tally) -> list[tuple[Program, Finding]]:
    from choices import Seeded
    from settings_oracle import check_settings
    from settings_programs import settings_program

    return check_settings([settings_program(Seeded(seed)) for seed in seeds], tally, runs=4)


def _print_summary(tally: Tally, unsound: int, seconds: float) -> None:
    print(
        f"{tally.programs} programs, {tally.runs} runs, {tally.calls} calls, {tally.closed} closed, {unsound} unsound, "
        f"{sum(tally.misses.values())} missed, {tally.programs / seconds:.1f} programs a second"
    )
    print(
        f"exact: {tally.share(later=False):.3f} of {tally.compared(later=False)} calls that can be compared; "
        f"of {tally.compared(later=True)} that need a caller {tally.share(later=True):.3f}"
    )
    print("why answers were not exact:")
    rows = [("closed, but wider", tally.wider.total()), *tally.reasons.most_common(25)]
    for reason, count in sorted(rows, key=lambda row: -row[1]):
        print(f"  {count:6}  {reason}")


if __name__ == "__main__":
    sys.exit(main())
