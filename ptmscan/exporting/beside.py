"""Files that appear under their names when all of them are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(folder: Path) -> Iterator[Path]:
    """A new folder in `folder`; what is written there is moved into the latter in the end, unless something fails."""
    beside = folder / f".export-{os.urandom(4).hex()}"
    beside.mkdir()
    try:
        yield beside
        for file in sorted(beside.iterdir()):
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
