"""The scan of a repository in which no load can start, without the analysis: importing that is most of its cost.

What it decides is what `Session.candidates` decides: there, no file would be a candidate.
"""

from __future__ import annotations

import time

from ptmscan.contents import Contents
from ptmscan.discovery import FileTree, select_python
from ptmscan.errors import UnreadableFileError
from ptmscan.prefilter import Names, Roots
from ptmscan.records import Diagnostic, ScanResult
from ptmscan.scan_options import ScanOptions
from ptmscan.scan_result import final_result
from ptmscan.signatures.catalogue import Catalogue

# What a configuration file must hold to name a callable that a program then calls (Hydra's `instantiate`).
_TARGET = b"_target_"
_CONFIGURATION = (".yaml", ".yml")
# Bytes from which on it is worth to compile an expression of all roots, which is faster than taking words apart.
_COMPILED_FROM = 2_000_000


def hit_free_result(tree: FileTree, catalogue: Catalogue, options: ScanOptions) -> ScanResult | None:
    """What `scan_tree` would give where no load can start: no file mentions a callable of a library that one imports.

    None where one can. It stops at the first file that mentions a callable of a library that it imports itself, so a
    repository with loads is hardly slower for having been asked.
    """
    started = time.perf_counter()
    if not options.prefilter or _names_targets(tree):
        return None
    files = [entry.path for entry in select_python(tree.entries())]
    contents, imports = Contents(tree), Roots(catalogue.roots)
    problems = dict.fromkeys(tree.diagnostics())
    asked: dict[str, bytes] = {}
    roots: frozenset[str] = frozenset()
    seen = 0
    for path in files:
        raw = contents.read(path)
        if isinstance(raw, Diagnostic):
            problems[raw] = None
            continue
        seen += len(raw)
        if options.is_asked_for(path):
            asked[path] = raw
        if (seen > _COMPILED_FROM or imports.found(raw)) and imports.test(raw):
            here = imports.found(raw)
            if path in asked and _names(catalogue, here).find(raw):
                return None
            roots |= here
    names = _names(catalogue, roots) if roots else Names(())
    if any(map(names.find, asked.values())):
        return None
    for path in files:
        if path.endswith(".ipynb") and options.is_asked_for(path):
            source = contents.source(path)
            problems |= dict.fromkeys([source] if isinstance(source, Diagnostic) else source.diagnostics)
    return final_result(
        tree,
        options,
        contents,
        signatures_version=catalogue.version,
        files=files,
        usages=(),
        problems=problems,
        seconds=time.perf_counter() - started,
    )


def _names(catalogue: Catalogue, roots: frozenset[str]) -> Names:
    return Names(catalogue.callables_below(roots), chosen=catalogue.may_choose(roots))


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
