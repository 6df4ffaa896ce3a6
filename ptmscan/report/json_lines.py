"""JSON Lines: the exchange format, one record a line (docs/records.md)."""

from __future__ import annotations

from ptmscan.record_json import write_jsonl as render

__all__ = ["render"]
