"""Modules that import a name from each other, which nobody binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import only

if TYPE_CHECKING:
    from conftest import ScanFiles

MAIN = """\
from transformers import AutoModel
from pkg.m0 import NAMES
AutoModel.from_pretrained(NAMES[0])
AutoModel.from_pretrained("org/m")
NAMES.from_pretrained("org/n")
"""


def test_a_ring_of_imports_is_gone_round_once(scan_files: ScanFiles) -> None:
    ring = {f"pkg/m{i}.py": f"from pkg.m{(i + 1) % 3} import NAMES\n" for i in range(3)}
    result = scan_files({"main.py": MAIN, "pkg/__init__.py": "from .m0 import NAMES\n", **ring})
    assert result.diagnostics == ()
    assert [[m.name for m in u.models] for u in result.usages] == [[], ["org/m"]]
    assert only([u for u in result.usages if not u.models]).open_reason
