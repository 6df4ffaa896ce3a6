"""torchaudio and torchtext: the bundles by the constants that hold them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from table_builders.reading import Sources, Table, assigned, called, modules, table


def torchaudio_bundles(sources: Sources) -> Table:
    """Bundles and where they are public."""
    rows: list[tuple[str, ...]] = []
    for version in ("2.8.0", "2.11.0"):
        root = sources.wheel("torchaudio", version) / "torchaudio"
        rows += _bundles(root / "pipelines", "torchaudio.pipelines")
        rows += _bundles(root / "prototype" / "pipelines", "torchaudio.prototype.pipelines")
    comment = "torchaudio bundles. Source: torchaudio 2.8.0 and 2.11.0 wheels; none was dropped since 0.10 before."
    return table("torchaudio_bundles", comment, "name path", rows)


def torchtext_bundles(sources: Sources) -> Table:
    """Bundles and where they are public."""
    prototype = sources.wheel("torchtext", "0.14.1", python="3.7") / "torchtext" / "prototype" / "models"
    rows = [
        *_bundles(sources.wheel("torchtext", "0.18.0") / "torchtext" / "models", "torchtext.models"),
        *_bundles(prototype, "torchtext.prototype.models"),
    ]
    comment = "torchtext bundles. Source: torchtext 0.14.1 (prototype) and 0.18.0 wheels."
    return table("torchtext_bundles", comment, "name path", rows)


def _bundles(folder: Path, public: str) -> Iterator[tuple[str, str]]:
    """Upper-case constants that hold a bundle."""
    for _, module in modules(folder) if folder.is_dir() else ():
        for name, value in assigned(module.body):
            if name.isupper() and isinstance(value, ast.Call) and "Bundle" in ast.unparse(value.func) + called(value):
                yield name, f"{public}.{name}"
