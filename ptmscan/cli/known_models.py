"""What a scan asks a registry of known models; imported in full only when there is one to ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptmscan.analysis.suspects import NamedModel, NamesModel
    from ptmscan.records import ScanResult
    from ptmscan.registry.index import Registry


def opened(file: Path) -> Registry:
    """A registry file, opened.

    Raises:
        RegistryError: it cannot be read.
    """
    from ptmscan.registry.index import Registry

    return Registry(file)


def marked(result: ScanResult, registry: Registry) -> ScanResult:
    """The result with `known` set on every model that has a name."""
    from ptmscan.registry import marking

    return marking.marked(result, registry)


def naming(registry: Registry) -> NamesModel:
    """Which texts name models of a registry without doubt; each text is looked up once."""
    from ptmscan.analysis.suspects import NamedModel

    @cache
    def names_model(text: str) -> NamedModel | None:
        found = registry.named_by(text)
        return None if found is None else NamedModel(found.context_id, found.hub)

    return names_model
