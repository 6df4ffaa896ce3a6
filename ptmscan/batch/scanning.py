"""What a child process does: one repository of strangers in, its result out. Nothing in the clone configures it."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ptmscan.batch.jobs import Job, Report, Selection, Status
from ptmscan.batch.recording import RecordingTree
from ptmscan.batch.shared_results import shared_or_new
from ptmscan.batch.states import clone_at
from ptmscan.discovery import GitTree, WorkTree, open_tree, select_python
from ptmscan.discovery.git import GitError, GitFolder
from ptmscan.errors import UsageError
from ptmscan.hit_free import hit_free_result
from ptmscan.kept_results import program_version
from ptmscan.record_json import write_jsonl
from ptmscan.records import DiagnosticCode
from ptmscan.scan import scan_tree
from ptmscan.scan_options import ScanOptions

if TYPE_CHECKING:
    from ptmscan.cache import Cache
    from ptmscan.discovery import FileTree
    from ptmscan.records import ScanResult
    from ptmscan.signatures.catalogue import Catalogue

# More saves little space and costs more time than all else around a scan.
_COMPRESSION = 1


def scan_clone(job: Job, catalogue: Catalogue, store: Cache | None) -> Report:
    """The report of one repository, with its result. What is wrong with the repository is in the report.

    Raises:
        MemoryError, or whatever a mistake of ours raises.
    """
    try:
        opened = open_clone(job)
        if opened is None:
            return Report(job.path, Status.SKIPPED, f"no commit at or {job.selection}")
        return _report(job, opened, _result(opened, catalogue, store))
    except UsageError as error:  # also of what git cannot list, when the scan asks for it
        return Report(job.path, Status.UNREADABLE, str(error))


def open_clone(job: Job) -> RecordingTree | None:
    """The files to scan, under the repository's name; None where no commit is as old as is asked for.

    Raises:
        UsageError: nothing is there, no clone where a commit is asked for, or no such commit.
    """
    folder = Path(os.path.realpath(job.folder))
    try:
        clone = clone_at(folder)
    except GitError as error:
        if job.selection != Selection():
            raise UsageError(str(error)) from error
        # As a folder without git, with a diagnostic that says what is wrong.
        return RecordingTree(open_tree(folder), job.name)
    except OSError as error:
        raise UsageError(str(error.strerror)) from error
    if clone is None:
        return RecordingTree(_plain(folder, job.selection), job.name)
    tree = _of_clone(folder, clone, job.selection)
    if tree is None:
        return None
    return RecordingTree(tree, clone.remote_name() or job.name)


def _plain(folder: Path, selection: Selection) -> FileTree:
    if selection != Selection():
        raise UsageError("is no clone, so it has no commits")
    if not folder.is_dir():
        raise UsageError("there is no such folder")
    return WorkTree(folder)


def _of_clone(folder: Path, clone: GitFolder, selection: Selection) -> FileTree | None:
    if selection.before is not None:
        try:
            commit = clone.commit_before(selection.before)
        except GitError as error:
            raise UsageError(str(error)) from error
        if commit is None and clone.is_shallow:
            raise UsageError(f"is a shallow clone, without the commits {selection}")
        return None if commit is None else GitTree(clone, commit)
    if selection.commit is not None:
        return GitTree(clone, selection.commit)
    return open_tree(folder)


def _result(tree: RecordingTree, catalogue: Catalogue, store: Cache | None) -> ScanResult:
    options = ScanOptions()

    def scan(tree: RecordingTree) -> ScanResult:
        quick = hit_free_result(tree, catalogue, options)
        return scan_tree(tree, catalogue=catalogue, options=options) if quick is None else quick

    return scan(tree) if store is None else shared_or_new(store, tree, f"{program_version()} {catalogue.version}", scan)


def _report(job: Job, tree: RecordingTree, result: ScanResult) -> Report:
    header = result.header
    lost = next((d for d in result.diagnostics if d.path == "." and d.code is DiagnosticCode.UNREADABLE), None)
    if lost is not None and not header.files:
        return Report(job.path, Status.UNREADABLE, lost.message)
    text = io.StringIO()
    write_jsonl(result, text)
    return Report(
        job.path,
        Status.PARTIAL if result.incomplete else Status.OK,
        _why_partial(result) if result.incomplete else None,
        repository=header.repository,
        commit=header.commit,
        files=header.files,
        size=sum(entry.size for entry in select_python(tree.entries())),
        usages=header.usages,
        diagnostics=header.diagnostics,
        content=zlib.compress(text.getvalue().encode(), _COMPRESSION),
    )


def _why_partial(result: ScanResult) -> str:
    """The commonest kinds of problems."""
    counts: dict[str, int] = {}
    for problem in result.diagnostics:
        counts[problem.code] = counts.get(problem.code, 0) + 1
    return ", ".join(f"{number} {code}" for code, number in sorted(counts.items(), key=lambda row: (-row[1], row[0])))
