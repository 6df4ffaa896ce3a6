"""CONTRACT STUB: helper 'signatures' replaces the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class TreeView(Protocol):
    """The part of a FileTree that a name rule may ask: does a path exist in the scanned repository?"""

    def is_file(self, path: str) -> bool: ...
    def is_dir(self, path: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """What a written name means: `id` canonical or None, `hub`, `revision` if the name carries one, `local` for a path."""

    name: str
    id: str | None
    hub: str | None
    revision: str | None = None
    local: bool = False


def identify(rule: str, written: tuple[str, ...], tree: TreeView) -> Identity:
    """Apply name rule `rule` to the written name (or the pair of names of a two-part rule)."""
    raise NotImplementedError
