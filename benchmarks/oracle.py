"""The long run of the oracle: `python benchmarks/oracle.py --programs 100000`.

Programs follow from their seeds: `--first` continues a run. `--settings` makes programs with command lines and files of
settings, each started several times. Ends with 1 when a closed answer was unsound.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "properties"))

BATCH = 50


def main() -> int:
    from choices import Seeded
    from oracle import check
    from programs import program
    from settings_oracle import check_settings
    from settings_programs import settings_program
    from verdict import Tally

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--settings", action="store_true")
    options = parser.parse_args()
    tally, unsound = Tally(), 0
    for first in range(options.first, options.first + options.programs, BATCH):
        seeds = [Seeded(seed) for seed in range(first, first + BATCH)]
        if options.settings:
            findings = check_settings([settings_program(s) for s in seeds], tally)
        else:
            findings = check([program(s) for s in seeds], tally)
        for owner, finding in findings:
            unsound += finding.kind == "unsound"
            print(f"{finding.kind} {finding.label} {finding.where}: {finding.text}\n{owner.text()}", file=sys.stderr)
        print(
            f"seeds to {first + BATCH}: {tally.programs} programs, {tally.calls} calls, {tally.closed} closed, "
            f"{unsound} unsound, exact {tally.share(later=False):.3f}, with callers {tally.share(later=True):.3f}",
            flush=True,
        )
    return 1 if unsound else 0


if __name__ == "__main__":
    sys.exit(main())
