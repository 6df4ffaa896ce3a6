"""The tables are those of the data set, and ours grow by versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from peatmoss_data import call, data_set, loaded, query, resnet, scan, write
from sqlalchemy import create_engine, inspect, text

from ptmscan.errors import UsageError
from ptmscan.peatmoss import side_tables
from ptmscan.peatmoss.database import create_tables, database_url, writing
from ptmscan.peatmoss.original import SCHEMA, original
from ptmscan.peatmoss.side_tables import RUN, USAGE, VERSIONS, migrate, version

ROWS = [line.split("\t") for line in SCHEMA.read_text(encoding="utf-8").splitlines()[2:]]


def described(url: str) -> dict[str, tuple[object, ...]]:
    """Columns, keys and constraints of every table, as the database itself tells them."""
    engine = create_engine(database_url(url))
    found = {}
    with engine.connect() as connection:
        inspector = inspect(connection)
        for name in inspector.get_table_names():
            found[name] = (
                [(c["name"], re.sub(r"\W.*", "", str(c["type"])), c["nullable"]) for c in inspector.get_columns(name)],
                sorted(inspector.get_pk_constraint(name)["constrained_columns"]),
                sorted(sorted(u["column_names"]) for u in inspector.get_unique_constraints(name)),
                sorted(f"{k['constrained_columns']}{k['referred_table']}" for k in inspector.get_foreign_keys(name)),
            )
    engine.dispose()
    return found


def test_created_tables_are_those_of_the_data_set(database: str) -> None:
    with writing(database_url(database), create=True) as connection, connection.begin():
        create_tables(connection)
    found = described(database)
    assert len(found) == 56
    for name, (columns, keys, uniques, references) in found.items():
        rows = [row for row in ROWS if row[0] == name]
        assert [column[0] for column in columns] == [row[1] for row in rows]
        for (column, kind, nullable), row in zip(columns, rows, strict=True):
            is_name = (name, column) == ("model", "context_id") and database.startswith("postgresql")
            assert kind == ("VARCHAR" if is_name else row[2])
            assert nullable == (row[3] == "0")
        assert keys == sorted(row[1] for row in rows if row[4] != "0")
        assert uniques == sorted(sorted(u.split("+")) for u in {row[5] for row in rows if row[5]})
        assert references == sorted(f"['{row[1]}']{row[6].split('.')[0]}" for row in rows if row[6])


def test_a_load_alters_no_table_of_the_data_set(database: str, tmp_path: Path) -> None:
    data_set(database)
    before = described(database)
    loaded(database, write(tmp_path / "a.jsonl", scan("a/b", call("a.py", resnet()))))
    after = described(database)
    ours = {name: after.pop(name) for name in list(after) if name.startswith("ptmscan_")}
    assert after == before
    assert sorted(ours) == ["ptmscan_run", "ptmscan_usage", "ptmscan_version"]


def test_migrations_make_the_tables_that_the_code_uses(database: str) -> None:
    with writing(database_url(database), create=True) as connection, connection.begin():
        assert version(connection) == 0
        migrate(connection)
        migrate(connection)
        assert version(connection) == len(side_tables.MIGRATIONS)
    found = described(database)
    for table in (RUN, USAGE, VERSIONS):
        assert sorted(column[0] for column in found[table.name][0]) == sorted(table.columns.keys())
        assert found[table.name][1] == sorted(table.primary_key.columns.keys())


def test_older_tables_are_brought_up_to_date_with_their_rows(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_set(database)
    file = write(tmp_path / "a.jsonl", scan("a/b", call("a.py", resnet())))
    loaded(database, file)
    added = ["ALTER TABLE ptmscan_run ADD COLUMN note VARCHAR", "UPDATE ptmscan_run SET note = 'x'"]
    monkeypatch.setattr(side_tables, "MIGRATIONS", (*side_tables.MIGRATIONS, added))
    loaded(database, file)
    assert query(database, "SELECT version FROM ptmscan_version ORDER BY 1") == [
        (number,) for number in range(1, len(side_tables.MIGRATIONS) + 1)
    ]
    assert query(database, "SELECT repository, note FROM ptmscan_run") == [("a/b", "x")]


def test_a_migration_that_fails_leaves_nothing_behind(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data_set(database)
    added = ["CREATE TABLE half (id INTEGER)", "NONSENSE"]
    monkeypatch.setattr(side_tables, "MIGRATIONS", (*side_tables.MIGRATIONS, added))
    with pytest.raises(Exception, match=r"(?i)syntax"):
        loaded(database)
    assert not [name for name in described(database) if name.startswith("ptmscan_") or name == "half"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("PeaTMOSS.db", "sqlite:///PeaTMOSS.db"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
        ("postgresql://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
    ],
)
def test_database_urls(given: str, expected: str) -> None:
    assert database_url(given).render_as_string() == expected


@pytest.mark.parametrize("given", ["mysql://u@h/n", "://"])
def test_other_engines_are_refused(given: str) -> None:
    with pytest.raises(UsageError):
        database_url(given)


def test_a_password_is_never_told(postgresql, tmp_path: Path) -> None:
    from ptmscan.peatmoss.database import DatabaseError

    url = database_url(f"postgresql://ptmscan:hunter2@/missing?host={postgresql.folder}")
    with pytest.raises(DatabaseError) as error, writing(url, create=True) as connection:
        connection.execute(text("SELECT 1"))
    assert "hunter2" not in str(error.value)
    assert "missing" in str(error.value)


def test_all_tables_of_the_description_are_known() -> None:
    assert len(original().tables) == len({row[0] for row in ROWS}) == 56
