"""The intermediate JSON of the data set: for each hub, models with the repositories and files that use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any, TextIO

from sqlalchemy import Connection, Select, select

from ptmscan.peatmoss.links import FILE, LINK, REPOSITORY
from ptmscan.peatmoss.models import MODEL, hubs
from ptmscan.registry.model import KnownHub


def write_links(connection: Connection, hub: KnownHub, stream: TextIO) -> int:
    """Write `{context_id: {"usage_repository": […], "file_path": […]}}` of a hub's linked models; gives their number.

    Names are in order, and so are the repositories (`github.com/owner/name`) and the files of each.
    """
    numbers = [number for number, known in hubs(connection).items() if known is hub]
    of_hub = MODEL.c.model_hub_id.in_(numbers)
    repositories = _grouped(
        connection,
        select(MODEL.c.context_id, REPOSITORY.c.url, REPOSITORY.c.name)
        .join(LINK, LINK.c.model_id == MODEL.c.id)
        .join(REPOSITORY, REPOSITORY.c.id == LINK.c.reuse_repository_id)
        .where(of_hub),
    )
    files = dict(
        _grouped(
            connection,
            select(MODEL.c.context_id, FILE.c.path, FILE.c.path)
            .join(FILE, FILE.c.model_id == MODEL.c.id)
            .where(of_hub),
        )
    )
    count = 0
    stream.write("{")
    for name, found in repositories:
        row = {"usage_repository": found, "file_path": files.get(name, [])}
        stream.write(f"{',' if count else ''}\n{json.dumps(name, ensure_ascii=False)}: ")
        stream.write(json.dumps(row, ensure_ascii=False))
        count += 1
    stream.write("\n}\n")
    return count


def _grouped(connection: Connection, query: Select[Any]) -> Iterator[tuple[str, list[str]]]:
    """Names with their sorted values; a repository without an address goes by its name."""
    rows = sorted((name, value or instead) for name, value, instead in connection.execute(query))
    for name, group in groupby(rows, key=lambda row: row[0]):
        yield name, [value for _, value in group]
