"""Measures ptmscan against the limits of the machine, in one run: `python benchmarks/run.py` (see README.md).

Prints Markdown and writes the same, with the raw medians, to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import trees
from measure import Contender, Summary, in_turn, machine, run_once

HERE = Path(__file__).parent
PEERS = HERE / "peers"
PYTHON = sys.executable
ONE_LOAD = "from transformers import AutoModel\n\nAutoModel.from_pretrained('gpt2')\n"


def scan(tree: Path, *options: str) -> tuple[str, ...]:
    """The command line of a scan of `tree`, one process, no cache."""
    return (*cached_scan(tree, *options), "--no-cache")


def cached_scan(tree: Path, *options: str) -> tuple[str, ...]:
    """The command line of a scan of `tree`, one process, with the cache that the environment names."""
    return (PYTHON, "-m", "ptmscan", "scan", str(tree), "--format", "jsonl", *options)


def peer(name: str, *arguments: object) -> tuple[str, ...]:
    """The command line of a program of benchmarks/peers."""
    return (PYTHON, str(PEERS / name), *map(str, arguments))


def dense(work: trees.Workspace, runs: int) -> dict[str, object]:
    """ptmscan on sources that are full of loads, against parsing the candidate files."""
    tree, one_file = work.dense(), work.one_file(ONE_LOAD)
    listing = work.listing(tree)
    summaries = in_turn(
        (
            Contender("ptmscan scan", scan(tree)),
            Contender("ptmscan scan, one file", scan(one_file)),
            Contender("floor: walk, read, parse candidates", peer("parse_floor.py", listing.candidates, tree)),
            Contender("floor, one file", peer("parse_floor.py", listing.candidates, one_file)),
            Contender("ast matcher", peer("ast_matcher.py", listing.roots, tree)),
        ),
        runs,
    )
    return {
        "tree": listing.describe(),
        "rows": [asdict(summary) for summary in summaries.values()],
        "ratio": ratios(summaries, "ptmscan scan", "floor: walk, read, parse candidates", "floor, one file"),
        "budget": "<= 1.6",
    }


def hit_free(work: trees.Workspace, runs: int) -> dict[str, object]:
    """ptmscan on sources without a load, against one regular expression."""
    tree, one_file = work.hit_free(), work.one_file("import os\n")
    listing = work.listing(tree)
    summaries = in_turn(
        (
            Contender("ptmscan scan", scan(tree)),
            Contender("ptmscan scan, one file", scan(one_file)),
            Contender("floor: walk, read, one expression", peer("regex_floor.py", listing.roots, tree)),
            Contender("floor, one file", peer("regex_floor.py", listing.roots, one_file)),
        ),
        runs,
    )
    return {
        "tree": listing.describe(),
        "rows": [asdict(summary) for summary in summaries.values()],
        "ratio": ratios(summaries, "ptmscan scan", "floor: walk, read, one expression", "floor, one file"),
        "budget": "<= 1.3",
    }


def ratios(summaries: dict[str, Summary], ours: str, floor: str, small_floor: str) -> dict[str, float]:
    """Ours over the floor, each without its own start-up, and with it; by wall clock and by CPU time."""
    start, floor_start = summaries[f"{ours}, one file"], summaries[small_floor]
    mine, theirs = summaries[ours], summaries[floor]
    return {
        "wall": (mine.wall - start.wall) / (theirs.wall - floor_start.wall),
        "cpu": (mine.cpu - start.cpu) / (theirs.cpu - floor_start.cpu),
        "wall, start-up included": mine.wall / theirs.wall,
        "cpu, start-up included": mine.cpu / theirs.cpu,
    }


def warm(work: trees.Workspace, runs: int) -> dict[str, object]:
    """A second scan of unchanged sources, against walking them and asking for the state of every file."""
    os.environ["PTMSCAN_CACHE_DIR"] = str(work.scratch / "cache")
    tree, one_file = work.dense(), work.one_file(ONE_LOAD)
    summaries = in_turn(
        (
            Contender("second scan", cached_scan(tree)),
            Contender("second scan, one file", cached_scan(one_file)),
            Contender("floor: walk and stat", peer("stat_floor.py", tree)),
            Contender("floor, one file", peer("stat_floor.py", one_file)),
        ),
        runs,
    )
    return {
        "rows": [asdict(summary) for summary in summaries.values()],
        "ratio": ratios(summaries, "second scan", "floor: walk and stat", "floor, one file"),
        "budget": "<= 1.5",
    }


def start_up(work: trees.Workspace, runs: int) -> dict[str, object]:
    """What starting costs over a bare interpreter."""
    summaries = in_turn(
        (
            Contender("bare interpreter", (PYTHON, "-c", "pass")),
            Contender("ptmscan --version", (PYTHON, "-m", "ptmscan", "--version")),
            Contender("ptmscan scan, one file without a load", scan(work.one_file("import os\n"))),
            Contender("ptmscan scan, one file with a load", scan(work.one_file(ONE_LOAD))),
        ),
        max(runs, 15),
    )
    bare = summaries["bare interpreter"]
    over = {name: (s.wall - bare.wall) * 1000 for name, s in summaries.items() if s is not bare}
    return {
        "rows": [asdict(summary) for summary in summaries.values()],
        "milliseconds over a bare interpreter": over,
        "budget": "--version <= 60 ms",
    }


def hook(work: trees.Workspace, runs: int) -> dict[str, object]:
    """`baseline check`, as a hook runs it: 100 files whose models are all accepted, with a kept result and without."""
    os.environ["PTMSCAN_CACHE_DIR"] = str(work.scratch / "cache")
    contenders = [Contender("bare interpreter", (PYTHON, "-c", "pass"))]
    for loads in (0, 10):
        tree = work.clone(loads)
        run_once(Contender("accept", (PYTHON, "-m", "ptmscan", "baseline", "update", str(tree))))
        check = (PYTHON, "-m", "ptmscan", "baseline", "check", str(tree))
        contenders.append(Contender(f"{loads} loads, kept result", check))
        contenders.append(Contender(f"{loads} loads, no cache", (*check, "--no-cache")))
    summaries = in_turn(tuple(contenders), runs)
    bare = summaries["bare interpreter"]
    return {
        "rows": [asdict(summary) for summary in summaries.values()],
        "CPU milliseconds over a bare interpreter": {
            name: (summary.cpu - bare.cpu) * 1000 for name, summary in summaries.items() if summary is not bare
        },
        "budget": "hit-free: <= 150 ms",
    }


def prefilter(work: trees.Workspace, _runs: int) -> dict[str, object]:
    """Whether reading every file finds the same records as reading those that the prefilter names."""
    answers = {}
    for name, tree in (("dense", work.dense()), ("hit-free", work.hit_free())):
        filtered, unfiltered = work.scratch / "filtered.jsonl", work.scratch / "unfiltered.jsonl"
        run_once(Contender("scan", scan(tree, "-o", str(filtered))))
        run_once(Contender("scan --no-prefilter", scan(tree, "--no-prefilter", "-o", str(unfiltered))))
        usages = [usage_lines(file) for file in (filtered, unfiltered)]
        answers[name] = {"records": len(usages[0]), "identical": usages[0] == usages[1]}
    return {"answers": answers}


def usage_lines(file: Path) -> list[str]:
    """The usage records of a JSON Lines result, as written."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if json.loads(line)["type"] == "usage"]


