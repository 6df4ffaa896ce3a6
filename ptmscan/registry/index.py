"""The registry file: a read-only SQLite database that is opened, not loaded, and answers from the pages it needs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from ptmscan.errors import PtmscanError
from ptmscan.records import ModelOutcome, ModelReference, Origin, Via
from ptmscan.registry.model import KnownHub, KnownModel
from ptmscan.registry.names import Known, first_known

# "ptmr": sqlite3 and file(1) show it, and no other SQLite file is taken for a registry.
APPLICATION_ID = 0x70746D72
FORMAT_VERSION = 1
# The hubs by their number in the file; the numbers are those of PeaTMOSS.
HUB_NUMBERS = {KnownHub.HUGGINGFACE: 1, KnownHub.PYTORCH: 2}
_HUBS = {number: hub for hub, number in HUB_NUMBERS.items()}

_COLUMNS = "m.hub, m.name, m.downloads, m.sha, m.repository"
_BY_NAME = f"SELECT {_COLUMNS} FROM model m WHERE m.name = ? AND m.hub = ?"  # noqa: S608  # constants only
_BY_ALIAS = f"SELECT {_COLUMNS} FROM alias a JOIN model m ON m.id = a.model WHERE a.name = ? AND a.hub = ?"  # noqa: S608
# A bare name says that it is a model's only if it looks like no plain word.
_NO_PLAIN_WORD = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9_-]).{4,}")


class RegistryError(PtmscanError):
    """A registry cannot be read or built."""


class Registry:
    """The known models of one registry file.

    Raises:
        RegistryError: the file is missing, is no registry, or of a format that this version does not read.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._connection = path, _opened(path)

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            raise RegistryError(f"{self._path}: cannot be read: {error}; build it again") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def lookup(self, hub: KnownHub, name: str) -> KnownModel | None:
        """The model of that name on a hub, or else the only one that has it as an alias."""
        key = (_storable(name), HUB_NUMBERS[hub])
        rows = self._connection.execute(_BY_NAME, key).fetchall()
        rows = rows or self._connection.execute(_BY_ALIAS, key).fetchall()
        return _model(rows[0]) if len(rows) == 1 else None

    def known(self, reference: ModelReference, library: str) -> Known | None:
        """The known model that a usage of a library means, by the name rules; None when it is not known."""
        return first_known(reference, library, self.lookup)

    def named_by(self, text: str) -> KnownModel | None:
        """The model that a text names without doubt: `organisation/name`, or a bare name that is no plain word.

        A bare name has a digit, a hyphen or an underscore, and one hub alone knows it.
        """
        if "/" not in text and not _NO_PLAIN_WORD.fullmatch(text):
            return None
        reference = ModelReference(text, None, None, None, ModelOutcome.RESOLVED, Origin.CODE, Via.LITERAL)
        known = self.known(reference, "")
        found = [known.model] if known is not None else []
        if "/" not in text and (entry_point := self.lookup(KnownHub.PYTORCH, text)) is not None:
            found.append(entry_point)
        return found[0] if len(found) == 1 else None

    def models(self) -> Iterator[KnownModel]:
        """All models, by hub and name, without their aliases."""
        for row in self._connection.execute(f"SELECT {_COLUMNS} FROM model m ORDER BY m.hub, m.name"):  # noqa: S608
            yield _model(row)

    def __len__(self) -> int:
        count: int = self._connection.execute("SELECT count(*) FROM model").fetchone()[0]
        return count


def _model(row: tuple[int, str, int | None, str | None, str | None]) -> KnownModel:
    hub, name, downloads, sha, repository = row
    return KnownModel(_HUBS[hub], name, downloads=downloads, sha=sha, repository=repository)


def _storable(text: str) -> str:
    """SQLite takes no lone surrogate; a name with one is known nowhere."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise RegistryError(f"{path}: there is no such registry; `ptmscan registry build` makes one")
    with _sqlite_errors(path):
        # Immutable: no lock and no journal, so that a read-only folder and many processes at once are fine.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            check_format(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no registry of this format.

    Raises:
        RegistryError: it is not.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise RegistryError(f"{path}: is no registry of ptmscan")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != FORMAT_VERSION:
        raise RegistryError(f"{path}: registry format {version}, this ptmscan reads {FORMAT_VERSION}; build it again")


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RegistryError(f"{path}: cannot be read as a registry: {error}") from error
