"""Write the code and the output in docs/resolution.md anew, from `examples/names`; `tests/test_docs.py` compares them.

A part begins with `<!-- begin: file FOLDER/FILE -->` or `<!-- begin: explain FOLDER PLACE -->`
and ends with `<!-- end -->`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples/names"
PAGE = ROOT / "docs/resolution.md"
LANGUAGES = {".py": "python", ".sh": "bash", ".yaml": "yaml"}


def fresh(page: str) -> str:
    """The page with every part written anew."""
    return re.sub(
        r"(<!-- begin: (file|explain) (.+?) -->\n).*?(<!-- end -->)",
        lambda part: part[1] + (_file(part[3]) if part[2] == "file" else _explained(*part[3].split())) + part[4],
        page,
        flags=re.DOTALL,
    )


def _file(name: str) -> str:
    path = EXAMPLES / name
    return f'```{LANGUAGES[path.suffix]} title="{name}"\n{path.read_text(encoding="utf-8")}```\n'


def _explained(folder: str, place: str) -> str:
    # A copy outside this repository: its folders and its settings would be in the output and say nothing.
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(EXAMPLES / folder, Path(copy) / folder)
        done = subprocess.run(
            [sys.executable, "-m", "ptmscan", "explain", f"{folder}/{place}"],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    return f"```text\n$ ptmscan explain {folder}/{place}\n{done.stdout.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
