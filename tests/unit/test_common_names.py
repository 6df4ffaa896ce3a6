"""Functions of one name in many files: a call of one is looked at for that one, and a dictionary's method for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import loads, names

from ptmscan.analysis.callers import Callers
from ptmscan.discovery import MemoryTree
from ptmscan.scan import Session
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import load_catalogue

if TYPE_CHECKING:
    import pytest
    from conftest import ScanFiles

MODULE = """\
from transformers import AutoModel

def get(name):
    return AutoModel.from_pretrained(name)

get("org/{0}")
"""
FILES = {f"module{i}.py": MODULE.format(i) for i in range(12)}


def test_each_function_is_asked_for_its_own_calls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    frames_of_call = Callers._frames_of_call

    def noted(self: Callers, *arguments: object) -> object:
        asked.append(arguments)
        return frames_of_call(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Callers, "_frames_of_call", noted)
    session = Session(MemoryTree(FILES), load_catalogue(), ScanOptions())
    found = [usage for path in session.candidates() for usage in session.usages(path)]
    assert sorted(model.name for usage in found for model in usage.models) == sorted(f"org/{i}" for i in range(12))
    assert len(asked) == len(FILES)


def test_the_method_of_a_dictionary_is_no_caller_of_a_function_of_its_name(scan_files: ScanFiles) -> None:
    code = """
        TABLE = {"a": "org/a"}

        def get(key, default=None):
            load(key)

        def show(key):
            print(TABLE.get(key, "org/none"))

        get("org/b")
    """
    (usage,) = loads(scan_files, code)
    assert names([usage]) == [["org/b"]]
    assert usage.exhaustive


def test_making_a_decorator_and_applying_it_are_two_calls_at_one_place(scan_files: ScanFiles) -> None:
    code = """
        def with_model(name):
            def decorate(function):
                def inner(*rest):
                    return function(load(name), *rest)
                return inner
            return decorate

        @with_model("org/a")
        def run(model, text):
            return model(text)
    """
    assert names(loads(scan_files, code)) == [["org/a"]]
