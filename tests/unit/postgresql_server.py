"""A real PostgreSQL server for the tests, from Debian's packages, on a Unix socket in a folder of its own."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# Set where the tests must not be skipped, as .ci/run does.
REQUIRED = "PTMSCAN_TEST_POSTGRESQL"
SETTINGS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=20"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs; its socket lies in `folder`."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://ptmscan@/{name}?host={self.folder}"

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """An empty database, dropped afterwards."""
        import psycopg

        name = f"test_{next(self.numbers)}"
        where = f"host={self.folder} user=ptmscan dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            yield self.url(name)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_server() -> Iterator[Server]:
    """A server of its own for a test session; skips the test where PostgreSQL is not installed."""
    tools = _tools()
    if tools is None:
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    # Short, because the path of a Unix socket is at most 107 bytes, and open to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="ptmscan-pg-", dir="/tmp"))
    try:
        user = _unprivileged(folder)
        data = folder / "data"
        _run(
            [tools / "initdb", "-D", data, "-U", "ptmscan", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            user,
        )
        options = f"{SETTINGS} -c unix_socket_directories={folder}"
        _run([tools / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"], user)
        try:
            yield Server(folder)
        finally:
            _run([tools / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tools() -> Path | None:
    """The folder of the server's programs; Debian keeps them out of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[4]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _unprivileged(folder: Path) -> str | None:
    """The user that the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    return user


def _run(command: list[str | Path], user: str | None) -> None:
    # Output goes to a file: the server inherits it, and a pipe would be waited for until the server ends.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            user=user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            timeout=120,
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode("utf-8", "replace")
