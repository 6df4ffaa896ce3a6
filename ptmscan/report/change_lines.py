"""What changed between two scans, as lines for people or as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ptmscan.policy.changes import ChangeKind
from ptmscan.report.printable import printable
from ptmscan.report.words import place

if TYPE_CHECKING:
    from ptmscan.policy.changes import Changes, ModelChange
    from ptmscan.records import UsageRecord

_MAX_TEXT = 300
_MAX_PLACES = 3
_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.REPINNED: "~"}


def change_lines(changes: Changes) -> Iterator[str]:
    """`+ huggingface:org/name  app.py:3` for each model added, `-` removed, `~` re-pinned, `?` for unknown models."""
    for change in changes.models:
        revisions = _revisions(change)
        yield f"{_SIGNS[change.kind]} {_short(change.model)}{revisions}  {_places(change.usages)}"
    yield from (f"+ ? {_unknown(usage)}" for usage in changes.unknown_added)
    yield from (f"- ? {_unknown(usage)}" for usage in changes.unknown_removed)


def changes_json(changes: Changes) -> str:
    """The same as one JSON document, in ASCII."""
    document = {
        "models": [
            {
                "change": change.kind.value,
                "model": change.model,
                "before": [revision or None for revision in change.before],
                "after": [revision or None for revision in change.after],
                "places": [place(usage) for usage in change.usages],
            }
            for change in changes.models
        ],
        "unknown_added": [place(usage) for usage in changes.unknown_added],
        "unknown_removed": [place(usage) for usage in changes.unknown_removed],
    }
    return json.dumps(document, indent=1) + "\n"


def _revisions(change: ModelChange) -> str:
    match change.kind:
        case ChangeKind.REPINNED:
            return f"  {_listed(change.before)} → {_listed(change.after)}"
        case ChangeKind.ADDED:
            return f"  at {_listed(change.after)}" if any(change.after) else ""
        case ChangeKind.REMOVED:
            return f"  at {_listed(change.before)}" if any(change.before) else ""


def _listed(revisions: Sequence[str]) -> str:
    return ", ".join(_short(revision) if revision else "not pinned" for revision in revisions)


def _unknown(usage: UsageRecord) -> str:
    return f"model not known  {_short(place(usage))}  {_short(usage.reason or usage.open_reason or '')}".rstrip()


def _places(usages: Iterable[UsageRecord]) -> str:
    found = list(dict.fromkeys(_short(place(usage)) for usage in usages))
    more = f" and {len(found) - _MAX_PLACES} more" if len(found) > _MAX_PLACES else ""
    return ", ".join(found[:_MAX_PLACES]) + more


def _short(text: str) -> str:
    return printable(text, _MAX_TEXT)
