"""Lists what the floors are given: the import roots of the catalogue and the files that the prefilter names.

usage: candidates.py TREE ROOTS_FILE CANDIDATES_FILE. Prints files and bytes, in all and of the candidates, as JSON.

It runs as a process of its own, so that the memory of the benchmark's driver stays out of what it measures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ptmscan.discovery import open_tree, select_python
from ptmscan.scan import Session
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import load_catalogue


def main(tree_path: str, roots_file: str, candidates_file: str) -> None:
    tree, catalogue = open_tree(Path(tree_path)), load_catalogue()
    sizes = {entry.path: entry.size for entry in select_python(tree.entries())}
    candidates = Session(tree, catalogue, ScanOptions()).candidates()
    Path(roots_file).write_text("\n".join(sorted(catalogue.roots)), encoding="utf-8")
    Path(candidates_file).write_text("\n".join(candidates), encoding="utf-8")
    figures = {
        "files": len(sizes),
        "bytes": sum(sizes.values()),
        "candidate_files": len(candidates),
        "candidate_bytes": sum(sizes[path] for path in candidates),
    }
    print(json.dumps(figures))


main(*sys.argv[1:])
