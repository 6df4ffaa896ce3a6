"""Whether the work grows as the code does: `python benchmarks/linear.py [CASE …]`.

Each case is one kind of code at sizes n, 2n and 4n. The ratios are processor times of one scan over that of the size
before, start-up not counted; 2.0 is linear. A last ratio above 2.6 fails, in cases that take 50 ms or more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ptmscan.discovery import MemoryTree
from ptmscan.scan import scan_tree
from ptmscan.signatures import load_catalogue

LIMIT = 2.6
IMPORT = "from transformers import AutoModel\n"


@dataclass(frozen=True, slots=True)
class Case:
    """Code of one kind: the files of size n, and the largest n, which is four times the smallest."""

    name: str
    largest: int
    files: Callable[[int], dict[str, str]]


def callers_of_one(n: int) -> dict[str, str]:
    """One function that loads what it gets, called n times."""
    calls = "".join(f'load("org/m{i}")\n' for i in range(n))
    return {"main.py": f"{IMPORT}def load(name):\n    return AutoModel.from_pretrained(name)\n{calls}"}


def callers_in_files(n: int) -> dict[str, str]:
    """The same, the calls spread over a hundred files."""
    files = {"lib.py": f"{IMPORT}def load(name):\n    return AutoModel.from_pretrained(name)\n"}
    for f in range(100):
        rows = "".join(f'load("org/m{f}-{i}")\n' for i in range(n // 100))
        files[f"use{f}.py"] = f"from lib import load\n{rows}"
    return files


def functions_with_parameters(n: int) -> dict[str, str]:
    """n functions that load what they get, each called once."""
    rows = "".join(
        f'def load{i}(name):\n    return AutoModel.from_pretrained(name)\nload{i}("org/m{i}")\n' for i in range(n)
    )
    return {"main.py": IMPORT + rows}


def wrapper_chain(n: int) -> dict[str, str]:
    """A function that loads behind n functions, each of which calls the next."""
    rows = "".join(f"def f{i + 1}(name):\n    return f{i}(name)\n" for i in range(n))
    return {"main.py": f'{IMPORT}def f0(name):\n    return AutoModel.from_pretrained(name)\n{rows}f{n}("org/m")\n'}


def chains_in_files(n: int) -> dict[str, str]:
    """n chains of ten wrappers, one module each."""
    files = {}
    for c in range(n):
        rows = "".join(f"def f{i + 1}(name):\n    return f{i}(name)\n" for i in range(10))
        head = f"{IMPORT}def f0(name):\n    return AutoModel.from_pretrained(name)\n"
        files[f"chain{c}.py"] = f'{head}{rows}f10("org/m{c}")\n'
    return files


def mutual_recursion(n: int) -> dict[str, str]:
    """n functions that call one another in a ring, each of which loads."""
    rows = "".join(
        f"def f{i}(name, k):\n    AutoModel.from_pretrained(name)\n    return k and f{(i + 1) % n}(name, k - 1)\n"
        for i in range(n)
    )
    return {"main.py": f'{IMPORT}{rows}f0("org/m", 3)\n'}


def import_ring(n: int) -> dict[str, str]:
    """n files that import each other, each with a constant of the next."""
    return {
        f"m{i}.py": f"{IMPORT}from m{(i + 1) % n} import NAME{(i + 1) % n}\nimport m{(i + 7) % n}\n"
        f'NAME{i} = "org/m{i}"\nAutoModel.from_pretrained(NAME{(i + 1) % n})\n'
        for i in range(n)
    }


def assignments_to_one(n: int) -> dict[str, str]:
    """n assignments to one name, a hundred loads between them."""
    rows = [f'name = "org/m{i}"\n' for i in range(n)]
    step = max(n // 100, 1)
    text = "".join(row + ("AutoModel.from_pretrained(name)\n" if i % step == 0 else "") for i, row in enumerate(rows))
    return {"main.py": IMPORT + text}


def options(n: int) -> dict[str, str]:
    """n options of one parser, each loaded."""
    rows = "".join(f'p.add_argument("--m{i}", default="org/m{i}")\n' for i in range(n))
    loads = "".join(f"AutoModel.from_pretrained(args.m{i})\n" for i in range(n))
    return {"main.py": f"import argparse\n{IMPORT}p = argparse.ArgumentParser()\n{rows}args = p.parse_args()\n{loads}"}


def launches(n: int) -> dict[str, str]:
    """One option that n lines of a script set."""
    code = f"import argparse\n{IMPORT}p = argparse.ArgumentParser()\np.add_argument('--model')\n"
    rows = "".join(f"python main.py --model org/m{i}\n" for i in range(n))
    return {"main.py": f"{code}AutoModel.from_pretrained(p.parse_args().model)\n", "run.sh": rows}


def generated_file(n: int) -> dict[str, str]:
    """A generated file of n kilobytes with one load in a hundred lines."""
    line = 'TABLE[{i}] = {{"name": "entry {i}", "value": [{i}, {i} + 1], "text": f"{{PREFIX}}-{i}", "flag": True}}\n'
    rows, size, i = [], 0, 0
    while size < n * 1000:
        row = line.format(i=i) if i % 100 else f'AutoModel.from_pretrained("org/m{i}")\n'
        rows.append(row)
        size += len(row)
        i += 1
    return {"main.py": f'{IMPORT}PREFIX = "p"\nTABLE = {{}}\n{"".join(rows)}'}


CASES = (
    Case("callers of one function", 2000, callers_of_one),
    Case("callers in a hundred files", 2000, callers_in_files),
    Case("functions with parameters", 2000, functions_with_parameters),
    Case("wrappers in a chain", 300, wrapper_chain),
    Case("chains of ten, a file each", 200, chains_in_files),
    Case("functions in a ring of calls", 200, mutual_recursion),
    Case("files in a ring of imports", 2000, import_ring),
    Case("assignments to one name", 50000, assignments_to_one),
    Case("options of one parser", 400, options),
    Case("launches of one script", 400, launches),
    Case("kilobytes of a generated file", 10000, generated_file),
)


def measured(files: dict[str, str]) -> tuple[float, int, int]:
    """Seconds of one scan, its usages, and how many of them are resolved."""
    tree = MemoryTree(files)
    start = time.process_time()
    result = scan_tree(tree, catalogue=load_catalogue())
    seconds = time.process_time() - start
    return seconds, len(result.usages), sum(u.exhaustive for u in result.usages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help="parts of the names of the cases to run; all without")
    wanted = parser.parse_args().cases
    load_catalogue()
    failed = False
    print("| case | n | seconds at n, 2n, 4n | ratios | usages | complete |\n|---|---|---|---|---|---|")
    for case in CASES:
        if wanted and not any(part in case.name for part in wanted):
            continue
        sizes = [case.largest // 4, case.largest // 2, case.largest]
        rows = [measured(case.files(n)) for n in sizes]
        times = [seconds for seconds, _, _ in rows]
        ratios = [b / a for a, b in pairwise(times)]
        slow = ratios[-1] > LIMIT and times[-1] > 0.05
        failed = failed or slow
        shown, steps = " ".join(f"{t:.2f}" for t in times), " ".join(f"{r:.1f}" for r in ratios)
        found, complete = rows[-1][1:]
        mark = " !" if slow else ""
        print(f"| {case.name} | {sizes[0]:,} | {shown} | {steps}{mark} | {found:,} | {complete:,} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
