"""Configuration files as plain trees of values with lines: YAML, JSON, TOML, INI, `.env`. Nothing is executed."""

from __future__ import annotations

from ptmscan.documents.model import DocumentError, Items, Node, Opaque, Scalar, Table
from ptmscan.documents.reading import Format, format_of, read_document

__all__ = ["DocumentError", "Format", "Items", "Node", "Opaque", "Scalar", "Table", "format_of", "read_document"]
