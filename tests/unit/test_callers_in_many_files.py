"""Of the many files that mention a common name, those that may mean the function are read, however they import it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import ScanFiles

UTIL = """\
from transformers import AutoModel

def fetch(name):
    return AutoModel.from_pretrained(name)
"""
OTHER = "import other\nother.fetch('org/other')\n"


@pytest.mark.parametrize(
    ("package", "inner"),
    [
        ("from .util import fetch\n", ""),
        ("from .util import *\n", ""),
        ("from .inner import fetch\n", "from pkg.util import fetch\n"),
        ("from .inner import *\n", "from .util import fetch as fetch\n"),
    ],
)
def test_a_function_that_is_reached_through_its_package(scan_files: ScanFiles, package: str, inner: str) -> None:
    files = {f"tests/test_{i}.py": OTHER for i in range(45)}
    files |= {"pkg/__init__.py": package, "pkg/util.py": UTIL, "pkg/inner.py": inner}
    files["app.py"] = "import pkg\npkg.fetch('org/through-the-package')\n"
    files["tool.py"] = "from pkg.util import fetch\nfetch('org/directly')\n"
    (usage,) = scan_files(files).usages
    assert [model.name for model in usage.models] == ["org/directly", "org/through-the-package"]
    assert usage.exhaustive
