"""Every format's whole output, compared with files under golden/.

After an intended change run this file with PTMSCAN_REWRITE_GOLDEN=1 in the environment, then read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from rendering import on_terminal, rendered
from samples import EMPTY, HOSTILE, TYPICAL

from ptmscan.report import FORMATS

GOLDEN = Path(__file__).parent / "golden"
RESULTS = {"empty": EMPTY, "typical": TYPICAL, "hostile": HOSTILE}


def compare(text: str, file_name: str) -> None:
    path = GOLDEN / file_name
    if os.environ.get("PTMSCAN_REWRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("scan", RESULTS)
@pytest.mark.parametrize("name", FORMATS)
def test_output_is_the_golden_one(name: str, scan: str) -> None:
    text = rendered(name, RESULTS[scan])
    # The style sheet and the script are the same in every page.
    compare(re.search(r"<header.*</footer>\n", text, re.DOTALL)[0] if name == "html" else text, f"{scan}.{name}")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("scan", ["typical", "hostile"])
def test_text_on_a_terminal_is_the_golden_one(scan: str, columns: int) -> None:
    compare(on_terminal(RESULTS[scan], columns), f"{scan}.terminal-{columns}")
