"""What a usage is to a baseline or a comparison: the models that it loads, without lines and without revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ptmscan.records import ModelOutcome, ModelReference, Outcome, UsageRecord


@dataclass(frozen=True, slots=True, order=True)
class Pinned:
    """A model, `hub:id` (`?:name` where no hub is known), and the revision that is asked for; empty: none."""

    model: str
    revision: str = ""


def model_label(model: ModelReference) -> str:
    """`huggingface:google-bert/bert-base-uncased`; the id as the hub has it, else the name as written."""
    hub = model.hub or "?"
    return f"{hub}:{(model.id or model.name).removeprefix(f'{hub}/')}"


def pinned_models(usage: UsageRecord) -> tuple[Pinned, ...]:
    """The models of a call that are no local files, each once, sorted."""
    found = {Pinned(model_label(m), m.revision or "") for m in usage.models if m.outcome is not ModelOutcome.LOCAL}
    return tuple(sorted(found))


def dependencies(usages: Iterable[UsageRecord]) -> Iterator[UsageRecord]:
    """The usages that depend on something outside the repository: no untrained networks, no closed local paths."""
    return (usage for usage in usages if usage.outcome not in (Outcome.UNTRAINED, Outcome.LOCAL))
