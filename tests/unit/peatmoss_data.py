"""Hand-made scans as files, and a database with some of the data set's own rows, for the tests of the loader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from samples import HEADER, USAGE, model
from sqlalchemy import insert, select, text

from ptmscan.peatmoss.database import create_tables, database_url, reading, writing
from ptmscan.peatmoss.loader import LoadOptions, LoadReport, load
from ptmscan.peatmoss.original import original, table
from ptmscan.record_json import write_jsonl
from ptmscan.records import Diagnostic, ModelReference, Outcome, ScanResult, UsageRecord

BERT, GPT2 = "bert-base-uncased", "gpt2"


def call(path: str, *models: ModelReference, repository: str = "acme/reviews", **changes: Any) -> UsageRecord:
    return replace(USAGE, path=path, repository=repository, models=models, **changes)


def scan(repository: str, *found: UsageRecord | Diagnostic, commit: str = "c" * 40) -> ScanResult:
    usages = tuple(replace(u, repository=repository, commit=commit) for u in found if isinstance(u, UsageRecord))
    diagnostics = tuple(d for d in found if isinstance(d, Diagnostic))
    header = replace(HEADER, repository=repository, commit=commit, usages=len(usages), diagnostics=len(diagnostics))
    return ScanResult(header, usages, diagnostics)


def write(path: Path, *scans: ScanResult) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        for one in scans:
            write_jsonl(one, stream)
    return path


def bert() -> ModelReference:
    """A model that the data set knows under its old name."""
    return model(BERT, id="google-bert/bert-base-uncased")


def gpt2() -> ModelReference:
    return model(GPT2, id="openai-community/gpt2")


def resnet() -> ModelReference:
    return model("resnet50", id="torchvision/resnet50", hub="torchvision")


def unknown(name: str = "org/unknown") -> ModelReference:
    return model(name)


def untrained(path: str) -> UsageRecord:
    return call(path, resnet(), outcome=Outcome.UNTRAINED, pretrained=False)


HUBS = (
    {"id": 1, "name": "HuggingFace", "url": "https://huggingface.co/"},
    {"id": 2, "name": "PyTorch", "url": "https://pytorch.org"},
)
MODELS = (
    {"id": 10, "context_id": BERT, "model_hub_id": 1, "downloads": 500},
    {"id": 11, "context_id": GPT2, "model_hub_id": 1, "downloads": 900},
    {"id": 12, "context_id": "resnet50", "model_hub_id": 2, "repo_url": "github.com/pytorch/vision"},
    {"id": 13, "context_id": "org/unused", "model_hub_id": 1, "downloads": 7},
)


def data_set(url: str, *, models: Sequence[dict[str, Any]] = MODELS) -> None:
    """A database with hubs and models, and one repository that the data set itself links to GPT-2."""
    with writing(database_url(url), create=True) as connection, connection.begin():
        create_tables(connection)
        connection.execute(insert(table("model_hub")), list(HUBS))
        for row in models:
            connection.execute(insert(table("model")), row)
        connection.execute(
            insert(table("reuse_repository")),
            {"id": 5, "owner": "acme", "name": "reviews", "url": "github.com/acme/reviews"},
        )
        connection.execute(insert(table("model_to_reuse_repository")), {"model_id": 11, "reuse_repository_id": 5})
        connection.execute(
            insert(table("reuse_file")),
            {"id": 3, "path": "acme_reviews/reviews/old.py", "model_id": 11, "reuse_repository_id": 5},
        )


def loaded(url: str, *files: Path, **options: Any) -> LoadReport:
    chosen = LoadOptions(**options)
    with writing(database_url(url), create=chosen.create_tables, dry_run=chosen.dry_run) as connection:
        return load(connection, files, chosen)


@contextmanager
def rows_of(url: str):
    with reading(database_url(url)) as connection:
        yield lambda query: [tuple(row) for row in connection.execute(text(query))]


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    with rows_of(url) as rows:
        return rows(sql)


def link_tables(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """The link tables without the ids that a database gives."""
    with rows_of(url) as rows:
        return {
            "repositories": rows("SELECT owner, name, url FROM reuse_repository ORDER BY 2, 1"),
            "links": rows(
                "SELECT r.owner, r.name, m.context_id FROM model_to_reuse_repository l"
                " JOIN model m ON m.id = l.model_id JOIN reuse_repository r ON r.id = l.reuse_repository_id"
                " ORDER BY 2, 1, 3"
            ),
            "files": rows(
                "SELECT f.path, m.context_id, r.name FROM reuse_file f JOIN model m ON m.id = f.model_id"
                " JOIN reuse_repository r ON r.id = f.reuse_repository_id ORDER BY 1, 2"
            ),
        }


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, ids included."""
    with reading(database_url(url)) as connection:
        names = [*original().tables, *(n for n in ("ptmscan_run", "ptmscan_usage", "ptmscan_version"))]
        return {name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr) for name in names}


def usage_columns(url: str, *names: str) -> list[tuple[Any, ...]]:
    from ptmscan.peatmoss.side_tables import USAGE

    columns = [USAGE.c[name] for name in names]
    with reading(database_url(url)) as connection:
        found: Iterable[Any] = connection.execute(
            select(*columns).order_by(USAGE.c.run_id, USAGE.c.usage_number, USAGE.c.model_number)
        )
        return [tuple(row) for row in found]
