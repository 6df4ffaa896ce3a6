"""The catalogue as plain JSON, for other programs: every signature with all of its keys, in the order of the files."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from ptmscan.records import Json
from ptmscan.signatures.catalogue import Catalogue
from ptmscan.signatures.model import Signature

FORMAT = 1


def exported(catalogue: Catalogue) -> dict[str, Json]:
    """The catalogue as a JSON document; docs/signatures.md describes its keys."""
    return {
        "format": FORMAT,
        "version": catalogue.version,
        "signatures": [_signature(catalogue, signature) for signature in catalogue.signatures],
    }


def _signature(catalogue: Catalogue, signature: Signature) -> Json:
    found = _plain(signature)
    return {**found, "origin": str(catalogue.origin(signature))} if isinstance(found, dict) else found


def _plain(value: Any) -> Json:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, frozenset):
        return [_plain(item) for item in sorted(value)]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float) else repr(value)
