"""Loading callables that are handed over are found where they are called, whatever the parameter is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.explain import explain_line
from ptmscan.signatures import load_catalogue

if TYPE_CHECKING:
    from conftest import ScanFiles

    from ptmscan.records import UsageRecord

HELP = """\
def attempt(func, **kwargs):
    try:
        return func(**kwargs)
    except ValueError:
        return None


def retry(fn, *args):
    for _ in range(3):
        return fn(*args)


class Lazy:
    def __init__(self, build, name):
        self.build, self.name = build, name
        self.make = build

    def get(self):
        return self.make(self.name)
"""
USE = "from transformers import AutoModel, AutoTokenizer\nfrom help import attempt, retry, Lazy\n"


def _found(usages: tuple[UsageRecord, ...]) -> list[tuple[str, int, list[str], bool]]:
    return [(u.path, u.line, [m.name for m in u.models], u.exhaustive) for u in usages]


@pytest.mark.parametrize(
    ("code", "line", "model"),
    [
        ('attempt(AutoModel.from_pretrained, pretrained_model_name_or_path="org/a")\n', 3, "org/a"),
        ('retry(AutoModel.from_pretrained, "org/b")\n', 10, "org/b"),
        ('retry(fn=AutoModel.from_pretrained)\nretry(AutoTokenizer.from_pretrained, "org/c")\n', 10, "org/c"),
        ('Lazy(AutoModel.from_pretrained, "org/d").get()\n', 19, "org/d"),
        ('def both(load):\n    retry(load, "org/e")\nboth(AutoModel.from_pretrained)\n', 10, "org/e"),
    ],
)
def test_a_function_of_another_file_calls_what_it_is_handed(
    scan_files: ScanFiles, code: str, line: int, model: str
) -> None:
    usages = scan_files({"help.py": HELP, "main.py": USE + code}).usages
    assert [row[:3] for row in _found(usages)] == [("help.py", line, [model])]


def test_a_function_of_the_same_file_calls_what_it_is_handed(scan_files: ScanFiles) -> None:
    usages = scan_files(
        {"main.py": USE + 'def go(f, name):\n    return f(name)\ngo(AutoModel.from_pretrained, "org/a")\n'}
    )
    assert _found(usages.usages) == [("main.py", 4, ["org/a"], True)]


def test_each_caller_hands_a_callable_and_a_name_of_its_own(scan_files: ScanFiles) -> None:
    code = (
        'retry(AutoModel.from_pretrained, "org/a")\nretry(print, "org/b")\nretry(AutoModel.from_pretrained, "org/c")\n'
    )
    usages = scan_files({"help.py": HELP, "main.py": USE + code}).usages
    assert _found(usages) == [("help.py", 10, ["org/a", "org/c"], True)]


def test_what_does_not_load_is_handed_over_in_silence(scan_files: ScanFiles) -> None:
    code = 'retry(json.load, "a")\nretry(AutoModel.from_config, "org/b")\nretry(print, AutoModel.from_pretrained)\n'
    assert scan_files({"help.py": HELP, "main.py": "import json\n" + USE + code}).usages == ()


def test_explain_tells_what_a_parameter_is_handed() -> None:
    files = {"help.py": HELP, "main.py": USE + 'retry(AutoModel.from_pretrained, "org/a")\n'}
    explained = explain_line(MemoryTree(files), "help.py", None, 10, load_catalogue())
    (call,) = explained.calls
    assert [m.name for u in call.usages for m in u.models] == ["org/a"]


# --- callables chosen by a text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lookup",
    [
        "getattr(models, name)",
        "models.__dict__[name]",
        "getattr(importlib.import_module('torchvision.models'), name)",
        "getattr(importlib.import_module(f'torchvision.models.{name.lower()}'), name)",
    ],
)
def test_a_name_for_a_callable_that_is_chosen_at_run_time(scan_files: ScanFiles, lookup: str) -> None:
    head = "import importlib\nimport torchvision.models as models\n"
    code = f"{head}def build(name):\n    make = {lookup}\n    return make(pretrained=True)\n"
    (usage,) = scan_files({"main.py": code}).usages
    assert (usage.library, usage.line, usage.outcome, usage.models) == ("torchvision", 5, "dynamic", ())


def test_a_name_for_a_callable_that_is_chosen_by_a_text_of_the_code(scan_files: ScanFiles) -> None:
    code = 'from torchvision import models\nmake = getattr(models, "resnet18")\nmake(pretrained=True)\n'
    (usage,) = scan_files({"main.py": code}).usages
    assert [m.id for m in usage.models] == ["torchvision/resnet18"]


def test_a_module_is_chosen_together_with_its_class(scan_files: ScanFiles) -> None:
    code = """\
import importlib

class Net:
    def __init__(self, name):
        self.name = name
        self.module = importlib.import_module("tensorflow.keras.applications." + name.lower())

    def build(self):
        make = getattr(self.module, self.name)
        return make(include_top=False)

Net("MobileNet").build()
"""
    (usage,) = scan_files({"main.py": code}).usages
    assert [m.id for m in usage.models] == ["keras/MobileNet"]


def test_a_module_of_the_repository_that_is_chosen_at_run_time_is_no_library(scan_files: ScanFiles) -> None:
    head = "import importlib\nimport transformers\ndef f(name):\n"
    code = f'{head}    make = getattr(importlib.import_module("nets." + name), name)\n'
    files = {"main.py": code + "    return make(True)\n", "nets/__init__.py": "", "nets/a.py": "def a(x): pass\n"}
    assert scan_files(files).usages == ()


# --- None in the place of a name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['f"org/{self.NAME}"', '"org/" + str(self.NAME)', '"org/%s" % self.NAME', '"org/{}".format(self.NAME)']
)
def test_a_name_that_was_never_set_makes_no_model(scan_files: ScanFiles, text: str) -> None:
    code = f"""\
from transformers import AutoModel
class Base:
    NAME = None
    def load(self):
        return AutoModel.from_pretrained({text})
class Small(Base):
    NAME = "small"
Small().load()
"""
    (usage,) = scan_files({"main.py": code}).usages
    assert [m.name for m in usage.models] == ["org/small"]
    assert not usage.exhaustive


def test_a_folder_that_was_never_set_makes_no_path(scan_files: ScanFiles) -> None:
    head = "import os\nfrom transformers import AutoModel\n"
    code = 'AutoModel.from_pretrained(os.path.join(os.environ.get("X"), "tiny"))\n'
    (usage,) = scan_files({"main.py": head + code}).usages
    assert usage.models == ()
    assert usage.reason == "environment variable X"


def test_an_empty_text_names_no_model(scan_files: ScanFiles) -> None:
    assert scan_files({"main.py": 'from transformers import AutoModel\nAutoModel.from_pretrained("")\n'}).usages == ()
