"""What nodes and edges are called, and text that every format of graphs can hold."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from ptmscan.report.printable import printable

_MAX_TEXT = 400
_MAX_ID = 600


class NodeKind(StrEnum):
    """What a node stands for; the value of its attribute `kind`."""

    REPOSITORY = "repository"
    FILE = "file"
    CALL = "call"
    MODEL = "model"
    ORGANISATION = "organisation"
    HUB = "hub"
    MODULE = "module"
    LIBRARY = "library"


class EdgeKind(StrEnum):
    """What an edge says; the value of its attribute `kind`."""

    CONTAINS = "contains"  # repository → file → call
    LOADS = "loads"  # call → model, or repository → model
    OWNED_BY = "owned-by"  # model → organisation
    ON_HUB = "on-hub"  # organisation or model → hub
    SHARES_REPOSITORIES = "shares-repositories"  # model – model
    SHARES_MODELS = "shares-models"  # repository – repository
    IMPORTS = "imports"  # module → module
    LOADS_THROUGH = "loads-through"  # module → library


def node_id(kind: NodeKind, *parts: str) -> str:
    """The id of a node: its kind and its name. Very long ones end in a hash of the whole."""
    text = printable(":".join((kind.value, *parts)))
    if len(text) <= _MAX_ID:
        return text
    return f"{text[:_MAX_ID]}…{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def shown(text: str) -> str:
    """Text as an attribute: printable, of bounded length. XML 1.0 holds every printable character."""
    return printable(text, _MAX_TEXT)
