"""What a test takes to decide that an import stands under does not hide the call of what is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import names

if TYPE_CHECKING:
    from conftest import ScanFiles

STEPS = "".join(f"    a{i + 1} = a{i} + 'x'\n" for i in range(60))
AVAILABLE = f"import os\ndef available():\n    a0 = os.getcwd()\n{STEPS}    return a60 != 'y'\n"


def test_a_callable_that_is_imported_if_a_library_is_there(scan_files: ScanFiles) -> None:
    code = """from extras import available
if available():
    from timm import create_model as make

def build():
    return make("resnet18", pretrained=True)
"""
    usages = scan_files({"extras.py": AVAILABLE, "app.py": code}).usages
    assert names(usages) == [["resnet18"]]
