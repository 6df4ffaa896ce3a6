"""Records as graphs for programs such as Gephi, Cytoscape and networkx; docs/graph.md describes the attributes."""
