"""Batches: speed on one and two cores, memory, what kills cost, reruns, and workers of Dask against the local engine.

    python benchmarks/batch.py build --clones 2000       clones out of pinned sources, in --work
    python benchmarks/batch.py all                        a run over all of them: rows, records, memory, warm rerun
    python benchmarks/batch.py speed-up                   the sound ones on one and on two cores, in turn
    python benchmarks/batch.py slots                      scans that sleep, one and two at a time: the engine alone
    python benchmarks/batch.py kill --times 20            kill -9 at random moments, then run again and compare
    python benchmarks/batch.py signals                    how long Ctrl-C and SIGTERM take
    python benchmarks/batch.py dask                       three workers; one killed; the scheduler killed, and resumed

Figures go to results/batch.json, a section each; results/batch.md tells of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import clone_farm
from measure import machine

from ptmscan.batch.engines.local import LocalEngine
from ptmscan.batch.jobs import Conditions, Job

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results" / "batch.json"
POISONED = (sys.executable, str(HERE / "peers" / "poisoned_batch.py"))
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests"))),
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
}
TIMEOUT = "20"
SEED = 20260101
# Root may read everything: without these capabilities, it may not (capabilities(7)).
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def _restricted() -> tuple[str, ...]:
    return WITHOUT_OVERRIDE if os.geteuid() == 0 and shutil.which("setpriv") else ()


def command(clones: Path, out: Path, *options: str) -> list[str]:
    """A batch run over poisoned clones."""
    run = ["batch", "run", str(clones), "--out", str(out), "--timeout", TIMEOUT, "--memory", "2G"]
    return [*_restricted(), *POISONED, *run, *options]


def timed(arguments: list[str], peak: Path | None = None) -> tuple[int, float, float]:
    """Exit code, seconds on the clock, CPU seconds with all children."""
    environment = ENVIRONMENT | ({"PTMSCAN_BENCHMARK_PEAK": str(peak)} if peak else {})
    begun = time.perf_counter()
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.perf_counter() - begun, usage.ru_utime + usage.ru_stime


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def records(out: Path) -> list[bytes]:
    """All lines, sorted."""
    return sorted(line for file in out.glob("records/*.jsonl") for line in file.read_bytes().splitlines())


def rows(out: Path, columns: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(out / "manifest.sqlite")
    try:
        return connection.execute(f"SELECT {columns} FROM repository").fetchall()
    finally:
        connection.close()


def sound(work: Path, number: int | None = None, *, poisoned: int = 0) -> Path:
    """A list of sound clones, spread over all of them, and of some poisoned ones that do not wait for a time limit."""
    farm = json.loads((work / "farm.json").read_text())
    paths = farm["sound"]
    chosen = paths if number is None else paths[:: max(1, len(paths) // number)][:number]
    quick = [path for path in farm["poisoned"] if "hang" not in path][:poisoned]
    target = work / f"sound-{len(chosen)}-{len(quick)}.txt"
    target.write_text("".join(f"clones/{path}\n" for path in [*chosen, *quick]))
    return target


# --- sections ---------------------------------------------------------------------------------------------------------


def build(arguments: argparse.Namespace) -> dict[str, Any]:
    fresh(arguments.work)
    farm = clone_farm.build(arguments.work, arguments.clones, arguments.cache)
    (arguments.work / "farm.json").write_text(json.dumps({"sound": farm.sound, "poisoned": farm.poisoned}))
    return {"sound": len(farm.sound), "poisoned": len(farm.poisoned)}


def whole(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every clone has the row that is expected of it; memory of the parent with a quarter and with all; reruns."""
    farm = json.loads((arguments.work / "farm.json").read_text())
    clones, out, peak = arguments.work / "clones", fresh(arguments.work / "out"), arguments.work / "peak"
    first = timed(command(clones, out, "--no-cache", "--jobs", "2"), peak)
    peaks = {len(farm["sound"]) + len(farm["poisoned"]): json.loads(peak.read_text())}
    warm = timed(command(clones, out, "--no-cache", "--jobs", "2"))
    found = dict(rows(out, "path, status"))
    wrong = {path: status for path, status in found.items() if not _is_expected(path, status)}
    size, usages = rows(out, "sum(bytes), sum(usages)")[0]
    quarter = len(farm["sound"]) // 4
    timed(command(sound(arguments.work, quarter), fresh(arguments.work / "part"), "--no-cache"), peak)
    peaks[quarter] = json.loads(peak.read_text())
    cache = ("--cache", str(fresh(arguments.work / "cache")))
    shared = timed(command(clones, fresh(arguments.work / "shared"), *cache, "--jobs", "2"))
    return {
        "repositories": len(found),
        "rows missing": len(set(farm["sound"] + farm["poisoned"]) - found.keys()),
        "rows unexpected": wrong,
        "statuses": {status: list(found.values()).count(status) for status in sorted(set(found.values()))},
        "calls": usages,
        "MB of Python": round(size / 1e6, 1),
        "exit code": first[0],
        "seconds": round(first[1], 1),
        "CPU seconds": round(first[2], 1),
        "rerun: seconds": round(warm[1], 2),
        "rerun: share": round(warm[1] / first[1], 4),
        "rerun: share of CPU": round(warm[2] / first[2], 4),
        "peak MB of the parent and of the largest below it, by repositories": dict(sorted(peaks.items())),
        "with shared results: CPU seconds": round(shared[2], 1),
        "with shared results: the same records": records(out) == records(arguments.work / "shared"),
    }


