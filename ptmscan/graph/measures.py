"""Centrality and communities as attributes of the nodes; the same graph gets the same numbers."""

from __future__ import annotations

from typing import Any

import networkx as nx

# Betweenness asks for shortest paths from every node; of larger graphs from some, so that nodes and edges looked at
# stay below this number (Brandes and Pich, Centrality estimation in large networks, 2007).
_MAX_LOOKS = 20_000_000
_MIN_PIVOTS = 10
_DIGITS = 6


def add_measures(graph: Any, seed: int) -> int | None:
    """Set `degree`, `strength`, `degree_centrality`, `betweenness` and `community` on every node.

    Directions do not count, weights count for `strength` and communities (Louvain). `community` 0 is the largest.
    The result is the number of pivots where betweenness is an estimate, else None.
    """
    names = list(graph)
    # Numbers in place of names: sets of text have another order in each run, and Louvain goes through sets.
    undirected = nx.convert_node_labels_to_integers(nx.Graph(graph))
    size = len(undirected)
    pivots = _pivots(size, undirected.number_of_edges())
    betweenness = nx.betweenness_centrality(undirected, k=pivots, seed=seed) if size else {}
    communities = _communities(undirected, seed)
    for node, degree in undirected.degree():
        graph.nodes[names[node]].update(
            degree=degree,
            strength=undirected.degree(node, weight="weight"),
            degree_centrality=round(degree / (size - 1), _DIGITS) if size > 1 else 0.0,
            betweenness=round(float(betweenness[node]), _DIGITS),
            community=communities[node],
        )
    return pivots


def _pivots(nodes: int, edges: int) -> int | None:
    wanted = max(_MIN_PIVOTS, _MAX_LOOKS // max(nodes + edges, 1))
    return wanted if wanted < nodes else None


def _communities(graph: Any, seed: int) -> dict[int, int]:
    found = nx.community.louvain_communities(graph, weight="weight", seed=seed) if graph.number_of_edges() else []
    found = found or [{node} for node in graph]
    found.sort(key=lambda members: (-len(members), min(members)))
    return {node: number for number, members in enumerate(found) for node in members}
