"""What a class hands to the constructor that it inherits from reaches the attributes that this one stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

BASE = """
class Root:
    def __init__(self, name, *, other="other"):
        super().__init__()
        self.name = name
        self.other = other
    def text(self):
        return self.name
"""


@pytest.mark.parametrize(
    ("derived", "made", "expected"),
    [
        ("class A(Root):\n    def __init__(self, n):\n        super().__init__(n)", "A('x')", ["x"]),
        ("class A(Root):\n    def __init__(self, n):\n        super(A, self).__init__(name=n + '-')", "A('x')", ["x-"]),
        ("class A(Root):\n    def __init__(self, n):\n        Root.__init__(self, n)", "A('x')", ["x"]),
        ("class A(Root):\n    def __init__(self, **kwargs):\n        super().__init__(**kwargs)", "A(name='x')", ["x"]),
        (("class B(Root):\n    def __init__(self, a, b):\n        super().__init__(a + b)\n"
         "class A(B):\n    def __init__(self, b):\n        super().__init__('a-', b)"), "A('x')", ["a-x"]),
        (("class B(Root):\n    def go(self):\n        pass\n"
         "class A(B):\n    def __init__(self):\n        super().__init__('x')"), "A()", ["x"]),
        ("class A(Root):\n    def __init__(self, n):\n        super().__init__(n)\n        self.name = 'own'", "A('x')",
         ["own", "x"]),
        ("class A(Root):\n    def __init__(self, n):\n        if n:\n            super().__init__(n)", "A('x')", ["x"]),
    ],
)  # fmt: skip
def test_what_a_subclass_passes_on(scan_files: ScanFiles, derived: str, made: str, expected: list[str]) -> None:
    usage = only(loads(scan_files, f"{BASE}{derived}\nload({made}.text())\n"))
    assert (names([usage]), usage.exhaustive) == ([expected], True)


def test_a_load_in_a_method_of_the_class_above(scan_files: ScanFiles) -> None:
    code = """
    from abc import ABC
    class Base(ABC):
        def __init__(self, name):
            self.name = name
        def go(self):
            load(self.name)
    class One(Base):
        def __init__(self):
            super().__init__("one")
    class Two(Base):
        def __init__(self, name, size=3):
            super().__init__(f"two-{name}")
    One().go()
    Two("x").go()
    """
    assert names(loads(scan_files, code)) == [["one", "two-x"]]


def test_a_class_attribute_stays_where_the_constructor_above_may_not_run(scan_files: ScanFiles) -> None:
    code = """
    class Root:
        name = "class"
        def __init__(self, name):
            self.name = name
    class A(Root):
        def __init__(self, n):
            if n:
                super().__init__(n)
    class B(Root):
        def __init__(self, n):
            pass
    load(A("x").name)
    load(B("x").name)
    """
    first, second = names(loads(scan_files, code))
    assert first == ["class", "x"]
    assert "class" in second
