"""Loads generated records into databases: rows a second, peak memory, what `kill -9` leaves, and what a registry costs.

    python benchmarks/load.py throughput --records 1000000   SQLite; memory at a tenth, at half and at all of them
    python benchmarks/load.py kill --times 20                 kill -9 at random moments, then run again and compare
    python benchmarks/load.py registry --names 300000         opening, looking up, memory, size

`--db URL` loads into that PostgreSQL database instead, whose tables are dropped first.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert, text

from ptmscan.peatmoss.database import create_tables, database_url, reading, writing
from ptmscan.peatmoss.original import table
from ptmscan.records import SCHEMA_VERSION

HUB_MODELS = 300_000
PER_REPOSITORY = 28  # as in the paper: calls a repository
SEED = 20260101


# --- generated records ------------------------------------------------------------------------------------------------


def name(number: int) -> str:
    return f"org{number % 9973}/model-{number}"


def usage(repository: str, number: int, rng: random.Random) -> dict[str, object]:
    # One in ten names a model that the database does not have.
    chosen = name(rng.randrange(HUB_MODELS + HUB_MODELS // 10))
    line = rng.randrange(1, 400)
    path = f"src/part_{rng.randrange(9)}/module_{rng.randrange(40)}.py"
    code = f'model = AutoModel.from_pretrained("{chosen}")'
    return {
        "type": "usage", "repository": repository, "commit": f"{number:040x}", "path": path, "cell": None,
        "line": line, "column": 9, "end_line": line, "end_column": 60, "scope": "Trainer.load", "source_line": code,
        "line_hash": f"{number:x}:1", "signature": "transformers/from_pretrained", "library": "transformers",
        "callee": "transformers.AutoModel.from_pretrained", "resolved_to": "transformers.AutoModel.from_pretrained",
        "component": "model", "pretrained": True, "arguments": {"pretrained_model_name_or_path": chosen},
        "trust_remote_code": False,
        "models": [{
            "name": chosen, "id": chosen, "hub": "huggingface", "revision": None, "outcome": "resolved",
            "origin": "code", "via": "constant", "evidence": [
                {"path": path, "line": 3, "step": "assignment", "text": f'NAME = "{chosen}"'},
                {"path": path, "line": line, "step": "call", "text": code},
            ],
        }],
        "exhaustive": True, "open_reason": None, "outcome": "resolved", "reason": None,
        "confirmed_by": "tree-sitter+libcst", "confidence": 0.98, "fingerprint": f"{number:032x}",
    }  # fmt: skip


def scans(records: int, *, per_repository: int = PER_REPOSITORY) -> Iterator[list[dict[str, object]]]:
    rng = random.Random(SEED)
    for first in range(0, records, per_repository):
        repository = f"owner{first % 4999}/repo{first}"
        usages = [usage(repository, number, rng) for number in range(first, min(first + per_repository, records))]
        header = {
            "type": "scan", "schema_version": SCHEMA_VERSION, "tool": "ptmscan", "tool_version": "0",
            "signatures_version": "0", "repository": repository, "commit": f"{first:040x}", "files": 90,
            "files_read": 9, "usages": len(usages), "diagnostics": 0,
        }  # fmt: skip
        yield [header, *usages]


def write_scans(folder: Path, records: int, *, files: int, per_repository: int = PER_REPOSITORY) -> None:
    streams = [(folder / f"{number:04}.jsonl").open("w", encoding="utf-8") for number in range(files)]
    for number, lines in enumerate(scans(records, per_repository=per_repository)):
        streams[number % files].writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    for stream in streams:
        stream.close()


# --- databases --------------------------------------------------------------------------------------------------------


def fresh(url: str) -> None:
    """A database with the tables of PeaTMOSS and 300,000 models."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").unlink(missing_ok=True)
    with writing(parsed, create=True) as connection, connection.begin():
        if parsed.get_backend_name() == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        create_tables(connection)
        connection.execute(
            insert(table("model_hub")), {"id": 1, "name": "HuggingFace", "url": "https://huggingface.co/"}
        )
        rows = [{"id": n + 1, "context_id": name(n), "model_hub_id": 1, "downloads": n} for n in range(HUB_MODELS)]
        for start in range(0, HUB_MODELS, 10_000):
            connection.execute(insert(table("model")), rows[start : start + 10_000])


