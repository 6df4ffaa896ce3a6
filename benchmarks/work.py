"""How much work scans of a small corpus are, in calls and not in seconds: `python benchmarks/work.py`.

Prints JSON: for each kind of work how often it was done. The numbers repeat from run to run under one hash seed and one
version of Python, so that a test compares them with those of tests/fixtures/work.json; `--write` renews that file.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPECTED = ROOT / "tests" / "fixtures" / "work.json"
MODULES = 40
# Functions whose calls are counted, by the end of the file's path.
COUNTED = {
    ("syntax/treesitter_trees.py", "parse_text"): "parses of a text",
    ("analysis/indexing.py", "build_index"): "indexes of a file",
    ("analysis/expressions.py", "of_kind"): "expressions evaluated",
    ("analysis/lookup.py", "in_scope"): "names looked up in a scope",
    ("analysis/bindings.py", "reaching"): "searches for bindings",
    ("analysis/callers.py", "_found"): "searches for callers",
}


def generated() -> dict[str, str]:
    """Modules that hand names on: wrappers, settings of objects, tables, tests on arguments."""
    files = {"settings.py": "NAMES = {\n" + "".join(f'    "k{i}": "org/m{i}",\n' for i in range(MODULES)) + "}\n"}
    for i in range(MODULES):
        following = f"from module{i + 1} import load as further\n" if i + 1 < MODULES and i % 8 != 7 else ""
        call = "further(name)" if following else "AutoModel.from_pretrained(name)"
        files[f"module{i}.py"] = f"""\
from transformers import AutoModel
from settings import NAMES
{following}

class Loader:
    def __init__(self, kind, base=None):
        self.kind = kind
        self.base = base or NAMES[kind]

    def get(self, fast=False):
        if self.kind == "k{i}":
            return AutoModel.from_pretrained(self.base)
        if fast:
            return AutoModel.from_pretrained(NAMES.get(self.kind, "org/fallback"))
        return None

def load(name):
    if name.startswith("org/"):
        return {call}
    return Loader("k{i}").get()

load("org/direct{i}")
Loader("k{i}", base=f"org/{{'m'}}{i}").get(fast=True)
"""
    return files


def measured() -> dict[str, int]:
    """How often each kind of work was done."""
    import ptmscan
    from ptmscan.discovery import MemoryTree
    from ptmscan.scan import scan_tree
    from ptmscan.signatures import load_catalogue

    catalogue = load_catalogue()
    folders = sorted((ROOT / "tests" / "fixtures" / "repos").iterdir())
    trees = [{file.relative_to(f).as_posix(): _text(file) for file in _files(f)} for f in folders]
    profile = cProfile.Profile()
    for files in (*trees, generated()):
        tree = MemoryTree(files)
        profile.enable()
        scan_tree(tree, catalogue=catalogue)
        profile.disable()
    counts = dict.fromkeys(("calls of functions", *COUNTED.values()), 0)
    package = f"{Path(ptmscan.__file__).parent.as_posix()}/"
    for (path, _, function), row in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        inside = Path(path).as_posix().partition(package)[2]
        counts["calls of functions"] += row[1] if inside else 0
        if (inside, function) in COUNTED:
            counts[COUNTED[inside, function]] += row[1]
    return counts


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def main() -> None:
    """Count, print, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="renew the numbers that the test compares with")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"PYTHONHASHSEED": "0"})
    text = json.dumps(measured(), indent=2)
    print(text)
    if options.write:
        EXPECTED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
