"""Saying of each model of a result whether the registry knows it."""

from __future__ import annotations

from dataclasses import replace

from ptmscan.records import ModelOutcome, ModelReference, ScanResult
from ptmscan.registry.index import Registry


def marked(result: ScanResult, registry: Registry) -> ScanResult:
    """The result with `known` set on every model that has a name; paths and names known in part stay as they are."""
    usages = (
        replace(usage, models=tuple(_marked(m, usage.library, registry) for m in usage.models))
        for usage in result.usages
    )
    return replace(result, usages=tuple(usages))


def _marked(model: ModelReference, library: str, registry: Registry) -> ModelReference:
    if model.outcome is not ModelOutcome.RESOLVED:
        return model
    return replace(model, known=registry.known(model, library) is not None)
