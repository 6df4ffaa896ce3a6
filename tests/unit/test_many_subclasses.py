"""Of an object that may be of any subclass, what subclasses store is known, or it is said that they are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import ScanFiles

BASE = """\
from transformers import AutoModel

class Base:
    def __init__(self):
        self.name = "org/base"

    def load(self):
        return AutoModel.from_pretrained(self.name)
"""
DERIVED = """\
from base import Base

class Derived{0}(Base):
    def __init__(self):
        super().__init__()
        self.name = "org/{0}"
"""


@pytest.mark.parametrize(("number", "known"), [(3, True), (30, False)])
def test_an_answer_without_the_stores_of_subclasses_is_open(scan_files: ScanFiles, number: int, known: bool) -> None:
    files = {f"derived{i}.py": DERIVED.format(i) for i in range(number)}
    (usage,) = scan_files({"base.py": BASE, **files}).usages
    names = {model.name for model in usage.models}
    assert usage.exhaustive is known
    assert names == {"org/base", *(f"org/{i}" for i in range(number))} if known else "org/base" in names
