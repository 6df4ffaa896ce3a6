"""Thousands of clones out of a few pinned sources: hard links, git work trees, bare clones; one in twenty poisoned."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from corpora import fetch
from trees import DENSE, HIT_FREE

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "repos"
# A clone is a folder of a package, of so many bytes of Python; whole packages would make a few scans most of the work.
SMALLEST, LARGEST = 4_000, 900_000
POISON_SHARE = 20
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True)
class Farm:
    """Where the clones are, and which of them are sound."""

    clones: Path
    sound: tuple[str, ...]
    poisoned: tuple[str, ...]


def build(target: Path, number: int, cache: Path) -> Farm:
    """Make so many clones below a folder, which must not exist, in a fixed order."""
    clones, sound, poisoned = target / "clones", [], []
    sources = cycle(list(_sources(cache)))
    for place, source in enumerate(islice(sources, number)):
        if place % POISON_SHARE == POISON_SHARE - 1:
            kind = POISONS[place // POISON_SHARE % len(POISONS)]
            path = f"poisoned/{place:05d}-{kind.__name__.strip('_')}"
            _linked(source, clones / path)
            kind(clones / path)
            poisoned.append(path)
        else:
            path = f"{source.parent.name}/{place:05d}-{source.name}"
            MAKERS[place % len(MAKERS)](source, clones / path)
            sound.append(path)
    return Farm(clones, tuple(sound), tuple(poisoned))


def _sources(cache: Path) -> Iterator[Path]:
    found = [path for path in sorted(FIXTURES.iterdir()) if path.is_dir()]
    for name, version in (*DENSE, *HIT_FREE):
        package = fetch(name, version, cache)
        for folder in sorted(path for path in package.rglob("*") if path.is_dir()):
            size = sum(file.stat().st_size for file in folder.rglob("*.py"))
            if SMALLEST <= size <= LARGEST and (folder / "__init__.py").exists():
                found.append(folder)
    yield from found


# --- sound clones -----------------------------------------------------------------------------------------------------


def _linked(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, copy_function=os.link)


def _cloned(source: Path, target: Path) -> None:
    _linked(source, target)
    _git(target, "init", "--quiet")
    _git(target, "add", "--all", "--force")
    _git(target, "commit", "--quiet", "--message=all")
    _git(target, "remote", "add", "origin", f"https://example.org/{target.parent.name}/{target.name}.git")


def _work_tree(source: Path, target: Path) -> None:
    """A work tree of a clone that lies outside of the farm."""
    main = target.parents[2] / "mains" / source.parent.name / source.name
    if not main.exists():
        _cloned(source, main)
    target.parent.mkdir(parents=True, exist_ok=True)
    _git(main, "worktree", "add", "--quiet", "--detach", str(target))


def _bare(source: Path, target: Path) -> None:
    main = target.parents[2] / "mains" / source.parent.name / source.name
    if not main.exists():
        _cloned(source, main)
    target.parent.mkdir(parents=True, exist_ok=True)
    _git(target.parent, "clone", "--quiet", "--bare", "--local", str(main), target.name)


MAKERS: tuple[Callable[[Path, Path], None], ...] = (_linked, _work_tree, _cloned, _linked, _bare, _work_tree)


def _git(folder: Path, *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, env=environment, check=True)


# --- poisoned ones ----------------------------------------------------------------------------------------------------


def _broken_git(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("nonsense")


def _damaged_objects(folder: Path) -> None:
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all", "--force")
    _git(folder, "commit", "--quiet", "--message=all")
    shutil.rmtree(folder / ".git" / "objects")
    (folder / ".git" / "objects").mkdir()


def _huge_file(folder: Path) -> None:
    (folder / "generated.py").write_bytes(b"from transformers import AutoModel\n" + b"x = [1, 2, 3]\n" * 1_300_000)


def _binary_file(folder: Path) -> None:
    (folder / "binary.py").write_bytes(b"import transformers; from_pretrained\n" + bytes(range(256)) * 4_000)


def _circle_of_links(folder: Path) -> None:
    (folder / "up").symlink_to(folder)
    (folder / "self.py").symlink_to("self.py")
    (folder / "outside.py").symlink_to("/etc/passwd")


def _deep_folders(folder: Path) -> None:
    deep = folder.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "end.py").write_text("from transformers import AutoModel\nAutoModel.from_pretrained('org/deep')\n")


def _deep_code(folder: Path) -> None:
    (folder / "deep.py").write_text("from transformers import AutoModel\nx = " + "AutoModel.from_pretrained(" * 30_000)


def _no_permission(folder: Path) -> None:
    (folder / "closed.py").write_text("import transformers\n")
    (folder / "closed.py").chmod(0)
    folder.chmod(0)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")


def _poison(kind: str) -> Callable[[Path], None]:
    def poison(folder: Path) -> None:
        (folder / "POISON").write_text(kind)

    poison.__name__ = f"scan-{kind}"
    return poison


POISONS: tuple[Callable[[Path], None], ...] = (
    *(_broken_git, _damaged_objects, _huge_file, _binary_file, _circle_of_links, _deep_folders, _deep_code),
    *(_no_permission, _pipe, *map(_poison, ("crash", "hang", "memory", "exit", "error", "killed"))),
)
# What becomes of a repository that is poisoned so. Files that cannot be read cost a diagnostic, not the repository.
EXPECTED = {
    "broken_git": {"partial"},
    "damaged_objects": {"ok", "partial"},
    "huge_file": {"partial"},
    "binary_file": {"partial"},
    "circle_of_links": {"partial"},
    "deep_folders": {"ok", "partial"},
    "deep_code": {"partial"},
    "no_permission": {"unreadable"},
    "pipe": {"partial"},
    "scan-crash": {"crashed"},
    "scan-hang": {"timeout"},
    "scan-memory": {"memory"},
    "scan-exit": {"crashed"},
    "scan-error": {"failed"},
    "scan-killed": {"memory"},
}
