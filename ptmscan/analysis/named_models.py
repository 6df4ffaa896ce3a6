"""Which models a call names: its texts become identities, in the release that the repository asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from ptmscan.analysis import gates, model_names
from ptmscan.analysis.releases import Chooser, Release
from ptmscan.analysis.values import Arguments, StepKind, Trace, Value, weightier
from ptmscan.signatures.identity import local
from ptmscan.signatures.model import ModelSource, Signature
from ptmscan.signatures.names import (
    FOLDER_RULES,
    OBJECT_RULES,
    Identity,
    TreeView,
    default_model,
    identify,
    is_canonical,
    releases_of_rule,
    releases_of_table,
)

MAX_MODELS = 64

# Asked for on demand: the folders that launches of the repository write to.
WrittenFolders: TypeAlias = Callable[[], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that a call may load: its identity, the trace of its name, where the name comes from."""

    identity: Identity
    trace: Trace
    revision: str | None
    from_library: bool = False
    release: Release | None = None


class NamedModels:
    """Turns the arguments of a call into the models that they name."""

    def __init__(self, tree: TreeView, releases: Chooser, written: WrittenFolders) -> None:
        self.tree, self.releases, self._written = tree, releases, written

    def of_call(
        self, signature: Signature, parts: list[Value | None], arguments: Arguments, revision: str | None, path: str
    ) -> tuple[tuple[Candidate, ...], str | None]:
        """The models of a call in a file, and why there may be others; `parts` are the values that name the model."""
        models, reason = self._named(signature, parts, arguments, revision, path)
        return self._with_further(signature, arguments, models, reason)

    def _named(
        self, signature: Signature, parts: list[Value | None], arguments: Arguments, revision: str | None, path: str
    ) -> tuple[tuple[Candidate, ...], str | None]:
        if signature.source is ModelSource.IMPLICIT or not parts or parts[0] is None or gates.is_none(parts[0]):
            return self._default(signature, arguments, revision, path)
        objects = signature.name_rule in OBJECT_RULES
        choices: list[list[tuple[str | None, Trace, str | None]]] = []
        reason: str | None = None
        for i, part in enumerate(parts):
            texts, open_reason = model_names.texts_of(part, objects=objects, optional=i > 0)
            reason = weightier(reason, open_reason)
            choices.append(texts or ([("?", (), None)] if i else []))
        found: dict[tuple[str, str | None], Candidate] = {}
        for row in product(*choices):
            trace = tuple(step for _, steps, _ in row for step in steps)
            texts_of_row = tuple(text or "" for text, _, _ in row)
            if any(partial for _, _, partial in row):
                reason = reason or next(p for _, _, p in row if p)
                continue
            identity, release = self._identified(signature, texts_of_row, path)
            if _is_written(identity, signature, trace, self._written):
                identity = local(identity.name, "a launch of the repository writes to a folder of that name")
            if identity.name:
                candidate = Candidate(identity, trace, identity.revision or revision, release=release)
                found.setdefault((identity.name, identity.id), candidate)
            if len(found) >= MAX_MODELS:
                reason = reason or f"more than {MAX_MODELS} possible models"
                break
        return tuple(found.values()), reason

    def _identified(self, signature: Signature, texts: tuple[str, ...], path: str) -> tuple[Identity, Release | None]:
        """What a name means in the release that the repository asks for."""
        of = releases_of_rule(signature.name_rule)
        if of is None:
            return identify(signature.name_rule, texts, self.tree), None
        found, release = self.releases.choose(
            of, path, lambda one: (identify(signature.name_rule, texts, self.tree, release=one), None)
        )
        return (found[0] if found else identify(signature.name_rule, texts, self.tree)), release

    def _with_further(
        self, signature: Signature, arguments: Arguments, models: tuple[Candidate, ...], reason: str | None
    ) -> tuple[tuple[Candidate, ...], str | None]:
        """The models, and those that further arguments of the call name."""
        for spec in signature.further:
            value = gates.argument(spec, arguments)
            if value is None or gates.is_none(value):
                continue
            texts, open_reason = model_names.texts_of(value, objects=False, optional=False)
            reason = weightier(reason, open_reason)
            for text, trace, partial in texts:
                reason = weightier(reason, partial)
                if text and not partial:
                    models += (Candidate(identify(signature.name_rule, (text,), self.tree), trace, None),)
        return models, reason

    def _default(
        self, signature: Signature, arguments: Arguments, revision: str | None, path: str
    ) -> tuple[tuple[Candidate, ...], str | None]:
        """The models that the library loads when the call names none."""
        default = signature.default
        if default is None:
            return (), None if not arguments.complete else "the call names no model"
        if default.name is not None:
            identity, release = self._identified(signature, (default.name,), path)
            return (Candidate(identity, (), revision, from_library=True, release=release),), None
        if default.key is not None and default.table is not None:
            chosen, release = self._default_of(signature, default.table, default.key, path)
            if chosen is None:
                return (), "the library's default is not known"
            return (Candidate(chosen[0], (), revision or chosen[1], from_library=True, release=release),), None
        if default.by is None or default.table is None:
            return (), "the library chooses the model"
        key = gates.argument(default.by, arguments)
        texts, reason = (
            model_names.texts_of(key, objects=False, optional=True)
            if key is not None
            else ([], "the library chooses the model")
        )
        found = []
        for text, trace, _ in texts:
            chosen, release = self._default_of(signature, default.table, text or "", path)
            if chosen is None:
                asked = release and release.requirement
                of = f"{asked.distribution} {asked.text}" if asked else "the library"
                reason = reason or f"the default of {of} for this task is not known"
                continue
            found.append(Candidate(chosen[0], trace, revision or chosen[1], from_library=True, release=release))
        return tuple(found), reason

    def _default_of(
        self, signature: Signature, table: str, key: str, path: str
    ) -> tuple[tuple[Identity, str | None] | None, Release | None]:
        """The default model and its revision in the release that the repository asks for."""

        def ask(release: str | None) -> tuple[Identity, str | None] | None:
            chosen = default_model(table, key, release)
            return chosen and (identify(signature.name_rule, (chosen[0],), self.tree), chosen[1])

        return self.releases.choose(releases_of_table(table, key), path, ask)


def _is_written(identity: Identity, signature: Signature, trace: Trace, written: WrittenFolders) -> bool:
    """Whether a launch passes a bare name, unknown to the hub's old list, that another launch writes a folder of."""
    if signature.name_rule not in FOLDER_RULES or "/" in identity.name or is_canonical(identity.name):
        return False
    return any(step.kind is StepKind.COMMAND_LINE for step in trace) and identity.name in written()