def memory(work: trees.Workspace, _runs: int) -> dict[str, object]:
    """Time and peak memory of one scan against the size of the repository."""
    rows = []
    for copies in (1, 2, 4):
        tree = work.copies(work.dense(), copies)
        candidates_mb = work.listing(tree).candidate_bytes / 1e6
        sample = run_once(Contender(f"{copies} x", scan(tree)))
        rows.append(
            {
                "copies": copies,
                "candidates_mb": candidates_mb,
                "wall": sample.wall,
                "cpu": sample.cpu,
                "peak_mb": sample.peak_mb,
                "allowed_mb": 3 * candidates_mb + 100,
            }
        )
    return {"rows": rows, "budget": "peak <= 3 x candidates + 100 MB, time linear"}


def scaling(work: trees.Workspace, _runs: int) -> dict[str, object]:
    """Time and peak memory of one scan against 1 to 64 copies of a small tree, without what starting costs."""
    start = run_once(Contender("start", scan(work.one_file("import transformers\n"))))
    rows: list[dict[str, object]] = []
    for copies in (1, 2, 4, 8, 16, 32, 64):
        tree = work.copies(work.small(), copies)
        sample = run_once(Contender(f"{copies} x", scan(tree)))
        rows.append(
            {
                "copies": copies,
                "cpu": sample.cpu,
                "cpu_a_copy": (sample.cpu - start.cpu) / copies,
                "peak_mb": sample.peak_mb,
                "peak_mb_a_copy": (sample.peak_mb - start.peak_mb) / copies,
            }
        )
    return {"rows": rows, "budget": "cpu_a_copy does not grow by more than 10 %"}


SECTIONS: dict[str, Callable[[trees.Workspace, int], dict[str, object]]] = {
    "dense": dense,
    "hit-free": hit_free,
    "warm": warm,
    "start-up": start_up,
    "hook": hook,
    "prefilter": prefilter,
    "memory": memory,
    "scaling": scaling,
}


def markdown(results: dict[str, dict[str, object]], about: dict[str, str]) -> str:
    """The results as a page to read."""
    lines = ["# Benchmark", "", ", ".join(f"{key} {value}" for key, value in about.items()), ""]
    for name, result in results.items():
        lines += [f"## {name}", "", (SECTIONS[name].__doc__ or "").splitlines()[0], ""]
        rows = result.get("rows")
        if isinstance(rows, list):
            lines += table(rows)
        for key, value in result.items():
            if key != "rows":
                lines.append(f"- {key}: {plain(value)}")
        lines.append("")
    return "\n".join(lines)


def table(rows: list[dict[str, object]]) -> list[str]:
    """A Markdown table of dictionaries with the same keys."""
    heads = list(rows[0])
    body = ["| " + " | ".join(plain(row[head]) for head in heads) + " |" for row in rows]
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *body, ""]


def plain(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(inner)}" for key, inner in value.items())
    return str(value)


def main() -> None:
    """Measure the chosen sections, print them and write them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each contender after one warm-up")
    parser.add_argument("--cache", type=Path, default=trees.default_cache(), help="where the corpora are kept")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where the results go")
    options = parser.parse_args()

    os.environ["PYTHONHASHSEED"] = "0"
    about = machine()
    results: dict[str, dict[str, object]] = {}
    with trees.workspace(options.cache) as work:
        for name in options.only:
            print(f"measuring {name} …", file=sys.stderr)
            results[name] = SECTIONS[name](work, options.runs)
    page = markdown(results, about)
    print(page)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "benchmark.md").write_text(page + "\n", encoding="utf-8")
    raw = json.dumps({"machine": about, **results}, indent=2)
    (options.out / "benchmark.json").write_text(raw + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
