"""The catalogue of calls that load pre-trained models: load, validate, compile, look up; names to identities."""

from __future__ import annotations

from ptmscan.signatures.catalogue import Catalogue, load_catalogue

__all__ = ["Catalogue", "load_catalogue"]
