"""The import graph of a repository around the modules that load models: who imports them, and what they import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import networkx as nx

from ptmscan.analysis.index import BindingKind
from ptmscan.analysis.modules import Modules
from ptmscan.analysis.program import Module
from ptmscan.discovery import FileTree
from ptmscan.graph.building import part
from ptmscan.graph.naming import EdgeKind, NodeKind, node_id, shown
from ptmscan.records import Outcome, ScanResult
from ptmscan.scan import Session, working_conditions
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures.catalogue import Catalogue
from ptmscan.syntax import nodes as n

Progress = Callable[[int, int], None]


def import_graph(
    tree: FileTree, result: ScanResult, catalogue: Catalogue, *, distance: int, progress: Progress | None = None
) -> Any:
    """The modules at most `distance` imports away from one that loads a model, in either direction.

    A directed networkx graph: modules import modules, and those with loads point at the libraries that do it. Imports
    are taken as written, wherever in a file they stand; what an import means is what the scan itself takes it for.
    """
    graph: Any = nx.DiGraph()
    loads = Counter(usage.path for usage in result.usages if usage.outcome is not Outcome.UNTRAINED)
    with working_conditions():
        session = Session(tree, catalogue, ScanOptions())
        paths = sorted(file.path for file in session.files)
        for done, path in enumerate(paths, 1):
            graph.add_node(path)
            module = session.program.module(path)
            for target in sorted(imports(module)) if module is not None else ():
                graph.add_edge(path, target, kind=EdgeKind.IMPORTS.value, weight=1)
            if progress is not None:
                progress(done, len(paths))
        away = _distances(graph, [path for path in loads if path in graph])
        near = part(graph, [path for path in paths if away.get(path, distance + 1) <= distance])
        _describe(near, session.program.modules, loads, away)
    near = nx.relabel_nodes(near, {path: node_id(NodeKind.MODULE, path) for path in near})
    _add_libraries(near, result)
    return near


def imports(module: Module) -> set[str]:
    """The files of the repository that a module imports, itself left out."""
    index, found = module.index, set[str | None]()
    modules = module.program.modules
    for scope in index.scopes:
        for bindings in scope.bindings.values():
            for binding in bindings:
                if binding.kind is BindingKind.IMPORT and binding.imported is not None:
                    found.add(modules.resolve(module.path, binding.imported.name))
                elif binding.kind is BindingKind.FROM_IMPORT and isinstance(binding.statement, n.ImportFrom):
                    found |= set(_from(modules, module.path, binding.statement))
    for _, statement in index.star_imports:
        found |= set(_from(modules, module.path, statement))
    return {path for path in found if path is not None and path in modules.files} - {module.path}


def _from(modules: Modules, importer: str, statement: n.ImportFrom) -> Iterator[str | None]:
    """What `from … import …` reads: the modules among the names, and the module itself for the other names."""
    if statement.level:
        source = modules.relative(importer, statement.level, statement.module)
    else:
        source = modules.resolve(importer, statement.module)
    if source is None:
        return
    inner = [modules.submodule(source, imported.name) for imported in statement.names or ()]
    yield from inner
    if not inner or None in inner:
        yield source


def _distances(graph: Any, sources: list[str]) -> dict[str, int]:
    """Imports between each module and the nearest source, whatever their direction."""
    if not sources:
        return {}
    away = nx.multi_source_dijkstra_path_length(graph.to_undirected(as_view=True), set(sources), weight=None)
    return {path: int(steps) for path, steps in away.items()}


def _describe(graph: Any, modules: Modules, loads: Counter[str], away: dict[str, int]) -> None:
    for path in graph:
        graph.nodes[path].update(
            kind=NodeKind.MODULE.value,
            label=shown(modules.name(path)),
            path=shown(path),
            loads=loads[path],
            distance=away[path],
        )


def _add_libraries(graph: Any, result: ScanResult) -> None:
    through = Counter((usage.path, usage.library) for usage in result.usages if usage.outcome is not Outcome.UNTRAINED)
    for (path, library), number in sorted(through.items()):
        module, target = node_id(NodeKind.MODULE, path), node_id(NodeKind.LIBRARY, library)
        if module in graph:
            graph.add_node(target, kind=NodeKind.LIBRARY.value, label=shown(library))
            graph.add_edge(module, target, kind=EdgeKind.LOADS_THROUGH.value, weight=number)
