"""The manifest of a batch: a SQLite file with one row a repository, and beside each row its result.

A result and its row come in one transaction, so that whatever ends the program leaves both or neither. The JSON Lines
files are written from it afterwards (`shards`), and are the same whatever happened in between.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ptmscan.batch.jobs import FAILURES, Report
from ptmscan.errors import PtmscanError, UsageError
from ptmscan.record_files import MANIFEST

SCHEMA_VERSION = 1
_BUSY_SECONDS = 60.0

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE repository (
  path TEXT PRIMARY KEY,               -- below the top of the batch
  folder TEXT NOT NULL, name TEXT NOT NULL, wanted_commit TEXT,
  run INTEGER NOT NULL,                -- the run that listed it last
  state TEXT,                          -- what tells of its next change, as that run saw it
  weight INTEGER NOT NULL,
  status TEXT, reason TEXT,            -- all below: of its last scan
  repository TEXT, "commit" TEXT,
  scanned_state TEXT, tool_version TEXT, signatures_version TEXT,
  seconds REAL, cpu_seconds REAL, peak_bytes INTEGER,
  files INTEGER, bytes INTEGER, usages INTEGER, diagnostics INTEGER,
  finished_at REAL
) WITHOUT ROWID;
CREATE INDEX by_weight ON repository (run, weight DESC, path);
CREATE TABLE result (path TEXT PRIMARY KEY, content BLOB NOT NULL);
"""
_SCANNED = (
    *("status", "reason", "repository", '"commit"', "scanned_state", "tool_version", "signatures_version", "seconds"),
    *("cpu_seconds", "peak_bytes", "files", "bytes", "usages", "diagnostics", "finished_at"),
)
_COPIED = ("path", "folder", "name", "wanted_commit", "run", "state", "weight", *_SCANNED)


