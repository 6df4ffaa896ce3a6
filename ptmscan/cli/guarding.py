"""What `hook` and `baseline` share: the repository around a folder, its baseline, and the command that accepts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.cli.streams import say
from ptmscan.cli.trees import open_paths
from ptmscan.discovery import is_python
from ptmscan.discovery.clones import enclosing_top
from ptmscan.errors import UsageError
from ptmscan.policy.baseline import BASELINE_FILE, MAX_BYTES, Baseline, BaselineError, parse_baseline
from ptmscan.report.printable import printable
from ptmscan.scan_options import ScanOptions

if TYPE_CHECKING:
    from ptmscan.cache import Cache
    from ptmscan.config import Config
    from ptmscan.discovery import FileTree
    from ptmscan.guard import Verdict
    from ptmscan.policy.policy import Policy
    from ptmscan.records import ScanResult


@dataclass(frozen=True, slots=True)
class Guarded:
    """A repository to be guarded: its folder, its files, which of them to scan, and the file of its baseline."""

    top: Path
    tree: FileTree
    options: ScanOptions
    baseline_file: Path

    def baseline(self) -> Baseline | None:
        """The baseline; None: there is no such file.

        Raises:
            BaselineError: the file is no baseline.
        """
        return read_baseline(self.baseline_file, self.shown_file) if self.baseline_file.exists() else None

    @property
    def shown_file(self) -> str:
        """The baseline's path as a person would write it, safe to print: a repository may name it."""
        inside = self.baseline_file.is_relative_to(self.top)
        return printable(str(self.baseline_file.relative_to(self.top) if inside else self.baseline_file))


def read_baseline(file: Path, shown: str | None = None) -> Baseline:
    """The baseline in a file, which messages call `shown`.

    Raises:
        BaselineError: it cannot be read, or is no baseline.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BaselineError(f"{file}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise BaselineError(f"{file}: larger than {MAX_BYTES:,} bytes")
    return parse_baseline(data.decode("utf-8", "replace"), shown or str(file))


def repository_top(path: Path) -> Path:
    """The top of the clone around a path, or its folder where there is none.

    Raises:
        UsageError: nothing is there.
    """
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    folder = (path if path.is_dir() else path.parent).resolve()
    return enclosing_top(folder) or folder


def open_guarded(path: Path, config: Config, *, named: Path | None = None, files: Sequence[Path] = ()) -> Guarded:
    """The repository around a path. With `files`, only loads in these are looked for, with all files in view.

    `named` is a baseline file that the command line names; one that the repository brings must lie in the repository.

    Raises:
        UsageError: a path is not in the repository, or the baseline is a link that leads out of it.
    """
    top = repository_top(path)
    opened = open_paths([top], config.exclude)
    below = tuple(sorted({_inside(file, top) for file in files}))
    if strangers := [name for name in below if is_python(name) and not opened.tree.is_file(name)]:
        say(f"not scanned, for git does not track it or it is excluded: {', '.join(strangers)}")
    return Guarded(top, opened.tree, ScanOptions(below=below), named or _own_baseline(top, config))


def _inside(file: Path, top: Path) -> str:
    located = file.parent.resolve() / file.name
    if not located.is_relative_to(top):
        raise UsageError(f"{file}: not in {top}")
    return located.relative_to(top).as_posix()


def _own_baseline(top: Path, config: Config) -> Path:
    file = config.baseline or top / BASELINE_FILE
    if not file.resolve().is_relative_to(top) or ".git" in file.relative_to(top).parts:
        raise UsageError(f"{file}: leads out of the repository; name it with --baseline if that is meant")
    return file


def failing(guarded: Guarded, config: Config, policy: Policy, store: Cache | None) -> tuple[ScanResult, Verdict]:
    """The result of scanning what is guarded, and what of it fails: findings as grave as the policy's level.

    Raises:
        BaselineError: the baseline's file is none; before the work.
    """
    from ptmscan.cli.scanning import scanned
    from ptmscan.guard import judge

    accepted = guarded.baseline() or Baseline()
    result = scanned(guarded.tree, guarded.options, config, store)
    verdict = judge(guarded.tree, result, policy, baseline=accepted, is_scanned=guarded.options.is_asked_for)
    return result, verdict.reaching(policy.fail_on)


def accept_command() -> str:
    """The command that accepts what the baseline does not list, such that it can be pasted where we run.

    pre-commit puts the folder of its own environment first on PATH, and the user's shell does not have it.
    """
    script = Path(sys.argv[0]).absolute()
    others = [p for p in os.environ.get("PATH", "").split(os.pathsep) if p and Path(p).absolute() != script.parent]
    if "PRE_COMMIT" not in os.environ or shutil.which("ptmscan", path=os.pathsep.join(others)):
        return "ptmscan baseline update"
    program = str(script) if script.name.startswith("ptmscan") else f"{sys.executable} -m ptmscan"
    return f"{program} baseline update"
