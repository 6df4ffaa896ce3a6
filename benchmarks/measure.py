"""Measures whole processes, in turn, and compares their medians."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Contender:
    """A program to measure: its name in the tables, its command line, the exit codes of a run that went well."""

    name: str
    command: tuple[str, ...]
    accepted: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process and its children: wall and CPU seconds, peak memory in MB of the largest process."""

    wall: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of a contender's samples."""

    name: str
    wall: float
    cpu: float
    peak_mb: float
    runs: int


def run_once(contender: Contender) -> Sample:
    """Run a contender to its end.

    Raises:
        RuntimeError: it ended with an exit code that is not accepted; its standard error is in the text.
    """
    start = time.perf_counter()
    with subprocess.Popen(contender.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.accepted:
        raise RuntimeError(f"{contender.name}: exit code {process.returncode}\n{complaint.decode(errors='replace')}")
    maxrss_per_mb = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / maxrss_per_mb)


def in_turn(contenders: tuple[Contender, ...], runs: int) -> dict[str, Summary]:
    """One warm-up each, then A B C A B C … so that a slow minute of the machine meets all of them alike."""
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    for turn in range(runs + 1):
        for contender in contenders:
            sample = run_once(contender)
            if turn > 0:
                samples[contender.name].append(sample)
    return {name: _summary(name, taken) for name, taken in samples.items()}


def _summary(name: str, samples: list[Sample]) -> Summary:
    return Summary(
        name,
        wall=median(sample.wall for sample in samples),
        cpu=median(sample.cpu for sample in samples),
        peak_mb=median(sample.peak_mb for sample in samples),
        runs=len(samples),
    )


def machine() -> dict[str, str]:
    """What the figures were measured on and with."""
    packages = ("ptmscan", "tree-sitter", "tree-sitter-python", "libcst", "pyyaml")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "commit": _commit(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
