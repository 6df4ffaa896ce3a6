"""Building a registry file: models are collected in a file beside it; the registry appears when it is whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType

from ptmscan.registry.index import APPLICATION_ID, FORMAT_VERSION, HUB_NUMBERS, RegistryError
from ptmscan.registry.model import KnownModel

_COLLECTED = """
CREATE TABLE IF NOT EXISTS model(hub, name, downloads, sha, repository, PRIMARY KEY (hub, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alias(hub, alias, name, PRIMARY KEY (hub, alias, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress(source PRIMARY KEY, position) WITHOUT ROWID;
"""
# What a later mention does not say stays as an earlier one said it.
_ADD_MODEL = """
INSERT INTO model VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  downloads = coalesce(excluded.downloads, downloads),
  sha = coalesce(excluded.sha, sha),
  repository = coalesce(excluded.repository, repository)
"""
_FINISHED = """
CREATE TABLE final.model(
  id INTEGER PRIMARY KEY, hub INTEGER NOT NULL, name TEXT NOT NULL, downloads INTEGER, sha TEXT, repository TEXT);
CREATE TABLE final.alias(name TEXT, hub INTEGER, model INTEGER, PRIMARY KEY (name, hub, model)) WITHOUT ROWID;
INSERT INTO final.model(hub, name, downloads, sha, repository) SELECT * FROM main.model ORDER BY hub, name;
CREATE UNIQUE INDEX final.model_name ON model(name, hub);
INSERT INTO final.alias SELECT a.alias, a.hub, m.id FROM main.alias a
  JOIN final.model m ON m.hub = a.hub AND m.name = a.name WHERE a.alias <> a.name;
"""


class Builder:
    """Collects models for the registry at `path`. What an interrupted build collected is there when it goes on.

    Use it as a context manager, add models, then `finish`.

    Raises:
        RegistryError: there is no folder for it, or what an interrupted build left cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if not path.absolute().parent.is_dir():
            raise RegistryError(f"{path}: there is no folder {path.parent}")
        self.path = path
        self.collected = path.with_name(f"{path.name}.partial")
        try:
            self._connection = sqlite3.connect(self.collected)
        except sqlite3.Error as error:
            raise RegistryError(f"{self.collected}: cannot be written: {error}") from error
        try:
            self._connection.executescript(_COLLECTED)
        except sqlite3.Error as error:
            self._connection.close()
            raise RegistryError(f"{self.collected}: cannot be written: {error}") from error

    def __enter__(self) -> Builder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        if isinstance(error, sqlite3.Error):
            raise RegistryError(f"{self.collected}: {error}") from error

    def position(self, source: str) -> str | None:
        """Where an interrupted build stopped in a source; None: at its beginning."""
        row = self._connection.execute("SELECT position FROM progress WHERE source = ?", (source,)).fetchone()
        return row[0] if row else None

    def discard(self) -> None:
        """Forget what an interrupted build collected."""
        with self._connection as connection:
            for table in ("model", "alias", "progress"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  # constants only

    def add(self, models: Iterable[KnownModel], *, source: str | None = None, position: str | None = None) -> None:
        """Add models in one transaction, together with the place from which the source goes on."""
        with self._connection as connection:
            for model in _checked(models):
                hub = HUB_NUMBERS[model.hub]
                row = (hub, model.context_id, model.downloads, model.sha, model.repository)
                connection.execute(_ADD_MODEL, row)
                rows = ((hub, alias, model.context_id) for alias in model.aliases)
                connection.executemany("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", rows)
            if source is not None:
                connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (source, position))

    def finish(self) -> int:
        """Write the registry, in one step, and give the number of its models; the same models make the same bytes."""
        target = Path(os.path.realpath(self.path))
        beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
        try:
            self._write(beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        count: int = self._connection.execute("SELECT count(*) FROM model").fetchone()[0]
        self._connection.close()
        self.collected.unlink()
        return count

    def _write(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as fresh:
            fresh.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            fresh.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        self._connection.execute("ATTACH ? AS final", (str(file),))
        try:
            self._connection.executescript(f"BEGIN;{_FINISHED}COMMIT;")
        finally:
            self._connection.rollback()
            self._connection.execute("DETACH final")


def build(path: Path, models: Iterable[KnownModel]) -> int:
    """Make the registry at `path` of models that are at hand, and give their number.

    Raises:
        RegistryError: the file cannot be written.
    """
    with Builder(path) as builder:
        builder.discard()
        builder.add(models)
        return builder.finish()


def _checked(models: Iterable[KnownModel]) -> Iterator[KnownModel]:
    """Models that SQLite can hold.

    Raises:
        RegistryError: an empty name, or one with a lone surrogate.
    """
    for model in models:
        try:
            encodable = all(name.strip() and name.encode() for name in (model.context_id, *model.aliases))
        except UnicodeEncodeError:
            encodable = False
        if not encodable:
            raise RegistryError(f"{model.context_id!r}: is no name of a model")
        yield model
