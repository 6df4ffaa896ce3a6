"""Records as graphs: nodes and edges, projections, measures, and files that other programs read back."""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from samples import HEADER, PIN, USAGE, model
from test_report_hostile import TEXTS, hostile

from ptmscan.errors import UsageError
from ptmscan.graph import projections
from ptmscan.graph.building import Builder, links_only
from ptmscan.graph.measures import add_measures
from ptmscan.graph.projections import Projection, project
from ptmscan.graph.writing import FORMATS, write
from ptmscan.records import ModelOutcome, Outcome, UsageRecord

if TYPE_CHECKING:
    from conftest import MakeRepository

A = replace(USAGE, models=(model("org/a", revision=PIN),))
B = replace(USAGE, models=(model("org/b"),), line=9)
C = replace(USAGE, models=(model("c", id="c", hub="library"),), line=11)


def graph_of(scans: dict[str, list[UsageRecord]], *, calls: bool = True) -> Any:
    builder = Builder(calls=calls)
    for name, usages in scans.items():
        builder.add(replace(HEADER, repository=name), [replace(usage, repository=name) for usage in usages])
    return builder.graph


def written(graph: Any, name: str) -> str:
    stream = io.StringIO()
    write(graph, name, stream)
    return stream.getvalue()


def kinds(graph: Any) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for _, kind in graph.nodes(data="kind"):
        found[kind] += 1
    return dict(found)


def test_the_chain_leads_from_the_repository_to_the_hub() -> None:
    graph = graph_of({"o/one": [A]})
    path = nx.shortest_path(graph, "repository:o/one", "hub:huggingface")
    assert [graph.nodes[node]["kind"] for node in path] == [
        *("repository", "file", "call", "model", "organisation", "hub"),
    ]
    assert [graph.edges[edge]["kind"] for edge in nx.utils.pairwise(path)] == [
        *("contains", "contains", "loads", "owned-by", "on-hub"),
    ]
    assert graph.nodes["model:huggingface:org/a"]["organisation"] == "org"
    assert next(own for *_, own in graph.edges(data=True) if own["kind"] == "loads")["revision"] == PIN


def test_a_model_without_owner_is_joined_to_its_hub() -> None:
    graph = graph_of({"o/one": [C]})
    assert graph.edges["model:library:c", "hub:library"]["kind"] == "on-hub"
    assert "organisation" not in kinds(graph)


@pytest.mark.parametrize(
    "usage",
    [
        replace(A, models=(), outcome=Outcome.DYNAMIC),
        replace(A, models=(model("./x", outcome=ModelOutcome.LOCAL, hub="local"),)),
        replace(A, pretrained=False, outcome=Outcome.UNTRAINED),
    ],
    ids=["unknown", "local", "untrained"],
)
def test_only_loads_of_named_models_are_in_it(usage: UsageRecord) -> None:
    assert kinds(graph_of({"o/one": [usage]})) == {"repository": 1}


def test_numbers_of_models_and_repositories() -> None:
    graph = graph_of({"o/one": [A, replace(A, line=8), B], "o/two": [A], "o/three": []})
    assert graph.nodes["repository:o/one"] | {} == graph.nodes["repository:o/one"] | {"models": 2, "loads": 3}
    own = graph.nodes["model:huggingface:org/a"]
    assert (own["repositories"], own["loads"]) == (2, 3)
    assert graph.nodes["repository:o/three"]["loads"] == 0


def test_links_are_weighted_by_loads() -> None:
    links = links_only(graph_of({"o/one": [A, replace(A, line=8)], "o/none": []}, calls=False))
    assert list(links.edges(data="weight")) == [("repository:o/one", "model:huggingface:org/a", 2)]
    assert "repository:o/none" not in links


def links() -> Any:
    return links_only(graph_of({"o/1": [A, B], "o/2": [A, B, C], "o/3": [A]}, calls=False))


def test_models_are_joined_by_shared_repositories() -> None:
    found = project(links(), Projection.MODELS, max_fan=10, min_weight=1).graph
    edge = found.edges["model:huggingface:org/a", "model:huggingface:org/b"]
    assert (edge["weight"], edge["jaccard"], edge["kind"]) == (2, 0.6667, "shares-repositories")
    assert len(project(links(), Projection.MODELS, max_fan=10, min_weight=2).graph.edges) == 1


