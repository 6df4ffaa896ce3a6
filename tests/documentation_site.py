"""Builds the documentation as CI does."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Set where the tests must not be skipped, as .ci/run does.
REQUIRED = "PTMSCAN_TEST_SITE"


def build_site(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site into a folder; skips the test where MkDocs is not installed."""
    if find_spec("mkdocs") is None or find_spec("material") is None:
        message = "mkdocs-material is not installed: pip install -e '.[docs]'"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
