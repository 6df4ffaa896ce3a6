"""The scan of a repository in which no load can start, without the analysis: importing that is most of its cost."""

from __future__ import annotations

import time

from ptmscan import __version__
from ptmscan.contents import Contents
from ptmscan.discovery import FileTree, select_python
from ptmscan.errors import UnreadableFileError
from ptmscan.prefilter import Roots
from ptmscan.records import Diagnostic, ScanHeader, ScanResult
from ptmscan.redaction import redact_result
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures.catalogue import Catalogue

# What a configuration file must hold to name a callable that a program then calls (Hydra's `instantiate`).
_TARGET = b"_target_"
_CONFIGURATION = (".yaml", ".yml")
# Bytes from which on it is worth to compile an expression of all roots, which is faster than taking words apart.
_COMPILED_FROM = 2_000_000


def hit_free_result(tree: FileTree, catalogue: Catalogue, options: ScanOptions) -> ScanResult | None:
    """What `scan_tree` would give where no file may import a library of the catalogue; None where one may.

    It stops at the first file that may import one, so a repository with loads is hardly slower for having been asked.
    """
    started = time.perf_counter()
    if not options.prefilter or _names_targets(tree):
        return None
    files = [entry.path for entry in select_python(tree.entries())]
    contents, imports = Contents(tree), Roots(catalogue.roots)
    problems = dict.fromkeys(d for d in tree.diagnostics() if options.is_asked_for(d.path))
    seen = 0
    for path in files:
        raw = contents.read(path)
        if isinstance(raw, Diagnostic):
            problems[raw] = None
            continue
        seen += len(raw)
        if (seen > _COMPILED_FROM or imports.found(raw)) and imports.test(raw):
            return None
    for path in files:
        if path.endswith(".ipynb") and options.is_asked_for(path):
            source = contents.source(path)
            problems |= dict.fromkeys([source] if isinstance(source, Diagnostic) else source.diagnostics)
    ordered = sorted(problems, key=lambda d: (d.path, -1 if d.cell is None else d.cell, d.line or 0, d.code, d.message))
    header = ScanHeader(
        tool="ptmscan",
        tool_version=__version__,
        signatures_version=catalogue.version,
        repository=tree.repository,
        commit=tree.commit,
        files=sum(map(options.is_asked_for, files)),
        files_read=contents.files_read(options.is_asked_for),
        usages=0,
        diagnostics=len(ordered),
    )
    return redact_result(ScanResult(header, (), tuple(ordered), time.perf_counter() - started))


def _names_targets(tree: FileTree) -> bool:
    """Whether a configuration file may name callables; one that cannot be read counts as one that does."""
    for entry in tree.entries():
        if entry.path.endswith(_CONFIGURATION):
            try:
                if _TARGET in tree.read(entry.path):
                    return True
            except UnreadableFileError:
                return True
    return False
