"""The models of a PeaTMOSS database, looked up by the name rules of the registry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from ptmscan.peatmoss.original import table
from ptmscan.peatmoss.rows import storable
from ptmscan.records import ModelReference
from ptmscan.registry.index import Registry
from ptmscan.registry.model import KnownHub, KnownModel
from ptmscan.registry.names import Known, NameRule, candidates, first_known

MODEL, HUB = table("model"), table("model_hub")
# Model hubs as the data set has them: id, name, url (arXiv 2402.00699, PeaTMOSS.db).
HUB_ROWS = {
    KnownHub.HUGGINGFACE: (1, "HuggingFace", "https://huggingface.co/"),
    KnownHub.PYTORCH: (2, "PyTorch", "https://pytorch.org"),
}
MAX_CACHED = 50_000
_MAX_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class Match:
    """The row of table `model` that a record means, and the rule that led to it."""

    model_id: int
    rule: NameRule


class Models:
    """Finds models, and creates them where that is asked for. Every call is inside a transaction of the connection.

    `registry` may know further names of a model; with `create`, only what it knows is created.
    """

    def __init__(self, connection: Connection, registry: Registry | None = None, *, create: bool = False) -> None:
        self._connection, self._registry, self._create = connection, registry, create
        self._hubs: dict[int, KnownHub] = {}
        self._cached: dict[str, tuple[int, KnownModel] | None] = {}
        self.created = 0
        self.forget()

    def forget(self) -> None:
        """What was found is no longer sure, because a transaction was rolled back."""
        self._cached.clear()
        self._hubs = hubs(self._connection)

    def prepare(self, references: Iterable[tuple[ModelReference, str]]) -> None:
        """Ask the database for the names of many models, each with the library that loads it, at once."""
        names = {one.name for reference, library in references for one in candidates(reference, library)}
        if len(self._cached) > MAX_CACHED:
            self._cached.clear()
        self._fetch([name for name in sorted(names) if name not in self._cached])

    def match(self, reference: ModelReference, library: str) -> Match | None:
        """The row that a usage of a library means; a new one where it is asked for and the model is unknown."""
        found = self._found(first_known(reference, library, self._lookup)) or self._by_registry(reference, library)
        if found is None and self._create and (wanted := self._to_create(reference, library)) is not None:
            return self._created(wanted)
        return found

    # --- looking up ---------------------------------------------------------------------------------------------------

    def _lookup(self, hub: KnownHub, name: str) -> KnownModel | None:
        row = self._row(name)
        return row[1] if row is not None and row[1].hub is hub else None

    def _row(self, name: str) -> tuple[int, KnownModel] | None:
        if name not in self._cached:
            self._fetch([name])
        return self._cached[name]

    def _fetch(self, names: Collection[str]) -> None:
        # No model has a name that a database cannot hold.
        self._cached.update(dict.fromkeys(names))
        pending = [name for name in names if storable(name) == name]
        columns = (MODEL.c.id, MODEL.c.context_id, MODEL.c.model_hub_id, MODEL.c.repo_url)
        for start in range(0, len(pending), _MAX_PARAMETERS):
            part = pending[start : start + _MAX_PARAMETERS]
            for model_id, name, hub_id, url in self._connection.execute(
                select(*columns).where(MODEL.c.context_id.in_(part))
            ):
                # SQLite compares "007" and "7" as numbers in this column: only the very name counts.
                if name in self._cached and hub_id in self._hubs:
                    self._cached[name] = (model_id, KnownModel(self._hubs[hub_id], name, repository=url))

    def _found(self, known: Known | None) -> Match | None:
        row = None if known is None else self._row(known.model.context_id)
        return None if known is None or row is None else Match(row[0], known.rule)

    def _by_registry(self, reference: ModelReference, library: str) -> Match | None:
        known = self._registry.known(reference, library) if self._registry is not None else None
        if known is None or self._lookup(known.model.hub, known.model.context_id) is None:
            return None
        return self._found(Known(known.model, NameRule.ALIAS))

    # --- creating -----------------------------------------------------------------------------------------------------

    def _to_create(self, reference: ModelReference, library: str) -> tuple[KnownModel, NameRule] | None:
        """The model that is to be added; None where its name is not proven, or taken."""
        if self._registry is not None:
            known = self._registry.known(reference, library)
            wanted = None if known is None else (known.model, known.rule)
        else:
            wanted = _proven(reference, library)
        if wanted is None or _changed_by_sqlite(wanted[0].context_id) or self._row(wanted[0].context_id) is not None:
            return None
        return wanted

    def _created(self, wanted: tuple[KnownModel, NameRule]) -> Match:
        model, rule = wanted
        model_id = next_id(self._connection, "model")
        row = {
            "id": model_id,
            "context_id": model.context_id,
            "model_hub_id": self._hub_id(model.hub),
            "sha": model.sha,
            "repo_url": model.repository,
            "downloads": model.downloads,
        }
        self._connection.execute(insert(MODEL), row)
        self._cached[model.context_id] = (model_id, model)
        self.created += 1
        return Match(model_id, rule)

    def _hub_id(self, hub: KnownHub) -> int:
        for number, known in self._hubs.items():
            if known is hub:
                return number
        number, name, url = HUB_ROWS[hub]
        if self._connection.execute(select(HUB.c.id).where(HUB.c.id == number)).first() is not None:
            number = next_id(self._connection, "model_hub")
        self._connection.execute(insert(HUB), {"id": number, "name": name, "url": url})
        self._hubs[number] = hub
        return number


def hubs(connection: Connection) -> dict[int, KnownHub]:
    """The hubs of a database by their ids."""
    known = {hub.lower(): hub for hub in KnownHub}
    rows = connection.execute(select(HUB.c.id, HUB.c.name))
    return {number: known[name.lower()] for number, name in rows if name and name.lower() in known}


def next_id(connection: Connection, name: str) -> int:
    """The id behind the highest of a table; explicit, for a database that was copied may have sequences that lag."""
    column = table(name).c.id
    highest = connection.execute(select(func.max(column))).scalar()
    return (highest or 0) + 1


def known_models(connection: Connection) -> Iterator[KnownModel]:
    """Every model of a database, for a registry."""
    names = hubs(connection)
    columns = (MODEL.c.context_id, MODEL.c.model_hub_id, MODEL.c.downloads, MODEL.c.sha, MODEL.c.repo_url)
    rows = connection.execution_options(yield_per=10_000).execute(select(*columns))
    for name, hub, downloads, sha, url in rows:
        if name is not None and hub in names:
            repository = url if names[hub] is KnownHub.PYTORCH else None
            yield KnownModel(names[hub], name, downloads=downloads, sha=sha, repository=repository)


def _proven(reference: ModelReference, library: str) -> tuple[KnownModel, NameRule] | None:
    """A model under the name that a rule or table proves; on PyTorch Hub the entry point alone."""
    named = candidates(reference, library)
    if not named or reference.id is None:
        return None
    last = named[-1] if named[0].hub is KnownHub.PYTORCH else named[0]
    repository = None if last.repository is None else f"github.com/{last.repository}"
    return KnownModel(last.hub, last.name, repository=repository), last.rule


def _changed_by_sqlite(name: str) -> bool:
    """Whether SQLite would store a name as a number in a column declared INTEGER."""
    try:
        float(name)
    except ValueError:
        return False
    return True
