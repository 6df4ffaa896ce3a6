"""CONTRACT STUB: helper 'signatures' replaces the bodies."""

from __future__ import annotations

from typing import Protocol

from ptmscan.signatures.model import Signature


class Catalogue(Protocol):
    """The compiled catalogue."""

    version: str  # hash of the content
    roots: frozenset[str]  # import roots: "transformers", "torch", …
    callables: frozenset[str]  # last parts of all patterns, tables included: "from_pretrained", "resnet50", "get_model", …

    def find(self, name: str) -> tuple[tuple[Signature, str | None], ...]:
        """The signatures that a fully qualified name matches, most literal first, each with the captured `<name>`.

        `name` may hold `?` for a part that is not known: it matches patterns whose `*`, `<name>` stands there (capture None).
        """
