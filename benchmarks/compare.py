"""ptmscan beside other programs that look for loads, on the dense tree: `python benchmarks/compare.py` (see README.md).

Each program is installed from PyPI into an environment of its own, below the cache folder, and measured as a whole
process, in turn with the others. Prints Markdown and writes it, with the raw medians, to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from dataclasses import asdict, dataclass
from pathlib import Path

import trees
from measure import Contender, Summary, in_turn, machine
from run import PEERS, cached_scan, peer, scan, table

HERE = Path(__file__).parent
# What a person would search for who has no such program.
SEARCH = r"from_pretrained|hf_hub_download|snapshot_download|SentenceTransformer\(|create_model\(|hub\.load\("


@dataclass(frozen=True, slots=True)
class Package:
    """A program on PyPI: its release, its command, the exit codes of a run that went well, and what it does."""

    name: str
    version: str
    command: str
    accepted: tuple[int, ...]
    does: str

    def on(self, tree: Path, programs: Path) -> Contender:
        """The package's program at work on a tree."""
        rules = str(PEERS / "semgrep.yaml")
        words = [part.format(tree=tree, rules=rules) if "{" in part else part for part in self.command.split()]
        return Contender(f"{self.name} {self.version}", (str(programs / words[0]), *words[1:]), self.accepted)


PACKAGES = (
    Package(
        "semgrep",
        "1.182.0",
        # One process, as the others; nothing is sent anywhere.
        "semgrep scan --config {rules} --metrics=off --disable-version-check --no-git-ignore --quiet --json "
        "--jobs=1 {tree}",
        (0,),
        "12 rules for the job (peers/semgrep.yaml), constants within a function",
    ),
    Package(
        "ast-grep-cli",
        "0.51.1",
        "ast-grep run --lang=python --threads=1 --json=compact --pattern=$X.from_pretrained($$$A) {tree}",
        (0,),
        "one pattern, no names and no values",
    ),
    Package(
        "bandit",
        "1.9.4",
        "bandit --recursive --quiet --tests=B614,B615 --format=json {tree}",
        (0, 1),
        "B614 and B615: loads without a revision, calls only",
    ),
    Package(
        "ai-bom",
        "3.6.0",
        "ai-bom scan {tree} --format=json --quiet --no-telemetry",
        (0,),
        "regular expressions, a line at a time",
    ),
)


def installed(package: Package, cache: Path) -> Path:
    """The folder of the programs of a package's own environment; made once.

    Raises:
        subprocess.CalledProcessError: pip could not install it; its standard error was shown.
    """
    home = cache / "environments" / f"{package.name}-{package.version}"
    programs = home / "bin"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        command = [programs / "python", "-m", "pip", "install", "--quiet", f"{package.name}=={package.version}"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        (home / "complete").touch()
    return programs


def contenders(work: trees.Workspace, cache: Path, tree: Path) -> tuple[Contender, ...]:
    """All programs on one tree: ours, the limits, the peers."""
    listing = work.listing(tree)
    found = [
        Contender("ptmscan, nothing kept", scan(tree)),
        Contender("ptmscan, second scan", cached_scan(tree)),
        Contender("limit: walk, read, parse candidates", peer("parse_floor.py", listing.candidates, tree)),
        Contender("limit: text search (grep)", ("grep", "-rEn", "--include=*.py", SEARCH, str(tree))),
        Contender("ast matcher", peer("ast_matcher.py", listing.roots, tree)),
    ]
    return (*found, *(package.on(tree, installed(package, cache)) for package in PACKAGES))


def rows(summaries: dict[str, Summary], megabytes: float) -> list[dict[str, object]]:
    """A row a program, fastest first."""
    ours = summaries["ptmscan, nothing kept"]
    does = {f"{package.name} {package.version}": package.does for package in PACKAGES}
    return [
        {
            "program": s.name,
            "CPU s": s.cpu,
            "wall s": s.wall,
            "MB/s (CPU)": megabytes / s.cpu,
            "CPU, ptmscan = 1": s.cpu / ours.cpu,
            "peak MB": s.peak_mb,
            "what it does": does.get(s.name, ""),
        }
        for s in sorted(summaries.values(), key=lambda s: s.cpu)
    ]


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each program after one warm-up")
    parser.add_argument("--cache", type=Path, default=trees.default_cache(), help="where corpora and programs are kept")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where the results go")
    options = parser.parse_args()
    about = machine()
    with trees.workspace(options.cache) as work:
        os.environ["PTMSCAN_CACHE_DIR"] = str(work.scratch / "cache")
        os.environ["PATH"] = os.pathsep.join(
            [*(str(installed(package, options.cache)) for package in PACKAGES), os.environ["PATH"]]
        )
        tree = work.dense()
        listing = work.listing(tree)
        summaries = in_turn(contenders(work, options.cache, tree), options.runs)
    found = rows(summaries, listing.bytes / 1e6)
    about_line = ", ".join(f"{key} {value}" for key, value in about.items())
    head = ["# Beside other programs", "", about_line, "", listing.describe(), ""]
    page = "\n".join([*head, *table(found)])
    print(page)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "compare.md").write_text(page + "\n", encoding="utf-8")
    raw = json.dumps({"machine": about, "rows": [asdict(s) for s in summaries.values()]}, indent=2)
    (options.out / "compare.json").write_text(raw + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
