"""What the page of a large batch costs: to write, and to open in Chromium.

    python benchmarks/report.py                        # 36,000 repositories, 100,000 records
    python benchmarks/report.py --repositories 1000 --records 3000 --keep folder

Generated records look like real ones where it matters: few models are in many repositories and many in one, some calls
are not known, evidence has a few steps. The time to write is compared with that of a program that parses the same lines
as JSON and does nothing else. The browser needs Debian's chromium and chromium-driver, and selenium.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from measure import Contender, run_once

from ptmscan.record_json import to_line
from ptmscan.records import (
    Component,
    ConfirmedBy,
    Evidence,
    ModelOutcome,
    ModelReference,
    Origin,
    Outcome,
    ScanHeader,
    UsageRecord,
    Via,
)

LIBRARIES = ("transformers", "spacy", "sentence-transformers", "diffusers", "timm", "torch", "torchvision", "peft")
REASONS = ("parameter `model` with no known caller", "command-line option `--model`", "read from a request")
SHARD = 1000
FLOOR = "import json, sys\nfor name in sys.argv[1:]:\n    for line in open(name, 'rb'): json.loads(line)"


# --- records ----------------------------------------------------------------------------------------------------------


def write_batch(folder: Path, repositories: int, records: int, seed: int = 1) -> None:
    """Write shards of JSON Lines: the same bytes for the same numbers."""
    chance = random.Random(seed)
    # How many records a repository has: most have few, and a fifth has none.
    weights = [0.0 if chance.random() < 0.2 else chance.paretovariate(1.2) for _ in range(repositories)]
    scale = records / sum(weights)
    left, shard = records, None
    for number, weight in enumerate(weights):
        if number % SHARD == 0:
            shard = (folder / f"{number // SHARD:05}.jsonl").open("w", encoding="utf-8")
        assert shard is not None
        last = number == repositories - 1
        wanted = left if last else min(left, round(weight * scale + chance.random() - 0.5) if weight else 0)
        left -= wanted
        name = f"owner{number % 9973}/repository-{number}"
        usages = [usage(chance, name, line) for line in range(1, wanted + 1)]
        shard.write(to_line(header(name, len(usages))) + "\n")
        shard.writelines(to_line(one) + "\n" for one in usages)
        if number % SHARD == SHARD - 1 or last:
            shard.close()


def header(repository: str, usages: int) -> ScanHeader:
    return ScanHeader(
        tool="ptmscan",
        tool_version="0.1.0",
        signatures_version="generated",
        repository=repository,
        commit="0" * 40,
        files=20,
        files_read=20,
        usages=usages,
        diagnostics=0,
    )


def usage(chance: random.Random, repository: str, number: int) -> UsageRecord:
    model = reference(chance)
    library = LIBRARIES[min(int(chance.paretovariate(1)) - 1, len(LIBRARIES) - 1)]
    path = f"src/package_{number % 7}/module_{number % 11}.py"
    known = UsageRecord(
        repository=repository,
        commit="0" * 40,
        path=path,
        cell=None,
        line=number,
        column=9,
        end_line=number,
        end_column=60,
        scope="build_model",
        source_line=f'    model = AutoModel.from_pretrained("{model.name}")',
        line_hash="54703d4cd895b18:1",
        signature=f"{library}/from_pretrained",
        library=library,
        callee=f"{library}.AutoModel.from_pretrained",
        resolved_to=f"{library}.AutoModel.from_pretrained",
        component=Component.MODEL,
        pretrained=True,
        arguments={"pretrained_model_name_or_path": model.name},
        trust_remote_code=None,
        models=(model,),
        exhaustive=True,
        open_reason=None,
        outcome=Outcome.RESOLVED,
        reason=None,
        confirmed_by=ConfirmedBy.BOTH,
        confidence=1.0,
        fingerprint=f"{number:032x}",
    )
    if chance.random() < 0.15:
        return replace(known, models=(), outcome=Outcome.DYNAMIC, reason=chance.choice(REASONS), confidence=0.1)
    return known


def reference(chance: random.Random) -> ModelReference:
    rank = int(chance.paretovariate(0.6)) % 60_000
    name = f"organisation-{rank % 4001}/model-{rank}-base-uncased"
    way = chance.choice((Via.LITERAL, Via.LITERAL, Via.CONSTANT, Via.CALL_SITE))
    steps = tuple(Evidence("src/settings.py", step, "constant", f'NAME = "{name}"') for step in range(1, 4))
    revision = "main" if chance.random() < 0.1 else None
    return ModelReference(name, name, "huggingface", revision, ModelOutcome.RESOLVED, Origin.CODE, way, steps)


# --- measuring --------------------------------------------------------------------------------------------------------


def measure_writing(folder: Path, page: Path, runs: int) -> None:
    shards = sorted(str(path) for path in folder.glob("*.jsonl"))
    size = sum(Path(path).stat().st_size for path in shards) / 1e6
    print(f"records: {size:.0f} MB in {len(shards)} files")
    contenders = (
        Contender("parse as JSON and nothing else", (sys.executable, "-c", FLOOR, *shards)),
        Contender("ptmscan report", (sys.executable, "-m", "ptmscan", "report", str(folder), "-o", str(page))),
    )
    samples = [[run_once(contender) for contender in contenders] for _ in range(runs)]
    for place, contender in enumerate(contenders):
        cpu, peak = (median(getattr(row[place], name) for row in samples) for name in ("cpu", "peak_mb"))
        print(f"{contender.name}: {cpu:.1f} s CPU, peak {peak:.0f} MB")
    ratio = median(row[1].cpu / row[0].cpu for row in samples)
    print(f"ratio: {ratio:.1f}")
    print(f"page: {page.stat().st_size / 1e6:.2f} MB")


def measure_opening(page: Path, runs: int) -> None:
    """From navigation to the first answer of the search field, with a new browser for each run."""
    figures: dict[str, list[float]] = {}
    for _ in range(runs):
        for name, value in _opened(page).items():
            figures.setdefault(name, []).append(value)
    for name, values in figures.items():
        print(f"{name}: {median(values):.2f}")


SEARCH = """
const start = performance.now();
const field = document.querySelector('#repositories-list input');
field.value = arguments[0];
field.dispatchEvent(new Event('input', {bubbles: true}));
document.querySelector('#repositories-list tbody').getBoundingClientRect();
return (performance.now() - start) / 1000;
"""


def _opened(page: Path) -> dict[str, float]:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "browser"))
    from chromium import running_browser

    with running_browser() as browser:
        browser.get("about:blank")
        before = _memory(browser.service.process.pid)
        start = time.perf_counter()
        browser.get(page.absolute().as_uri())
        loaded = time.perf_counter() - start
        first, second = (browser.execute_script(SEARCH, text) for text in ("77", "12"))
        return {
            "s until the page is loaded": loaded,
            "s for the first search, which reads the data": first,
            "s for the second search": second,
            "s until the first search is answered": loaded + first,
            "MB of script memory": browser.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"] / 1e6,
            "MB of all processes of the browser beyond an empty page": _memory(browser.service.process.pid) - before,
            "elements": browser.execute_script("return document.getElementsByTagName('*').length"),
        }


def _memory(process: int) -> float:
    """MB of a process and all below it, where shared pages count for each by its share (Linux only)."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of the program may hold blanks; behind its bracket the parent is the second word.
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(status.parent.name))
    total, waiting = 0, [process]
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, [])
        with contextlib.suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) if found else 0
    return total / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=36_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="write records and page there, and keep them")
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        records = folder / "records"
        records.mkdir(parents=True, exist_ok=True)
        write_batch(records, options.repositories, options.records)
        page = folder / "report.html"
        measure_writing(records, page, options.runs)
        if not options.no_browser:
            measure_opening(page, options.runs)


if __name__ == "__main__":
    main()
