"""Graphs as files. The same graph gives the same bytes: no date, no random ids."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import networkx as nx
from networkx.readwrite.gexf import GEXFWriter

if TYPE_CHECKING:
    from typing import TextIO


def write(graph: Any, name: str, stream: TextIO) -> None:
    """Write a graph in one of FORMATS.

    Raises:
        KeyError: there is no such format.
    """
    FORMATS[name](graph, stream)


def _graphml(graph: Any, stream: TextIO) -> None:
    buffer = io.BytesIO()
    # The writer that needs no further package.
    nx.write_graphml_xml(graph, buffer, encoding="utf-8", prettyprint=True)
    stream.write(buffer.getvalue().decode())


def _gexf(graph: Any, stream: TextIO) -> None:
    writer = GEXFWriter(encoding="utf-8", prettyprint=True, version="1.2draft")
    writer.add_graph(graph)
    for element in writer.xml.iter():
        # Two runs would differ by the day.
        element.attrib.pop("lastmodifieddate", None)
        if element.tag.endswith("creator"):
            element.text = "ptmscan"
    buffer = io.BytesIO()
    writer.write(buffer)
    stream.write(buffer.getvalue().decode())


def _json(graph: Any, stream: TextIO) -> None:
    json.dump(nx.node_link_data(graph, edges="edges"), stream, ensure_ascii=False, indent=1)
    stream.write("\n")


def _dot(graph: Any, stream: TextIO) -> None:
    """The language of Graphviz (https://graphviz.org/doc/info/lang.html); networkx needs another package for it."""
    arrow = "->" if graph.is_directed() else "--"
    stream.write(f"{'digraph' if graph.is_directed() else 'graph'} ptmscan {{\n")
    stream.writelines(f"  {_quoted(node)} [{_dot_attributes(values)}];\n" for node, values in graph.nodes(data=True))
    stream.writelines(
        f"  {_quoted(one)} {arrow} {_quoted(other)} [{_dot_attributes(values)}];\n"
        for one, other, values in graph.edges(data=True)
    )
    stream.write("}\n")


def _dot_attributes(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_quoted(_dot_text(value))}" for name, value in values.items())


def _dot_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    """Between quotes, where labels know escapes of their own: a backslash stands for itself when it is doubled."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


FORMATS: dict[str, Callable[[Any, TextIO], None]] = {
    "graphml": _graphml,
    "gexf": _gexf,
    "dot": _dot,
    "json": _json,
}