def test_repositories_are_joined_by_shared_models() -> None:
    found = project(links(), Projection.REPOSITORIES, max_fan=10, min_weight=1).graph
    assert found.edges["repository:o/1", "repository:o/2"]["weight"] == 2
    assert kinds(found) == {"repository": 3}


def test_what_joins_too_many_is_left_out_and_named() -> None:
    found = project(links(), Projection.REPOSITORIES, max_fan=2, min_weight=1)
    assert found.left_out == ("model:huggingface:org/a",)
    assert found.graph.edges["repository:o/1", "repository:o/2"]["weight"] == 1


def test_a_projection_beyond_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "MAX_EDGES", 2)
    with pytest.raises(UsageError, match="lower --max-fan"):
        project(links(), Projection.MODELS, max_fan=10, min_weight=1)


def test_measures_tell_what_is_in_the_middle_and_what_belongs_together() -> None:
    graph = nx.Graph()
    graph.add_edges_from([*nx.complete_graph(4).edges, *((a + 10, b + 10) for a, b in nx.complete_graph(4).edges)])
    graph.add_edge(0, 10)
    nx.set_edge_attributes(graph, 1, "weight")
    assert add_measures(graph, seed=1) is None
    assert graph.nodes[0]["betweenness"] > graph.nodes[1]["betweenness"]
    assert {graph.nodes[node]["community"] for node in range(4)} != {graph.nodes[n]["community"] for n in range(10, 14)}
    assert (graph.nodes[0]["degree"], graph.nodes[0]["strength"]) == (4, 4)
    assert graph.nodes[0]["degree_centrality"] == round(4 / 7, 6)


def test_measures_of_small_graphs() -> None:
    add_measures(nx.Graph(), seed=1)
    alone = graph_of({"o/one": []})
    add_measures(alone, seed=1)
    own = alone.nodes["repository:o/one"]
    assert (own["degree"], own["degree_centrality"], own["community"]) == (0, 0.0, 0)


def full_graph() -> Any:
    graph = graph_of({"o/one": [A, replace(B, trust_remote_code=True)], "o/two": [A, C]})
    add_measures(graph, seed=1)
    return graph


READERS = {
    "graphml": lambda text: nx.read_graphml(io.BytesIO(text.encode())),
    "gexf": lambda text: nx.read_gexf(io.BytesIO(text.encode())),
    "json": lambda text: nx.node_link_graph(json.loads(text), edges="edges"),
}


@pytest.mark.parametrize("name", READERS)
def test_files_are_read_back_as_they_were(name: str) -> None:
    graph = full_graph()
    back = READERS[name](written(graph, name))
    assert back.is_directed()
    assert set(back) == set(graph)
    assert set(back.edges) == set(graph.edges)
    for node, own in graph.nodes(data=True):
        assert {key: back.nodes[node][key] for key in own} == own


def test_an_attribute_has_one_type_and_is_never_null() -> None:
    types = defaultdict(set)
    graph = full_graph()
    for own in (*(own for _, own in graph.nodes(data=True)), *(own for *_, own in graph.edges(data=True))):
        for key, value in own.items():
            types[key].add(type(value))
    assert {key: found for key, found in types.items() if len(found) > 1} == {}
    assert set.union(*types.values()) <= {str, int, float, bool}


def test_gexf_holds_no_date() -> None:
    assert "lastmodifieddate" not in written(full_graph(), "gexf")


DOT_LINE = re.compile(r'  "(?:[^"\\]|\\.)*"(?: -[->] "(?:[^"\\]|\\.)*")? \[(?:\w+="(?:[^"\\]|\\.)*"(?:, |(?=\])))*\];')


def test_dot_is_quoted() -> None:
    lines = written(full_graph(), "dot").splitlines()
    assert (lines[0], lines[-1]) == ("digraph ptmscan {", "}")
    assert [line for line in lines[1:-1] if not DOT_LINE.fullmatch(line)] == []
    assert written(project(links(), Projection.MODELS, max_fan=9, min_weight=1).graph, "dot").startswith("graph ")


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_stay_text(name: str, kind: str) -> None:
    scan = hostile(TEXTS[kind])
    builder = Builder()
    builder.add(scan.header, scan.usages)
    add_measures(builder.graph, seed=1)
    text = written(builder.graph, name)
    assert [character for character in text if character != "\n" and not character.isprintable()] == []
    assert len(text) < 60_000
    if name in READERS:
        assert set(READERS[name](text)) == set(builder.graph)
    else:
        assert [line for line in text.splitlines()[1:-1] if not DOT_LINE.fullmatch(line)] == []


