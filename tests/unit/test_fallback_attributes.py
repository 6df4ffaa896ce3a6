"""Attributes that a class finds elsewhere: `__getattr__` of settings objects, and classes that derive from dict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

ARGUMENTS = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--model", default="org/a")
args = p.parse_args()
"""


@pytest.mark.parametrize(
    "body",
    [
        "def __init__(self, d): self._d = d\n    def __getattr__(self, name): return self._d[name]",
        (
            "def __init__(self, d): self._d = d\n    def __getattr__(self, name):\n"
            "        if name in self._d:\n            return self._d[name]\n        raise AttributeError(name)"
        ),
        "def __init__(self, d): self._d = d\n    def __getattr__(self, name): return self._d.get(name, 'org/none')",
    ],
)
def test_an_attribute_of_a_dictionary_inside(scan_files: ScanFiles, body: str) -> None:
    code = f"class Settings:\n    {body}\n    seed = 1\nload(Settings({{'model': 'org/a', 'other': 'org/b'}}).model)\n"
    usage = only(loads(scan_files, code))
    assert names([usage]) == [["org/a"]]
    assert usage.exhaustive


def test_an_attribute_of_a_namespace_inside(scan_files: ScanFiles) -> None:
    code = (
        ARGUMENTS
        + """
class Settings:
    def __init__(self, args):
        self.args = args
        self.tokenizer = "org/t"
    def __getattr__(self, name):
        return getattr(self.args, name)
class Job:
    def __init__(self, settings):
        self.settings = settings
    def run(self):
        load(self.settings.model)
        load(self.settings.tokenizer)
Job(Settings(args)).run()
"""
    )
    found = loads(scan_files, code, {"run.sh": "python main.py --model org/given\n"})
    assert names(found) == [["org/a", "org/given"], ["org/t"]]


def test_the_method_is_not_asked_for_what_is_there(scan_files: ScanFiles) -> None:
    code = """
    class Settings:
        model = "org/class"
        def __getattr__(self, name):
            return "org/fallback"
    class Derived(Settings):
        pass
    load(Derived().model)
    load(Derived().other)
    """
    assert names(loads(scan_files, code)) == [["org/class"], ["org/fallback"]]


@pytest.mark.parametrize(
    "body",
    [
        "__getattr__ = dict.__getitem__",
        "__getattr__ = dict.get\n    __setattr__ = dict.__setitem__",
        "def __getattr__(self, key): return self[key]",
        "def __getattr__(self, key): return self.get(key)",
        "def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n        self.__dict__ = self",
    ],
)
def test_attributes_of_a_dictionary_are_its_items(scan_files: ScanFiles, body: str) -> None:
    made = "t = Table({'model': 'org/a'}, other='org/b')"
    found = loads(scan_files, f"class Table(dict):\n    {body}\n{made}\nload(t.model)\nload(t['other'])\n")
    assert names(found) == [["org/a"], ["org/b"]]
    assert not any(usage.exhaustive for usage in found)


def test_an_item_that_is_stored_may_be_the_attribute(scan_files: ScanFiles) -> None:
    code = """
    class Table(dict):
        __getattr__ = dict.__getitem__
        __setattr__ = dict.__setitem__
    t = Table(model="org/a")
    t.model = "org/b"
    t["model"] = unknown()
    load(t.model)
    """
    usage = only(loads(scan_files, code))
    assert set(names([usage])[0]) >= {"org/b"}
    assert not usage.exhaustive


def test_a_class_above_that_is_not_known_may_have_the_attribute(scan_files: ScanFiles) -> None:
    code = """
    from elsewhere import make
    class Settings(make()[0]):
        def __init__(self, d): self._d = d
        def __getattr__(self, name): return self._d[name]
    load(Settings({"model": "org/a"}).model)
    """
    assert not only(loads(scan_files, code)).exhaustive
