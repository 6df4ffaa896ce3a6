"""Models joined by the repositories that load both, and repositories joined by the models that both load."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

import networkx as nx

from ptmscan.errors import UsageError
from ptmscan.graph.naming import EdgeKind, NodeKind

MAX_EDGES = 2_000_000


class Projection(StrEnum):
    """Which nodes are left of the graph."""

    LINKS = "links"
    MODELS = "models"
    REPOSITORIES = "repositories"


@dataclass(frozen=True, slots=True)
class Projected:
    """A projection, and the nodes of the other kind that were left out because they join too many."""

    graph: Any
    left_out: tuple[str, ...]


def project(links: Any, onto: Projection, *, max_fan: int, min_weight: int) -> Projected:
    """Project the graph of links onto models or repositories.

    `weight` of an edge is the number of neighbours that both ends share, `jaccard` that number divided by the number of
    neighbours of either. Neighbours that join more than `max_fan` nodes are left out: they say little about closeness,
    and their pairs would be most of the graph. Edges below `min_weight` are dropped. Both hold for `weight` only.

    Raises:
        UsageError: there would be more edges than memory may hold.
    """
    kept_kind = NodeKind.MODEL if onto is Projection.MODELS else NodeKind.REPOSITORY
    undirected = links.to_undirected(as_view=True)
    kept = [node for node, kind in links.nodes(data="kind") if kind == kept_kind.value]
    joints = [node for node, kind in links.nodes(data="kind") if kind != kept_kind.value]
    weights: Counter[tuple[str, str]] = Counter()
    left_out = []
    for joint in joints:
        ends = sorted(undirected.adj[joint])
        if len(ends) > max_fan:
            left_out.append(joint)
            continue
        weights.update(combinations(ends, 2))
        if len(weights) > MAX_EDGES:
            raise UsageError(f"the projection has more than {MAX_EDGES:,} edges; choose a lower --max-fan")
    graph: Any = nx.Graph()
    graph.add_nodes_from((node, links.nodes[node]) for node in kept)
    kind = EdgeKind.SHARES_REPOSITORIES if onto is Projection.MODELS else EdgeKind.SHARES_MODELS
    for (one, other), weight in sorted(weights.items()):
        if weight >= min_weight:
            either = len(set(undirected.adj[one]) | set(undirected.adj[other]))
            graph.add_edge(one, other, kind=kind.value, weight=weight, jaccard=round(weight / either, 4))
    return Projected(graph, tuple(left_out))