class ManifestError(PtmscanError):
    """The manifest or the records cannot be written."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Of ptmscan and of the signatures; a result of other ones is out of date."""

    tool: str
    signatures: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A repository that is to be scanned."""

    path: str
    folder: str
    name: str
    commit: str | None
    state: str | None


class Manifest:
    """The manifest in a folder. One process writes at a time; a transaction is open in `changing` only.

    Args:
        folder: that of the batch, or of a part of it.
        writes: whether to change it, and to make it where it is not there; else it is only read.

    Raises:
        UsageError: there is no manifest, or the file is none, or of another version of ptmscan.
    """

    def __init__(self, folder: Path, *, writes: bool = False) -> None:
        self.file, self._writes = folder / MANIFEST, writes
        if not writes and not self.file.is_file():
            raise UsageError(f"{folder}: holds no batch; there is no {MANIFEST} in it")
        place = f"{self.file.absolute().as_uri()}?mode={'rwc' if writes else 'ro'}"
        try:
            self._connection = sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            if writes:
                self._prepare()
            version = self._version()
        except sqlite3.Error as error:
            raise UsageError(f"{self.file}: {error}") from error
        if version != SCHEMA_VERSION:
            self._connection.close()
            raise UsageError(f"{self.file}: is of schema version {version}, this ptmscan reads {SCHEMA_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writes:
            # Without a write-ahead log it is one plain file, for any machine and for folders that nobody may write to.
            with contextlib.suppress(sqlite3.Error):  # somebody reads
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing that was committed; a machine that loses power may lose the last rows, whole.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if self._version() == 0:
            with self.changing():
                for statement in _TABLES.split(";\n") if self._version() == 0 else ():
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION:d}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction: all of it happens, or nothing.

        Raises:
            ManifestError: the disk is full, and the like.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise ManifestError(f"{self.file}: {error}; what was done until then is kept") from error
            raise

    # --- settings of the batch ----------------------------------------------------------------------------------------

    def get(self, key: str) -> str | None:
        """A setting."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        """Change a setting, in a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def count_change(self) -> None:
        """Take note, in a transaction, that the results are others than before."""
        self.set("changes", str(int(self.get("changes") or 0) + 1))

    # --- what there is to do ------------------------------------------------------------------------------------------

    def begin_run(self) -> int:
        """The number of a new run."""
        with self.changing():
            run = int(self.get("run") or 0) + 1
            self.set("run", str(run))
        return run

    def add_listed(self, run: int, waiting: Iterable[tuple[Waiting, int]]) -> None:
        """Take repositories, each with its weight, into the list of a run. What is known of them stays."""
        columns = ("path", "folder", "name", "wanted_commit", "state", "weight", "run")
        changed = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        statement = (
            f"INSERT INTO repository ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our names
            f"ON CONFLICT (path) DO UPDATE SET {changed}"
        )
        with self.changing():
            self._connection.executemany(
                statement, ((w.path, w.folder, w.name, w.commit, w.state, weight, run) for w, weight in waiting)
            )

    def forget(self) -> None:
        """Drop all that is known."""
        with self.changing():
            for table in ("repository", "result"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our names
            self.count_change()

    def waiting(self, run: int, versions: Versions, *, retry_failed: bool) -> Iterator[Waiting]:
        """The repositories of a run that are to be scanned, the largest first; what is done meanwhile changes nothing.

        Those are the ones that never were, that failed (if asked for), and whose state or versions are others now.
        """
        condition, values = _is_waiting(run, versions, retry_failed=retry_failed)
        paths = self._connection.execute(
            f"SELECT path FROM repository WHERE {condition} ORDER BY weight DESC, path",  # noqa: S608
            values,
        ).fetchall()
        for (path,) in paths:
            row = self._connection.execute(
                "SELECT path, folder, name, wanted_commit, state FROM repository WHERE path = ?", (path,)
            ).fetchone()
            yield Waiting(*row)

    def waiting_count(self, run: int, versions: Versions, *, retry_failed: bool) -> tuple[int, int]:
        """How many repositories a run lists, and how many of them are to be scanned."""
        condition, values = _is_waiting(run, versions, retry_failed=retry_failed)
        execute = self._connection.execute
        (listed,) = execute("SELECT count(*) FROM repository WHERE run = ?", (run,)).fetchone()
        (waiting,) = execute(f"SELECT count(*) FROM repository WHERE {condition}", values).fetchone()  # noqa: S608
        return listed, waiting

    # --- what was done ------------------------------------------------------------------------------------------------

    def finish(self, report: Report, state: str | None, versions: Versions) -> None:
        """Write the row of a repository and its result, together."""
        values = (
            *(report.status, report.reason, report.repository, report.commit, state),
            *(versions.tool, versions.signatures, report.seconds, report.cpu, report.peak),
            *(report.files, report.size, report.usages, report.diagnostics, time.time(), report.path),
        )
        columns = ", ".join(f"{column} = ?" for column in _SCANNED)
        with self.changing():
            self._connection.execute(f"UPDATE repository SET {columns} WHERE path = ?", values)  # noqa: S608
            self._connection.execute("DELETE FROM result WHERE path = ?", (report.path,))
            if report.content:
                self._connection.execute("INSERT INTO result VALUES (?, ?)", (report.path, report.content))
            self.count_change()

    def results(self) -> Iterator[bytes]:
        """All results, compressed, by repository and path."""
        order = "SELECT path FROM repository JOIN result USING (path) ORDER BY repository, path"
        for (path,) in self._connection.execute(order).fetchall():
            (content,) = self._connection.execute("SELECT content FROM result WHERE path = ?", (path,)).fetchone()
            yield content

    def take_from(self, other: Path) -> None:
        """Take the rows and results of another manifest; of a repository that both have, those of the later scan."""
        connection = self._connection
        connection.execute("ATTACH ? AS other", (str(other / MANIFEST),))
        try:
            with self.changing():
                newer = (
                    "SELECT o.path FROM other.repository o LEFT JOIN main.repository m USING (path) "
                    "WHERE m.path IS NULL OR coalesce(o.finished_at, 0) > coalesce(m.finished_at, 0)"
                )
                connection.execute(f"CREATE TEMP TABLE newer AS {newer}")
                columns = ", ".join(_COPIED)
                connection.execute("DELETE FROM main.result WHERE path IN (SELECT path FROM newer)")
                connection.execute(
                    f"INSERT OR REPLACE INTO main.repository ({columns}) SELECT {columns} FROM other.repository "  # noqa: S608
                    "WHERE path IN (SELECT path FROM newer)"
                )
                connection.execute(
                    "INSERT INTO main.result SELECT * FROM other.result WHERE path IN (SELECT path FROM newer)"
                )
                connection.execute("DROP TABLE newer")
                self.count_change()
        finally:
            connection.execute("DETACH other")

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query of the table `repository` gives."""
        return self._connection.execute(query, values).fetchall()


def _is_waiting(run: int, versions: Versions, *, retry_failed: bool) -> tuple[str, tuple[object, ...]]:
    marks = ", ".join("?" * len(FAILURES))
    condition = (
        "run = ? AND (status IS NULL OR state IS NULL OR scanned_state IS NOT state OR tool_version IS NOT ? "
        f"OR signatures_version IS NOT ?{f' OR status IN ({marks})' if retry_failed else ''})"
    )
    failures = tuple(sorted(FAILURES)) if retry_failed else ()
    return condition, (run, versions.tool, versions.signatures, *failures)
