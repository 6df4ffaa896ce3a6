"""What changed between two scans of one repository: models added, removed, re-pinned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ptmscan.policy.identity import dependencies, pinned_models
from ptmscan.records import UsageRecord


class ChangeKind(StrEnum):
    """How the dependency on a model changed."""

    ADDED = "added"
    REMOVED = "removed"
    REPINNED = "re-pinned"


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One model whose dependency changed. Revisions are sorted, `""` stands for none; `usages` load it now, or did."""

    kind: ChangeKind
    model: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    usages: tuple[UsageRecord, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The models that changed, by name, and the loads of models that are not known, by place."""

    models: tuple[ModelChange, ...]
    unknown_added: tuple[UsageRecord, ...]
    unknown_removed: tuple[UsageRecord, ...]


def changes(before: Iterable[UsageRecord], after: Iterable[UsageRecord]) -> Changes:
    """Compare the usages of two scans. Where a model is loaded is of no account, only whether and at which revision."""
    old, new = tuple(dependencies(before)), tuple(dependencies(after))
    old_models, new_models = _by_model(old), _by_model(new)
    found = []
    for model in sorted(old_models.keys() | new_models.keys()):
        was, now = old_models.get(model, {}), new_models.get(model, {})
        if was.keys() != now.keys():
            found.append(_change(model, was, now))
    return Changes(tuple(found), _unknown(new, old), _unknown(old, new))


def _by_model(usages: Iterable[UsageRecord]) -> dict[str, dict[str, list[UsageRecord]]]:
    """The usages by model and revision."""
    found: dict[str, dict[str, list[UsageRecord]]] = {}
    for usage in usages:
        for pin in pinned_models(usage):
            found.setdefault(pin.model, {}).setdefault(pin.revision, []).append(usage)
    return found


def _change(model: str, was: dict[str, list[UsageRecord]], now: dict[str, list[UsageRecord]]) -> ModelChange:
    kind = ChangeKind.ADDED if not was else ChangeKind.REMOVED if not now else ChangeKind.REPINNED
    differing = (was.keys() if kind is ChangeKind.REMOVED else now.keys() - was.keys()) or now.keys()
    side = was if kind is ChangeKind.REMOVED else now
    usages = {id(usage): usage for revision in sorted(differing) for usage in side[revision]}
    return ModelChange(kind, model, tuple(sorted(was)), tuple(sorted(now)), tuple(usages.values()))


def _unknown(here: Iterable[UsageRecord], there: Iterable[UsageRecord]) -> tuple[UsageRecord, ...]:
    """The loads of no known model that stand here and not there."""
    others = {usage.fingerprint for usage in there}
    return tuple(usage for usage in here if not pinned_models(usage) and usage.fingerprint not in others)