TOTALS = (
    "SELECT count(*) FROM ptmscan_run", "SELECT count(*), count(model_id) FROM ptmscan_usage",
    "SELECT count(*) FROM reuse_repository", "SELECT count(*) FROM model_to_reuse_repository",
    "SELECT count(*) FROM reuse_file", "SELECT count(*) FROM model",
)  # fmt: skip
# How many repositories lack calls, how many links are missing, how many are of no run.
PARTIAL = (
    """
    SELECT count(*) FROM ptmscan_run r WHERE usages <>
      (SELECT count(DISTINCT usage_number) FROM ptmscan_usage u WHERE u.run_id = r.id)
    """,
    """
    SELECT count(*) FROM (SELECT DISTINCT run_id, model_id FROM ptmscan_usage WHERE is_link) u
    JOIN ptmscan_run r ON r.id = u.run_id
    LEFT JOIN model_to_reuse_repository l
      ON l.model_id = u.model_id AND l.reuse_repository_id = r.reuse_repository_id
    WHERE l.model_id IS NULL
    """,
    """
    SELECT count(*) FROM model_to_reuse_repository l WHERE NOT EXISTS
      (SELECT 1 FROM ptmscan_run r WHERE r.reuse_repository_id = l.reuse_repository_id)
    """,
)


def answers(url: str, queries: tuple[str, ...]) -> list[tuple[object, ...]]:
    with reading(database_url(url)) as connection:
        return [tuple(connection.execute(text(query)).one()) for query in queries]


