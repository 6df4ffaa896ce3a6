"""Opening databases: SQLite and PostgreSQL through SQLAlchemy, with one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from ptmscan.errors import PtmscanError, UsageError
from ptmscan.peatmoss.original import description

ENGINES = ("sqlite", "postgresql")
# What a loader needs of the 56 tables.
LINK_TABLES = ("model", "model_hub", "reuse_repository", "model_to_reuse_repository", "reuse_file")
# The key of PostgreSQL's advisory lock that loaders take: "ptmscan" read as a number.
_LOCK = 0x70746D7363616E


class DatabaseError(PtmscanError):
    """A database cannot be reached, or is none with the tables of PeaTMOSS."""


def database_url(text_: str) -> URL:
    """A SQLAlchemy URL, or the path of a SQLite file.

    Raises:
        UsageError: it is neither, or of another engine.
    """
    try:
        url = make_url(text_ if "://" in text_ else f"sqlite:///{text_}")
    except ArgumentError as error:
        raise UsageError(f"{text_}: is no database URL, such as sqlite:///PeaTMOSS.db") from error
    if url.get_backend_name() not in ENGINES:
        raise UsageError(f"{url.get_backend_name()}: only sqlite:///FILE and postgresql+psycopg://… are supported")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url


@contextmanager
def writing(url: URL, *, create: bool, dry_run: bool = False) -> Iterator[Connection]:
    """A connection for a loader. With `create` a SQLite file need not be there; a dry run then makes none.

    Raises:
        DatabaseError: it cannot be reached.
    """
    if not create:
        _must_exist(url)
    elif dry_run and url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        url = url.set(database=":memory:")
    with _connected(_engine(url, begin="BEGIN IMMEDIATE")) as connection:
        yield connection


@contextmanager
def reading(url: URL) -> Iterator[Connection]:
    """A connection that only reads.

    Raises:
        DatabaseError: it cannot be reached, or the tables are not there.
    """
    _must_exist(url)
    with _connected(_engine(url, begin="BEGIN")) as connection, connection.begin():
        check_tables(connection)
        yield connection


def check_tables(connection: Connection) -> None:
    """Whether the tables that links go to are there.

    Raises:
        DatabaseError: they are not.
    """
    missing = set(LINK_TABLES) - set(inspect(connection).get_table_names())
    if missing:
        raise DatabaseError(f"no PeaTMOSS database: table {min(missing)} is missing; `load --create` makes the tables")


def create_tables(connection: Connection) -> None:
    """Make those of the 56 tables that are not there."""
    metadata = description()
    if connection.dialect.name != "sqlite":
        metadata.create_all(connection, checkfirst=True)
        return
    # Tables refer to each other in circles. `create_all` leaves a constraint of a circle to an ALTER, which SQLite has
    # not; but there a constraint may name a table that is not there yet.
    there = set(inspect(connection).get_table_names())
    for table in metadata.tables.values():
        if table.name not in there:
            every = sorted(table.foreign_key_constraints, key=lambda found: tuple(found.column_keys))
            connection.execute(CreateTable(table, include_foreign_key_constraints=every))


def lock(connection: Connection) -> None:
    """Wait until no other loader is in a transaction; SQLite did it when ours began."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _must_exist(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        raise DatabaseError(f"{url.database or 'memory'}: there is no such database; `load --create` makes one")


def _engine(url: URL, *, begin: str) -> Engine:
    try:
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        raise DatabaseError(f"this needs {error.name}: pip install 'ptmscan[postgresql]'") from error
    except (NoSuchModuleError, ArgumentError) as error:
        raise DatabaseError(str(error)) from error
    if url.get_backend_name() == "sqlite":
        # sqlite3 would begin transactions by itself, too late for ours to be whole (SQLAlchemy, "SAVEPOINT support").
        event.listen(engine, "connect", _no_own_transactions)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _no_own_transactions(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 60000")


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise DatabaseError(f"the database says: {one_line(error)}") from error
    finally:
        engine.dispose()


def one_line(error: SQLAlchemyError) -> str:
    """What the database says, without the statement and its rows."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())
