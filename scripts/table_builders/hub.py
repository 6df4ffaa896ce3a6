"""The Hugging Face hub: default models of pipelines, and ids that moved."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from table_builders.reading import Sources, Table, constant, table, tree

PIPELINES = ("2.11.0", "3.5.1", "4.12.5", "4.20.1", "4.30.2", "4.46.3", "4.57.1", "5.0.0", "5.23.0")
AFTER = "4.39.3"
_ORGANISATIONS = (
    *("google-bert", "openai-community", "FacebookAI", "distilbert", "albert", "google-t5", "xlnet", "transfo-xl"),
    *("almanach", "Salesforce", "dbmdz"),
)

# Names that transformers before 3.0 took for others (its pull request 4636 removed them), and four cross-encoders
# under both spellings of their repositories, which the hub redirects.
_OTHERS = (
    ("bart-large", "facebook/bart-large", "shortcut"),
    ("bart-large-cnn", "facebook/bart-large-cnn", "shortcut"),
    ("bart-large-mnli", "facebook/bart-large-mnli", "shortcut"),
    ("bart-large-xsum", "facebook/bart-large-xsum", "shortcut"),
    ("bert-base-dutch-cased", "wietsedv/bert-base-dutch-cased", "shortcut"),
    ("bert-base-finnish-cased-v1", "TurkuNLP/bert-base-finnish-cased-v1", "shortcut"),
    ("bert-base-finnish-uncased-v1", "TurkuNLP/bert-base-finnish-uncased-v1", "shortcut"),
    ("bert-base-japanese", "cl-tohoku/bert-base-japanese", "shortcut"),
    ("bert-base-japanese-char", "cl-tohoku/bert-base-japanese-char", "shortcut"),
    ("bert-base-japanese-char-whole-word-masking", "cl-tohoku/bert-base-japanese-char-whole-word-masking", "shortcut"),
    ("bert-base-japanese-whole-word-masking", "cl-tohoku/bert-base-japanese-whole-word-masking", "shortcut"),
    ("cross-encoder/ms-marco-MiniLM-L-12-v2", "cross-encoder/ms-marco-MiniLM-L12-v2", "spelling"),
    ("cross-encoder/ms-marco-MiniLM-L-2-v2", "cross-encoder/ms-marco-MiniLM-L2-v2", "spelling"),
    ("cross-encoder/ms-marco-MiniLM-L-4-v2", "cross-encoder/ms-marco-MiniLM-L4-v2", "spelling"),
    ("cross-encoder/ms-marco-MiniLM-L-6-v2", "cross-encoder/ms-marco-MiniLM-L6-v2", "spelling"),
    ("flaubert-base-cased", "flaubert/flaubert_base_cased", "shortcut"),
    ("flaubert-base-uncased", "flaubert/flaubert_base_uncased", "shortcut"),
    ("flaubert-large-cased", "flaubert/flaubert_large_cased", "shortcut"),
    ("flaubert-small-cased", "flaubert/flaubert_small_cased", "shortcut"),
    ("umberto-commoncrawl-cased-v1", "Musixmatch/umberto-commoncrawl-cased-v1", "shortcut"),
    ("umberto-wikipedia-uncased-v1", "Musixmatch/umberto-wikipedia-uncased-v1", "shortcut"),
)


def pipeline_tasks(sources: Sources) -> Table:
    """Task, framework → model and revision, with the releases that agree."""
    versions: dict[tuple[str, str, str, str], list[str]] = {}
    for version in PIPELINES:
        for row in _tasks(sources.wheel("transformers", version) / "transformers"):
            versions.setdefault(row, []).append(version)
    rows = [(*row, " ".join(found)) for row, found in versions.items()]
    comment = (
        "Default model of transformers.pipeline(task), by framework and release.",
        f"Source: transformers wheels {' '.join(PIPELINES)}.",
    )
    return table("pipeline_tasks", comment, "task framework model revision versions", rows)


def _tasks(root: Path) -> list[tuple[str, str, str, str]]:
    path = root / "pipelines" / "__init__.py"
    module = tree(path if path.is_file() else root / "pipelines.py")
    supported = constant(module, "SUPPORTED_TASKS")
    rows: list[tuple[str, str, str, str]] = []
    for task, settings in supported.items():
        default = settings.get("default") or {}
        if "model" in default:
            rows += _models(task, "", default["model"])
        else:
            for pair, inner in default.items():
                name = "->".join(pair) if isinstance(pair, tuple) else str(pair)
                rows += _models(task, f"({name}) ", inner.get("model") if isinstance(inner, dict) else None)
    return rows


def _models(task: str, prefix: str, model: Any) -> list[tuple[str, str, str, str]]:
    rows = []
    for framework, found in model.items() if isinstance(model, dict) else [("pt", model)]:
        name, revision = found if isinstance(found, tuple) and len(found) == 2 else (found, "")
        if isinstance(name, str):
            rows.append((task, f"{prefix}{framework}", name, revision or ""))
    return rows


def hf_renames(sources: Sources) -> Table:
    """Old ids and the ids that the hub redirects them to."""
    text = (
        sources.wheel("sentence-transformers", "5.1.0") / "sentence_transformers" / "SentenceTransformer.py"
    ).read_text()
    listed = re.search(r"(?:ORIGINAL_TRANSFORMER_MODELS|basic_transformer_models) = \[(.*?)\]", text, re.DOTALL)
    old = re.findall(r'"([\w.-]+)"', listed[1] if listed else "")
    written = Counter(_ids(sources.wheel("transformers", AFTER) / "transformers"))
    rows = [(name, _moved(name, written), "canonical") for name in old]
    comment = (
        "Old Hugging Face ids and what the hub redirects them to. Source: bare names of sentence-transformers 5.1.0,",
        f"each with the organisation that transformers {AFTER} writes (canonical); transformers before 3.0 (shortcut).",
    )
    return table("hf_renames", comment, "old new kind", [*rows, *_OTHERS])


def _ids(root: Path) -> list[str]:
    """Every quoted `org/name` in the sources."""
    found: list[str] = []
    for path in sorted(root.rglob("*.py")):
        found += re.findall(r"[\"'`]([A-Za-z][\w-]*/[\w.-]+)[\"'`]", path.read_text(encoding="utf-8"))
    return found


def _moved(name: str, written: Counter[str]) -> str:
    """The commonest id of that name under one of the organisations that took the bare names over."""
    for organisation in _ORGANISATIONS:
        if name.startswith(organisation):
            return f"{organisation}/{name}"
    return max((f"{organisation}/{name}" for organisation in _ORGANISATIONS), key=lambda id_: written[id_])
