"""Draws docs/images/scan.svg: what `ptmscan scan sentiment-service` puts on a terminal, for a copy of the example."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "sentiment-service"
COLUMNS = 96


def main() -> None:
    """Scan a copy of the example, colours and all, and save the terminal as a picture."""
    command = [sys.executable, "-m", "ptmscan", "scan", EXAMPLE.name]
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    # Outside this repository: the commit and the folders above would change the picture and say nothing.
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLE, Path(folder) / EXAMPLE.name)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="standard", force_terminal=True)
    console.print(Text(f"$ ptmscan scan {EXAMPLE.name}\n", style="bold"))
    console.print(Text.from_ansi(done.stdout.rstrip()))
    # A fixed id: the picture changes only when the output does.
    console.save_svg(str(ROOT / "docs/images/scan.svg"), title="ptmscan", unique_id="ptmscan")


if __name__ == "__main__":
    main()