def _is_expected(path: str, status: str) -> bool:
    if not path.startswith("poisoned/"):
        return status in {"ok", "partial"}
    return status in clone_farm.EXPECTED[path.partition("-")[2]]


def speed_up(arguments: argparse.Namespace) -> dict[str, Any]:
    """One core and two, in turn; the best of each, since other programs only ever slow a run down.

    With --quiet each pair of runs waits until nobody else uses the machine, and ends with that time.
    """
    listed = sound(arguments.work, arguments.number)
    taken: dict[str, list[tuple[float, float]]] = {"1": [], "2": []}
    deadline = time.monotonic() + arguments.quiet
    for _ in range(arguments.times):
        if arguments.quiet and not _is_quiet(deadline):
            break
        for jobs, samples in taken.items():
            out = fresh(arguments.work / f"speed-{jobs}")
            _, seconds, cpu = timed(command(listed, out, "--no-cache", "--jobs", jobs))
            samples.append((seconds, cpu))
            print(jobs, round(seconds, 1), round(cpu, 1), os.getloadavg(), file=sys.stderr)
    best = {jobs: min(samples)[0] for jobs, samples in taken.items()}
    (size, number) = rows(arguments.work / "speed-2", "sum(bytes), count(*)")[0]
    return {
        "repositories": number,
        "MB of Python": round(size / 1e6, 1),
        "runs of each": len(taken["1"]),
        "best seconds": {jobs: round(seconds, 1) for jobs, seconds in best.items()},
        "CPU seconds": {jobs: round(min(cpu for _, cpu in samples), 1) for jobs, samples in taken.items()},
        "repositories a second": {jobs: round(number / seconds, 1) for jobs, seconds in best.items()},
        "MB a second": {jobs: round(size / 1e6 / seconds, 2) for jobs, seconds in best.items()},
        "speed-up": round(best["1"] / best["2"], 2),
        "all runs": {jobs: [round(seconds, 1) for seconds, _ in samples] for jobs, samples in taken.items()},
        "same records": records(arguments.work / "speed-1") == records(arguments.work / "speed-2"),
    }


def _is_quiet(deadline: float) -> bool:
    """Wait until two cores were idle for three seconds in a row; False when that does not happen in time."""
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        before = _idle()
        time.sleep(1)
        quiet = quiet + 1 if _idle() - before > 1.8 else 0
    return quiet >= 3


