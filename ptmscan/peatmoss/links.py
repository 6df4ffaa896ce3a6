"""The rows that one repository has in the link tables of PeaTMOSS: what is there, what is ours, what is wanted.

Rows of the data set itself are never taken away: only what an earlier load of ours added is.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, insert, select

from ptmscan.peatmoss.models import next_id
from ptmscan.peatmoss.original import table

REPOSITORY, LINK, FILE = table("reuse_repository"), table("model_to_reuse_repository"), table("reuse_file")
# Tables that hold something of a repository; a row of ours goes only when none of them does.
_REFERENCES = (LINK, FILE, table("reuse_repo_to_issue"), table("reuse_repo_to_pull_request"))


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as the data set names it. `owner` is None for a folder without a remote."""

    owner: str | None
    name: str
    url: str | None

    def path(self, path: str) -> str:
        """A path in the form of the data set, `owner_name/name/…`: so that no two repositories share one."""
        return f"{(self.owner or '').replace('/', '_')}_{self.name}/{self.name}/{path}"


def repository_of(written: str, host: str) -> Repository:
    """The repository of a record, `owner/name`, on a host such as github.com."""
    owner, slash, name = written.rpartition("/")
    return Repository(owner, name, f"{host}/{written}") if slash else Repository(None, name, None)


@dataclass(slots=True)
class Rows:
    """Rows of one repository: the models that it is linked to, and the files with the models that they use."""

    links: Set[int] = field(default_factory=frozenset)
    files: Set[tuple[str, int]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows were added and taken away, and the id of the repository's own row, if it has one."""

    repository_id: int | None
    made_repository: bool
    repositories: int = 0
    links_added: int = 0
    links_removed: int = 0
    files_added: int = 0
    files_removed: int = 0


def repository_id(connection: Connection, repository: Repository) -> int | None:
    """The id of a repository's row, if there is one."""
    owner = REPOSITORY.c.owner
    same_owner = owner.is_(None) if repository.owner is None else owner == repository.owner
    return connection.execute(
        select(REPOSITORY.c.id).where(same_owner, REPOSITORY.c.name == repository.name).order_by(REPOSITORY.c.id)
    ).scalar()


def present(connection: Connection, number: int | None) -> Rows:
    """The rows that a repository has, whoever added them."""
    if number is None:
        return Rows()
    links = connection.execute(select(LINK.c.model_id).where(LINK.c.reuse_repository_id == number)).scalars()
    files = connection.execute(select(FILE.c.path, FILE.c.model_id).where(FILE.c.reuse_repository_id == number))
    return Rows(frozenset(links), frozenset((path, model) for path, model in files))


def bring_about(
    connection: Connection,
    repository: Repository,
    number: int | None,
    *,
    there: Rows,
    ours: Rows,
    wanted: Rows,
    made_repository: bool,
) -> Changes:
    """Add the rows that are wanted and not there; take away those of ours that are no longer wanted.

    `number` is the id of the repository's row, if it has one; `made_repository` tells whether that row is ours.
    """
    before = number is not None
    if number is None:
        if not wanted.links:
            return Changes(None, made_repository=False)
        number = next_id(connection, "reuse_repository")
        row = {"id": number, "owner": repository.owner, "name": repository.name, "url": repository.url}
        connection.execute(insert(REPOSITORY), row)
        made_repository = True
    old_links, old_files = ours.links - wanted.links, ours.files - wanted.files
    new_links, new_files = wanted.links - there.links, wanted.files - there.files
    _remove(connection, number, old_links & there.links, old_files & there.files)
    _add(connection, number, new_links, new_files)
    kept = wanted.links or not made_repository or _is_referred_to(connection, number)
    if not kept:
        connection.execute(delete(REPOSITORY).where(REPOSITORY.c.id == number))
    return Changes(
        repository_id=number if kept else None,
        made_repository=bool(kept) and made_repository,
        repositories=bool(kept) - before,
        links_added=len(new_links),
        links_removed=len(old_links & there.links),
        files_added=len(new_files),
        files_removed=len(old_files & there.files),
    )


def _add(connection: Connection, number: int, links: Set[int], files: Set[tuple[str, int]]) -> None:
    if links:
        rows = [{"model_id": model, "reuse_repository_id": number} for model in sorted(links)]
        connection.execute(insert(LINK), rows)
    if files:
        first = next_id(connection, "reuse_file")
        connection.execute(
            insert(FILE),
            [
                {"id": row, "path": path, "model_id": model, "reuse_repository_id": number}
                for row, (path, model) in enumerate(sorted(files), first)
            ],
        )


def _remove(connection: Connection, number: int, links: Set[int], files: Set[tuple[str, int]]) -> None:
    if files:
        one = delete(FILE).where(
            FILE.c.reuse_repository_id == number, FILE.c.path == bindparam("a"), FILE.c.model_id == bindparam("b")
        )
        connection.execute(one, [{"a": path, "b": model} for path, model in sorted(files)])
    if links:
        one = delete(LINK).where(LINK.c.reuse_repository_id == number, LINK.c.model_id == bindparam("a"))
        connection.execute(one, [{"a": model} for model in sorted(links)])


def _is_referred_to(connection: Connection, number: int) -> bool:
    columns = (one.c.reuse_repository_id for one in _REFERENCES)
    return any(connection.execute(select(column).where(column == number).limit(1)).first() for column in columns)