def started(url: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ptmscan", "peatmoss", "load", str(folder), "--db", url]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def peak_memory(process: int | str) -> int:
    """In KiB. Not ru_maxrss: that of a child begins with what its parent held when it was forked."""
    status = Path(f"/proc/{process}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def finished(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Seconds of CPU and peak resident memory in KiB of a child that ends well."""
    cpu = peak = 0.0
    while process.poll() is None:
        try:
            peak = max(peak, peak_memory(process.pid))
            times = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            break
        cpu = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        time.sleep(0.1)
    process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"the load ended with {process.returncode}")
    return cpu, int(peak)


# --- what is measured -------------------------------------------------------------------------------------------------


def throughput(records: int, url: str | None, per_repository: int) -> None:
    print(
        "| records | repositories | seconds | CPU seconds | records/s | again, unchanged | peak, MiB | database, MiB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for count in (records // 10, records // 2, records):
        # A process of its own for each, for the peak of children is that of the largest so far.
        one = ["one", "--records", str(count), "--per-repository", str(per_repository), *(["--db", url] if url else [])]
        subprocess.run([sys.executable, __file__, *one], check=True)


def one_throughput(count: int, url: str | None, per_repository: int) -> None:
    with tempfile.TemporaryDirectory(prefix="ptmscan-load-") as scratch:
        folder, chosen = Path(scratch, "records"), url or f"sqlite:///{scratch}/PeaTMOSS.db"
        folder.mkdir()
        write_scans(folder, count, files=min(100, max(1, count // per_repository)), per_repository=per_repository)
        fresh(chosen)
        seconds, cpus, peaks = [], [], []
        for _ in range(2):
            begun = time.perf_counter()
            cpu, peak = finished(started(chosen, folder))
            seconds.append(time.perf_counter() - begun)
            cpus.append(cpu)
            peaks.append(peak)
        size = Path(scratch, "PeaTMOSS.db").stat().st_size / 2**20 if url is None else 0
        assert answers(chosen, TOTALS)[1][0] == count
        print(
            f"| {count:,} | {-(-count // per_repository):,} | {seconds[0]:.1f} | {cpus[0]:.1f}"
            f" | {count / seconds[0]:,.0f} | {seconds[1]:.1f} s | {max(peaks) / 1024:.0f} | {size:.0f} |",
            flush=True,
        )


def kill(times: int, records: int, url: str | None) -> None:
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="ptmscan-kill-") as scratch:
        folder = Path(scratch, "records")
        folder.mkdir()
        write_scans(folder, records, files=20)
        whole, broken = url or f"sqlite:///{scratch}/whole.db", url or f"sqlite:///{scratch}/broken.db"
        fresh(whole)
        begun = time.perf_counter()
        finished(started(whole, folder))
        duration = time.perf_counter() - begun
        expected = answers(whole, TOTALS)
        found = []
        fresh(broken)
        for number in range(times):
            process = started(broken, folder)
            time.sleep(rng.uniform(0.15, 1.0) * duration / 2)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            killed = process.returncode == -signal.SIGKILL
            try:
                totals, partial = answers(broken, TOTALS), answers(broken, PARTIAL)
            except Exception as error:  # before the first transaction there are no tables of ours
                found.append(0)
                print(f"{number + 1}: killed {killed}, nothing loaded yet ({type(error).__name__})", flush=True)
                continue
            found.append(int(str(totals[0][0])))
            print(f"{number + 1}: killed {killed}, {found[-1]} repositories, partial {partial}", flush=True)
            assert partial == [(0,)] * len(PARTIAL), partial
            if found[-1] * PER_REPOSITORY >= records:
                fresh(broken)
        finished(started(broken, folder))
        print(f"after a rerun the totals are those of an uninterrupted load: {answers(broken, TOTALS) == expected}")


def registry(names: int) -> None:
    from ptmscan.registry.building import build
    from ptmscan.registry.model import KnownHub, KnownModel

    with tempfile.TemporaryDirectory(prefix="ptmscan-registry-") as scratch:
        path = Path(scratch, "known.ptms")
        begun = time.perf_counter()
        build(path, (KnownModel(KnownHub.HUGGINGFACE, name(n), downloads=n, sha=f"{n:040x}") for n in range(names)))
        print(f"build: {time.perf_counter() - begun:.1f} s, {path.stat().st_size / 2**20:.1f} MiB")
        subprocess.run([sys.executable, __file__, "lookup", "--names", str(names), "--file", str(path)], check=True)


def lookup(names: int, file: Path) -> None:
    from ptmscan.registry.index import Registry
    from ptmscan.registry.model import KnownHub

    before = peak_memory("self")
    begun = time.perf_counter()
    with Registry(file) as known:
        first = known.lookup(KnownHub.HUGGINGFACE, name(names // 2))
        opened = time.perf_counter() - begun
        rng = random.Random(SEED)
        asked = [name(rng.randrange(2 * names)) for _ in range(100_000)]
        begun = time.perf_counter()
        there = sum(known.lookup(KnownHub.HUGGINGFACE, one) is not None for one in asked)
        each = (time.perf_counter() - begun) / len(asked)
    more = peak_memory("self") - before
    assert first is not None
    print(f"open and first answer: {opened * 1000:.1f} ms; {each * 1e6:.1f} µs a look-up ({there:,} of 100,000 known)")
    print(
        f"memory: {more / 1024:.1f} MiB more, with the 100,000 names that were asked; SQLite {sqlite3.sqlite_version}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["throughput", "one", "kill", "registry", "lookup"])
    parser.add_argument("--records", type=int)
    parser.add_argument("--per-repository", type=int, default=PER_REPOSITORY)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--names", type=int, default=HUB_MODELS)
    parser.add_argument("--db")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    match given.what:
        case "throughput":
            throughput(given.records or 1_000_000, given.db, given.per_repository)
        case "one":
            one_throughput(given.records or 100_000, given.db, given.per_repository)
        case "kill":
            kill(given.times, given.records or 40_000, given.db)
        case "registry":
            registry(given.names)
        case _:
            lookup(given.names, given.file)


if __name__ == "__main__":
    main()