def _idle() -> float:
    """Seconds in which cores had nothing to do, since the start of the system: proc(5), /proc/stat."""
    return int(Path("/proc/stat").read_text().split()[4]) / os.sysconf("SC_CLK_TCK")


def kill(arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs that are killed one to three times at random moments, each time the parent or all of its processes."""
    rng = random.Random(SEED)
    listed = sound(arguments.work, arguments.number, poisoned=10)
    undisturbed = fresh(arguments.work / "undisturbed")
    _, seconds, _ = timed(command(listed, undisturbed, "--no-cache"))
    expected, statuses = records(undisturbed), sorted(rows(undisturbed, 'path, status, usages, "commit"'))
    equal = 0
    moments: list[tuple[float, int]] = []
    for number in range(arguments.times):
        out, wanted = fresh(arguments.work / "killed"), rng.randrange(1, 4)
        landed: list[tuple[float, int]] = []
        while len(landed) < wanted:
            moment = rng.uniform(0, seconds)
            if _killed(command(listed, out, "--no-cache"), moment, everything=rng.random() < 0.5):
                landed.append((round(moment, 2), _done(out)))
            else:  # it was quicker than that: all over again
                fresh(out)
                landed.clear()
        moments += landed
        timed(command(listed, out, "--no-cache"))
        same = records(out) == expected and sorted(rows(out, 'path, status, usages, "commit"')) == statuses
        equal += same
        print(number, landed, "same" if same else "OTHER RECORDS", file=sys.stderr)
    return {
        "repositories": len(statuses),
        "lines of records": len(expected),
        "experiments": arguments.times,
        "kills": len(moments),
        "equal byte for byte after sorting": equal,
        "seconds of an undisturbed run": round(seconds, 1),
        "seconds to each kill, and repositories that were done by then": moments,
    }


def _killed(arguments: list[str], moment: float, *, everything: bool) -> bool:
    """Kill a run after so many seconds, if it is not done by then; its server and scans with it, or left to notice."""
    process = subprocess.Popen(arguments, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        below = _descendants(process.pid) if everything else []
        for pid in [process.pid, *below]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def _descendants(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    except FileNotFoundError:
        pass
    return found


class Cluster:
    """A scheduler and workers on this machine."""

    def __init__(self, folder: Path, workers: int) -> None:
        fresh(folder).mkdir(parents=True)
        self.folder, self.file = folder, folder / "scheduler.json"
        self.log = (folder / "log").open("wb")
        self.scheduler = self._start("scheduler", "--port", "0")
        while not (self.file.exists() and self.file.stat().st_size):
            time.sleep(0.1)
        self.workers = [
            self._start("worker", "--nthreads", "1", "--local-directory", str(folder / str(number)))
            for number in range(workers)
        ]

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        common = ("--scheduler-file", str(self.file), "--host", "127.0.0.1", "--no-dashboard")
        return subprocess.Popen(
            [*_restricted(), sys.executable, "-m", "dask", kind, *common, *options],
            env=ENVIRONMENT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.log.close()


def dask(arguments: argparse.Namespace) -> dict[str, Any]:
    """The same records from three workers, also when one is killed, and when the scheduler is replaced."""
    listed = sound(arguments.work, arguments.number, poisoned=10)
    local = fresh(arguments.work / "local")
    timed(command(listed, local, "--no-cache"))
    expected = records(local)
    found: dict[str, Any] = {"repositories": rows(local, "count(*)")[0][0]}
    cluster = Cluster(arguments.work / "cluster", 3)
    engine = ("--no-cache", "--engine", "dask", "--scheduler", str(cluster.file))
    out = fresh(arguments.work / "dask")
    found["three workers: exit code"], found["three workers: seconds"], _ = timed(command(listed, out, *engine))
    found["three workers: same records"] = records(out) == expected
    out = fresh(arguments.work / "dask-worker")
    process = _started_until(command(listed, out, *engine), out, share=0.3, of=found["repositories"])
    os.killpg(cluster.workers[0].pid, signal.SIGKILL)
    found["worker killed: done at that moment"] = _done(out)
    found["worker killed: exit code"] = process.wait()
    found["worker killed: same records"] = records(out) == expected
    out = fresh(arguments.work / "dask-scheduler")
    process = _started_until(command(listed, out, *engine), out, share=0.3, of=found["repositories"])
    cluster.scheduler.kill()
    found["scheduler killed: exit code"] = process.wait()
    found["scheduler killed: done at that moment"] = _done(out)
    cluster.close()
    other = Cluster(arguments.work / "cluster-2", 3)
    engine = ("--no-cache", "--engine", "dask", "--scheduler", str(other.file))
    found["resumed with another scheduler: exit code"], *_ = timed(command(listed, out, *engine))
    found["resumed with another scheduler: same records"] = records(out) == expected
    other.close()
    return found


def _started_until(arguments: list[str], out: Path, *, share: float, of: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(arguments, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    while process.poll() is None and _done(out) < share * of:
        time.sleep(0.1)
    return process


def _done(out: Path) -> int:
    try:
        return sum(status is not None for (status,) in rows(out, "status"))
    except sqlite3.Error:
        return 0


def slots(arguments: argparse.Namespace) -> dict[str, Any]:
    """Scans that sleep need no core: whether two of them always run side by side, however busy the machine is."""
    os.environ["PYTHONPATH"] = ENVIRONMENT["PYTHONPATH"]
    sleepers = fresh(arguments.work / "sleepers")
    sleepers.mkdir(parents=True)
    (sleepers / "POISON").write_text("sleep")
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(arguments.times):
        for slots, samples in taken.items():
            with contextlib.closing(LocalEngine(Conditions(scan="poisoned_scans:scan"), slots)) as engine:
                list(engine.run(iter([Job("first", str(sleepers), "first")]), lambda _: None))  # starts the server
                begun = time.perf_counter()
                jobs = (Job(str(number), str(sleepers), "x") for number in range(arguments.number))
                assert len(list(engine.run(jobs, lambda _: None))) == arguments.number
                samples.append(time.perf_counter() - begun)
    best = {slots: min(samples) for slots, samples in taken.items()}
    return {
        "scans": arguments.number,
        "seconds": {slots: round(seconds, 2) for slots, seconds in best.items()},
        "speed-up": round(best[1] / best[2], 3),
        "load average": os.getloadavg()[0],
    }


def signals(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seconds from Ctrl-C or SIGTERM to the end of a run and of all its processes."""
    rng = random.Random(SEED)
    listed = sound(arguments.work, arguments.number)
    found: dict[str, Any] = {}
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        taken = []
        for _ in range(arguments.times):
            run = command(listed, fresh(arguments.work / "signals"), "--no-cache")
            process = subprocess.Popen(run, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(rng.uniform(1, 6))
            below, begun = _descendants(process.pid), time.perf_counter()
            process.send_signal(number)
            assert process.wait() == code, process.returncode
            while any(Path(f"/proc/{pid}").exists() for pid in below):
                time.sleep(0.01)
            taken.append(round(time.perf_counter() - begun, 2))
        found[number.name] = {"exit code": code, "seconds": taken, "most": max(taken)}
    return found


SECTIONS = {
    "build": build,
    "all": whole,
    "speed-up": speed_up,
    "slots": slots,
    "kill": kill,
    "signals": signals,
    "dask": dask,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", choices=SECTIONS)
    parser.add_argument("--work", type=Path, default=Path("~/.cache/ptmscan/batch").expanduser())
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/ptmscan/benchmarks").expanduser())
    parser.add_argument("--clones", type=int, default=2000)
    parser.add_argument("--number", type=int, default=200, help="repositories of speed-up, kill and dask")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--quiet", type=float, default=0, help="seconds to wait for a quiet machine (speed-up)")
    arguments = parser.parse_args()
    arguments.work = arguments.work.absolute()
    found = SECTIONS[arguments.section](arguments)
    print(json.dumps(found, indent=1))
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known[arguments.section] = found
    known["machine"] = machine()
    RESULTS.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