# --- imports ----------------------------------------------------------------------------------------------------------

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("org/a")\n'
FILES = {
    "pkg/__init__.py": "",
    "pkg/models.py": "from . import settings\nfrom .helpers.text import clean as c\n" + LOAD,
    "pkg/settings.py": "",
    "pkg/helpers/__init__.py": "",
    "pkg/helpers/text.py": "import json\nimport pkg.far\n",
    "pkg/far.py": "import pkg.farther\n",
    "pkg/farther.py": "",
    "app.py": "def main():\n    from pkg.models import *\n",
    "alone.py": "import json\n",
    "study.ipynb": json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
            {"cell_type": "code", "source": "import app", "metadata": {}, "outputs": [], "execution_count": None}
        ]}
    ),
}  # fmt: skip


def imports_of(files: dict[str, str], distance: int) -> Any:
    from ptmscan.discovery import MemoryTree
    from ptmscan.import_graph import import_graph
    from ptmscan.scan import scan_tree
    from ptmscan.signatures import load_catalogue

    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    catalogue = load_catalogue()
    return import_graph(tree, scan_tree(tree, catalogue=catalogue), catalogue, distance=distance)


def modules(graph: Any) -> dict[str, int]:
    return {own["path"]: own["distance"] for _, own in graph.nodes(data=True) if own["kind"] == "module"}


def test_imports_around_a_load_in_both_directions() -> None:
    assert modules(imports_of(FILES, 2)) == {
        "pkg/models.py": 0,
        "pkg/settings.py": 1,
        "pkg/helpers/text.py": 1,
        "app.py": 1,
        "pkg/far.py": 2,
        "study.ipynb": 2,
    }
    assert set(modules(imports_of(FILES, 0))) == {"pkg/models.py"}


def test_edges_are_imports_and_libraries() -> None:
    graph = imports_of(FILES, 1)
    assert {(a, b): own["kind"] for a, b, own in graph.edges(data=True)} == {
        ("module:app.py", "module:pkg/models.py"): "imports",
        ("module:pkg/models.py", "module:pkg/settings.py"): "imports",
        ("module:pkg/models.py", "module:pkg/helpers/text.py"): "imports",
        ("module:pkg/models.py", "library:transformers"): "loads-through",
    }
    assert graph.nodes["module:pkg/models.py"]["loads"] == 1
    assert graph.nodes["module:pkg/models.py"]["label"] == "pkg.models"


def test_code_without_a_load_has_no_graph() -> None:
    assert len(imports_of({"a.py": "import b\n", "b.py": "x = (\n"}, 3)) == 0


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_offers_every_format_and_projection() -> None:
    """It names them itself, so that its help does not import networkx."""
    from ptmscan.cli import graph

    assert tuple(FORMATS) == graph.FORMATS
    assert tuple(Projection) == graph.PROJECTIONS


def test_the_command_writes_what_the_ending_says(repo: MakeRepository, capsys: pytest.CaptureFixture[str]) -> None:
    from ptmscan.cli import run

    folder = repo(FILES)
    records, target = folder / "records.jsonl", folder / "x.graphml"
    assert run(["scan", str(folder), "--format", "jsonl", "-o", str(records)]) == 0
    assert run(["graph", str(records), "-o", str(target)]) == 0
    assert kinds(nx.read_graphml(target))["model"] == 1
    assert "6 nodes and 5 edges" in capsys.readouterr().err
    assert run(["graph", str(records), "--project", "links", "--no-measures", "--format", "json"]) == 0
    assert "betweenness" not in capsys.readouterr().out
    assert run(["graph", "--modules", str(folder), "--format", "dot"]) == 0
    assert '"module:app.py" -> "module:pkg/models.py"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("x.jsonl", "-o", "x.png"), "the ending tells no format"),
        (("--format", "dot"), "name files of records, or a folder of code with --modules"),
        (("x.jsonl", "--modules", ".", "--format", "dot"), "name files of records, or a folder"),
        (("missing.jsonl", "--format", "dot"), "there is no such file"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    from ptmscan.cli import run

    assert run(["graph", *arguments]) == 2
    assert complaint in capsys.readouterr().err
