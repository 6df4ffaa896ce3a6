"""`ptmscan` whose batches scan with tests/poisoned_scans.py: a file POISON makes a process crash, hang, or take memory.

Writes the peak memory of this process and of the largest below it, in MB, to the file that PTMSCAN_BENCHMARK_PEAK
names.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import sys
from pathlib import Path

from ptmscan.batch import jobs
from ptmscan.cli import run

jobs.Conditions = functools.partial(jobs.Conditions, scan="poisoned_scans:scan")  # type: ignore[misc]
code = run(sys.argv[1:])
if "PTMSCAN_BENCHMARK_PEAK" in os.environ:
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    Path(os.environ["PTMSCAN_BENCHMARK_PEAK"]).write_text(json.dumps(peaks))
sys.exit(code)
