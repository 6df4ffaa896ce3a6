"""The typed graph of scans, repository → file → call → model → organisation → hub, and the graph of links alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import networkx as nx

from ptmscan.graph.naming import EdgeKind, NodeKind, node_id, shown
from ptmscan.records import ModelReference, ScanHeader, UsageRecord
from ptmscan.report.overview import HUB_NAMES
from ptmscan.report.words import place
from ptmscan.survey.counting import is_load, key_of
from ptmscan.survey.tables import organisation

NO_HUB = "unknown"


class Builder:
    """Takes usages one at a time. Only loads of named models become calls, as `survey.counting.is_load` tells them."""

    def __init__(self, *, calls: bool = True) -> None:
        """With `calls` the typed graph; without, repositories are joined to models directly."""
        self.graph: Any = nx.DiGraph()
        self._calls = calls

    def add(self, header: ScanHeader, usages: Iterable[UsageRecord]) -> None:
        """Add one scan. A repository without a load is a node, too."""
        repository = node_id(NodeKind.REPOSITORY, header.repository)
        own: dict[str, Any] = {"label": shown(header.repository), "loads": 0, "models": 0}
        if header.commit is not None:
            own["commit"] = shown(header.commit)
        self.graph.add_node(repository, kind=NodeKind.REPOSITORY.value, **own)
        found: set[str] = set()
        for usage in usages:
            models = [model for model in usage.models if is_load(usage, model)]
            if models:
                self._add_usage(repository, usage, models, found)
        for model in found:
            self.graph.nodes[model]["repositories"] += 1
        self.graph.nodes[repository]["models"] = len(found)

    def _add_usage(self, repository: str, usage: UsageRecord, models: list[ModelReference], found: set[str]) -> None:
        source = self._call(repository, usage) if self._calls else repository
        for model in models:
            target = self._model(model)
            found.add(target)
            self.graph.nodes[repository]["loads"] += 1
            self.graph.nodes[target]["loads"] += 1
            if self._calls:
                self._add_load(source, target, usage, model)
            elif self.graph.has_edge(source, target):
                self.graph.edges[source, target]["weight"] += 1
            else:
                self.graph.add_edge(source, target, kind=EdgeKind.LOADS.value, weight=1)

    def _add_load(self, source: str, target: str, usage: UsageRecord, model: ModelReference) -> None:
        own: dict[str, Any] = {"via": model.via.value, "origin": model.origin.value, "exhaustive": usage.exhaustive}
        if model.revision is not None:
            own["revision"] = shown(model.revision)
        self.graph.add_edge(source, target, kind=EdgeKind.LOADS.value, weight=1, **own)

    def _call(self, repository: str, usage: UsageRecord) -> str:
        where = place(usage)
        file = node_id(NodeKind.FILE, usage.repository, usage.path)
        call = node_id(NodeKind.CALL, usage.repository, f"{where}:{usage.column}", usage.signature)
        own: dict[str, Any] = {
            "line": usage.line,
            "library": shown(usage.library),
            "signature": shown(usage.signature),
            "callee": shown(usage.callee),
            "component": usage.component.value,
            "outcome": usage.outcome.value,
            "confidence": float(usage.confidence),
        }
        if usage.trust_remote_code is not None:
            own["trust_remote_code"] = usage.trust_remote_code
        self.graph.add_node(file, kind=NodeKind.FILE.value, label=shown(usage.path))
        self.graph.add_node(call, kind=NodeKind.CALL.value, label=shown(where), **own)
        self.graph.add_edge(repository, file, kind=EdgeKind.CONTAINS.value, weight=1)
        self.graph.add_edge(file, call, kind=EdgeKind.CONTAINS.value, weight=1)
        return call

    def _model(self, model: ModelReference) -> str:
        key = key_of(model)
        hub = key.hub or NO_HUB
        number = node_id(NodeKind.MODEL, hub, key.title)
        if number in self.graph:
            return number
        own = {"label": shown(key.title), "hub": shown(hub), "repositories": 0, "loads": 0}
        self.graph.add_node(number, kind=NodeKind.MODEL.value, **own)
        above, owner = number, organisation(key.title, key.hub)
        if owner is not None:
            self.graph.nodes[number]["organisation"] = shown(owner)
            above = node_id(NodeKind.ORGANISATION, hub, owner)
            self.graph.add_node(above, kind=NodeKind.ORGANISATION.value, label=shown(owner), hub=shown(hub))
            self.graph.add_edge(number, above, kind=EdgeKind.OWNED_BY.value, weight=1)
        top = node_id(NodeKind.HUB, hub)
        self.graph.add_node(top, kind=NodeKind.HUB.value, label=HUB_NAMES.get(key.hub) or shown(hub))
        self.graph.add_edge(above, top, kind=EdgeKind.ON_HUB.value, weight=1)
        return number


def links_only(graph: Any) -> Any:
    """The repositories that load something, the models, and the edges between them."""
    kinds = (NodeKind.REPOSITORY.value, NodeKind.MODEL.value)
    return part(graph, [node for node, own in graph.nodes(data=True) if own["kind"] in kinds and own["loads"]])


def part(graph: Any, nodes: Iterable[str]) -> Any:
    """A copy with these nodes in this order; views of networkx go through sets, and their order is another each run."""
    copied = graph.__class__()
    copied.add_nodes_from((node, graph.nodes[node]) for node in nodes)
    for node in list(copied):
        copied.add_edges_from((node, other, own) for other, own in graph.adj[node].items() if other in copied)
    return copied
