"""What the catalogue costs: `python benchmarks/catalogue.py TREE [--runs N]`.

1. The byte tests of the prefilter with the whole catalogue, against tree-sitter's parse of the same files.
2. A scan with the whole catalogue and with a dozen families of it, per byte of the files that each looks into.

CPU time of one process, contenders in turn, medians. TREE is any folder of Python files;
results/catalogue.md holds figures for the sources of transformers 4.30.2.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tree_sitter
import tree_sitter_python

from ptmscan.discovery import open_tree, select_python
from ptmscan.discovery.memory_tree import MemoryTree
from ptmscan.scan import Session, scan_tree, working_conditions
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import Catalogue, load_catalogue

DOZEN = (
    *("transformers", "sentence-transformers", "diffusers", "peft", "huggingface_hub", "timm", "spacy", "torch"),
    *("torchvision", "torchaudio", "open_clip_torch", "keras"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    whole = load_catalogue()
    dozen = Catalogue([s for s in whole.signatures if s.library in DOZEN], "dozen")
    disk = open_tree(options.tree)
    files = {entry.path: disk.read(entry.path) for entry in select_python(disk.entries())}
    tree = MemoryTree(files)
    print(f"{len(files):,} files, {sum(map(len, files.values())):,} bytes, {options.runs} runs each")
    language = tree_sitter.Language(tree_sitter_python.language())

    def parse() -> None:
        working = tree_sitter.Parser(language)
        for data in files.values():
            working.parse(data)

    contenders: dict[str, Callable[[], object]] = {
        "prefilter": lambda: candidates(tree, whole),
        "prefilter, a dozen families": lambda: candidates(tree, dozen),
        "tree-sitter": parse,
    }
    report(in_turn(contenders, options.runs), against="tree-sitter")
    sizes = {name: candidates(tree, one) for name, one in (("whole", whole), ("dozen", dozen))}
    scans: dict[str, Callable[[], object]] = {
        "whole": lambda: scan_tree(tree, catalogue=whole),
        "dozen": lambda: scan_tree(tree, catalogue=dozen),
    }
    for name, size in sizes.items():
        print(f"{name}: {size:,} bytes of candidates")
    seconds = in_turn(scans, options.runs)
    report({name: [one / sizes[name] * 1e6 for one in found] for name, found in seconds.items()}, against="dozen")


def candidates(tree: MemoryTree, catalogue: Catalogue) -> int:
    """The bytes of the files that a scan looks into."""
    with working_conditions():
        session = Session(tree, catalogue, ScanOptions())
        return sum(len(tree.read(path)) for path in session.candidates())


def in_turn(contenders: dict[str, Callable[[], object]], runs: int) -> dict[str, list[float]]:
    """CPU seconds of each contender, after a warm-up."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for run in range(runs + 1):
        for name, work in contenders.items():
            started = time.process_time()
            work()
            if run:
                found[name].append(time.process_time() - started)
    return found


def report(found: dict[str, list[float]], *, against: str) -> None:
    base = statistics.median(found[against])
    for name, values in found.items():
        middle = statistics.median(values)
        print(
            f"{name:<28} {middle:9.4f}  (from {min(values):.4f} to {max(values):.4f})  {middle / base:6.3f} x {against}"
        )


if __name__ == "__main__":
    sys.exit(main())
