"""One scan for a command: kept results, progress, and the modules of the analysis only when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.cli.progress import DelayedProgress
from ptmscan.cli.streams import say

if TYPE_CHECKING:
    from ptmscan.analysis.suspects import NamesModel
    from ptmscan.cache import Cache
    from ptmscan.config import Config
    from ptmscan.discovery import FileTree
    from ptmscan.records import ScanResult
    from ptmscan.scan_options import ScanOptions


def scanned(
    tree: FileTree,
    options: ScanOptions,
    config: Config,
    store: Cache | None,
    names_model: NamesModel | None = None,
) -> ScanResult:
    """The result of scanning a tree, or the kept one of an earlier scan of the same; with suspects by `names_model`.

    Without a store results are not kept; give none with `names_model`, for what is kept has no suspects.
    """
    from ptmscan.kept_results import kept_or_new

    def scan() -> ScanResult:
        from ptmscan.hit_free import hit_free_result
        from ptmscan.signatures.catalogue import load_catalogue

        catalogue = load_catalogue(config.signatures)
        if names_model is None and (result := hit_free_result(tree, catalogue, options)) is not None:
            return result
        from ptmscan.scan import scan_tree

        with DelayedProgress("Scanning") as progress:
            return scan_tree(tree, catalogue=catalogue, options=options, progress=progress, names_model=names_model)

    if store is None:
        return scan()
    result = kept_or_new(store, tree, options, config.signatures, scan)
    if store.problem:
        say(store.problem)
    return result
