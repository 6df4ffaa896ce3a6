"""The trees that are scanned: built from pinned PyPI wheels, which are unpacked and never installed or run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpora import fetch

# Full of loads: the library itself and three that stand on it.
DENSE = (
    ("transformers", "4.30.2"),
    ("diffusers", "0.18.2"),
    ("sentence-transformers", "2.3.1"),
    ("bertopic", "0.16.0"),
)
# Small enough to be copied often.
SMALL = (("sentence-transformers", "2.3.1"), ("bertopic", "0.16.0"))
# Large, pure Python, and importing nothing that loads models; `Listing` counts what a prefilter would still read.
HIT_FREE = (("Django", "5.1.4"), ("sympy", "1.13.3"))

SETTLING = 3.0  # seconds, one more than file systems may be wrong by

CANDIDATES = Path(__file__).parent / "peers" / "candidates.py"


@dataclass(frozen=True, slots=True)
class Listing:
    """What the floors are given for one tree, and its sizes."""

    roots: Path
    candidates: Path
    files: int
    bytes: int
    candidate_files: int
    candidate_bytes: int

    def describe(self) -> str:
        """The sizes in words."""
        whole = f"{self.files} files, {self.bytes / 1e6:.1f} MB"
        return f"{whole}; candidates: {self.candidate_files} files, {self.candidate_bytes / 1e6:.1f} MB"


LOAD = b"\n\nfrom transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('org/model%d')\n"


class Workspace:
    """Builds trees below a scratch folder, once each."""

    def __init__(self, cache: Path, scratch: Path) -> None:
        self.cache = cache
        self.scratch = scratch

    def dense(self) -> Path:
        """The tree full of loads."""
        return self._tree("dense", DENSE)

    def small(self) -> Path:
        """A tree of a hundred files with some loads."""
        return self._tree("small", SMALL)

    def hit_free(self) -> Path:
        """The tree without a load."""
        return self._tree("hit-free", HIT_FREE)

    def one_file(self, text: str) -> Path:
        """A tree with one small file: scanning it costs what starting costs."""
        tree = Path(tempfile.mkdtemp(dir=self.scratch, prefix="one-"))
        (tree / "main.py").write_text(text, encoding="utf-8")
        return tree

    def clone(self, loads: int) -> Path:
        """A git repository of a hundred files of the standard library, of which the first few load a model each."""
        tree = Path(tempfile.mkdtemp(dir=self.scratch, prefix="clone-"))
        library = Path(sysconfig.get_path("stdlib"))
        small = [file for file in sorted(library.rglob("*.py")) if "site-packages" not in file.parts]
        for number, file in enumerate([file for file in small if 1_000 < file.stat().st_size < 30_000][:100]):
            text = file.read_bytes() + (LOAD % number if number < loads else b"")
            (tree / f"module{number}.py").write_bytes(text)
        for command in ("init --quiet", "add --all"):
            subprocess.run(["git", *command.split()], cwd=tree, check=True)
        return tree

    def copies(self, tree: Path, count: int) -> Path:
        """`count` copies of a tree side by side (as hard links: they cost no disk)."""
        target = self.scratch / f"{tree.name}-{count}"
        for number in range(count):
            if not (target / f"copy{number}").exists():
                shutil.copytree(tree, target / f"copy{number}", copy_function=os.link)
        return target

    def listing(self, tree: Path) -> Listing:
        """Ask ptmscan, in a process of its own, for its import roots and for the candidates of the tree."""
        roots, candidates = self.scratch / f"{tree.name}.roots", self.scratch / f"{tree.name}.candidates"
        command = [sys.executable, str(CANDIDATES), str(tree), str(roots), str(candidates)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return Listing(roots, candidates, **json.loads(done.stdout))

    def _tree(self, name: str, packages: tuple[tuple[str, str], ...]) -> Path:
        tree = self.scratch / name
        if not tree.exists():
            for package, version in packages:
                shutil.copytree(fetch(package, version, self.cache), tree / f"{package}-{version}")
            # No result is kept of files that changed just before they were listed.
            time.sleep(SETTLING)
        return tree


def default_cache() -> Path:
    """Where the unpacked wheels are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ptmscan" / "benchmarks"


@contextmanager
def workspace(cache: Path) -> Iterator[Workspace]:
    """A workspace that is removed at the end; the cache stays."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ptmscan-benchmark-") as scratch:
        yield Workspace(cache, Path(scratch))
