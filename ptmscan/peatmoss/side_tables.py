"""Our own tables beside those of PeaTMOSS, and their versions. Their names begin with `ptmscan_`.

`ptmscan_run` has a row for each repository that was loaded, `ptmscan_usage` one for each call and model, with what the
tables of PeaTMOSS cannot hold. There are no foreign keys to their tables: on PostgreSQL these would alter them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from ptmscan.errors import PtmscanError

_METADATA = MetaData()

VERSIONS = Table("ptmscan_version", _METADATA, Column("version", Integer, primary_key=True))

RUN = Table(
    "ptmscan_run",
    _METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("repository", String),
    Column("commit_id", String),
    Column("reuse_repository_id", Integer),
    Column("made_repository", Boolean),
    Column("tool", String),
    Column("tool_version", String),
    Column("signatures_version", String),
    Column("schema_version", Integer),
    Column("files", Integer),
    Column("files_read", Integer),
    Column("usages", Integer),
    Column("diagnostics", Integer),
    Column("suspects", Integer),
    Column("diagnostic_list", String),
    Column("digest", String),
)

USAGE = Table(
    "ptmscan_usage",
    _METADATA,
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("usage_number", Integer, primary_key=True, autoincrement=False),
    Column("model_number", Integer, primary_key=True, autoincrement=False),
    *(Column(name, String) for name in ("path", "scope", "source_line", "line_hash", "signature", "library")),
    *(Column(name, Integer) for name in ("cell", "line", "column_number", "end_line", "end_column", "file_line")),
    *(Column(name, String) for name in ("callee", "resolved_to", "component", "arguments", "release_list")),
    *(Column(name, Boolean) for name in ("pretrained", "trust_remote_code", "exhaustive", "known")),
    *(Column(name, String) for name in ("open_reason", "outcome", "reason", "confirmed_by", "fingerprint")),
    Column("confidence", Float),
    *(Column(name, String) for name in ("model_name", "identifier", "hub", "revision", "model_outcome", "origin")),
    *(Column(name, String) for name in ("via", "evidence", "name_rule")),
    Column("model_id", Integer),
    *(Column(name, Boolean) for name in ("is_link", "made_link", "made_file")),
)

# One entry a version, each a list of statements that SQLite and PostgreSQL both take. Entries are never changed once
# released; a new one is added, and the tables above say what all of them together make.
MIGRATIONS: tuple[Sequence[str], ...] = (
    (
        """
        CREATE TABLE ptmscan_run (
          id INTEGER NOT NULL PRIMARY KEY, repository VARCHAR NOT NULL UNIQUE, commit_id VARCHAR,
          reuse_repository_id INTEGER, made_repository BOOLEAN NOT NULL,
          tool VARCHAR NOT NULL, tool_version VARCHAR NOT NULL, signatures_version VARCHAR NOT NULL,
          schema_version INTEGER NOT NULL, files INTEGER NOT NULL, files_read INTEGER NOT NULL,
          usages INTEGER NOT NULL, diagnostics INTEGER NOT NULL, suspects INTEGER, diagnostic_list VARCHAR NOT NULL,
          digest VARCHAR NOT NULL)
        """,
        """
        CREATE TABLE ptmscan_usage (
          run_id INTEGER NOT NULL REFERENCES ptmscan_run (id), usage_number INTEGER NOT NULL,
          model_number INTEGER NOT NULL, path VARCHAR NOT NULL, cell INTEGER, line INTEGER NOT NULL,
          column_number INTEGER NOT NULL, end_line INTEGER NOT NULL, end_column INTEGER NOT NULL,
          scope VARCHAR NOT NULL, source_line VARCHAR NOT NULL, line_hash VARCHAR NOT NULL,
          signature VARCHAR NOT NULL, library VARCHAR NOT NULL, callee VARCHAR NOT NULL, resolved_to VARCHAR NOT NULL,
          component VARCHAR NOT NULL, pretrained BOOLEAN, arguments VARCHAR NOT NULL, trust_remote_code BOOLEAN,
          exhaustive BOOLEAN NOT NULL, open_reason VARCHAR, outcome VARCHAR NOT NULL, reason VARCHAR,
          confirmed_by VARCHAR NOT NULL, confidence DOUBLE PRECISION NOT NULL, fingerprint VARCHAR NOT NULL,
          release_list VARCHAR, model_name VARCHAR, identifier VARCHAR, hub VARCHAR, revision VARCHAR,
          model_outcome VARCHAR, origin VARCHAR, via VARCHAR, evidence VARCHAR, known BOOLEAN,
          model_id INTEGER, name_rule VARCHAR, is_link BOOLEAN NOT NULL, made_link BOOLEAN NOT NULL,
          made_file BOOLEAN NOT NULL, PRIMARY KEY (run_id, usage_number, model_number))
        """,
        "CREATE INDEX ptmscan_usage_model ON ptmscan_usage (model_id)",
    ),
    ("ALTER TABLE ptmscan_usage ADD COLUMN file_line INTEGER",),
)


class SideTableError(PtmscanError):
    """Our tables in a database are not of a version that this program knows."""


def migrate(connection: Connection) -> None:
    """Bring our tables to the newest version, inside the transaction of the connection.

    Raises:
        SideTableError: they were made by a newer version of this program.
    """
    present = version(connection)
    if present > len(MIGRATIONS):
        raise SideTableError(
            f"the ptmscan tables of this database are of version {present}, this ptmscan knows {len(MIGRATIONS)}"
        )
    if present == 0:
        connection.execute(text("CREATE TABLE IF NOT EXISTS ptmscan_version (version INTEGER NOT NULL PRIMARY KEY)"))
    for number, statements in enumerate(MIGRATIONS[present:], present + 1):
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(insert(VERSIONS), {"version": number})


def check_version(connection: Connection) -> None:
    """Whether this program can read our tables.

    Raises:
        SideTableError: they are not there, or of another version.
    """
    present = version(connection)
    if present == 0:
        raise SideTableError("nothing was loaded into this database by ptmscan")
    if present != len(MIGRATIONS):
        raise SideTableError(
            f"the ptmscan tables of this database are of version {present}, this ptmscan reads {len(MIGRATIONS)}"
        )


def version(connection: Connection) -> int:
    """The version of our tables in a database; 0 where there are none."""
    if not inspect(connection).has_table(VERSIONS.name):
        return 0
    found = connection.execute(select(VERSIONS.c.version)).scalars().all()
    return max(found, default=0)
