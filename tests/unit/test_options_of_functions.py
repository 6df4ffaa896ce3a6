"""Options that a function defines with a name or a default from its callers: each call of it defines its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loading import PRELUDE, loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles

HELPER = """
import argparse
def add_model_options(parser, default="org/default", prefix=""):
    group = parser.add_argument_group("model")
    group.add_argument(f"--{prefix}model", default=default)
"""


def test_each_call_defines_an_option_of_its_own(scan_files: ScanFiles) -> None:
    code = (
        HELPER
        + """
p = argparse.ArgumentParser()
add_model_options(p)
add_model_options(p, default="org/teacher", prefix="teacher_")
add_model_options(p, "org/student", "student-")
args = p.parse_args()
load(args.model)
load(args.teacher_model)
load(args.student_model)
"""
    )
    found = loads(scan_files, code, {"run.sh": "python main.py --teacher_model org/given\n"})
    assert names(found) == [["org/default"], ["org/given", "org/teacher"], ["org/student"]]
    assert not any(usage.exhaustive for usage in found)
    lines = [step.text for step in found[2].models[0].evidence]
    assert 'add_model_options(p, "org/student", "student-")' in lines
    assert 'group.add_argument(f"--{prefix}model", default=default)' in lines


def test_a_parser_has_the_options_of_the_calls_that_get_it(scan_files: ScanFiles) -> None:
    main = """
    import argparse
    from helper import add_model_options
    def main():
        p = argparse.ArgumentParser()
        add_model_options(p, default="org/main")
        args = p.parse_args()
        load(args.model)
    main()
    """
    other = f"""{PRELUDE}
import argparse
from helper import add_model_options
p = argparse.ArgumentParser()
add_model_options(p, default="org/eval", prefix="eval_")
add_model_options(p, default="org/other")
load(p.parse_args().eval_model)
"""
    files = {"helper.py": HELPER, "evaluate.py": other}
    assert names(loads(scan_files, main, files)) == [["org/main"]]
    assert names(loads(scan_files, "import evaluate", files, path="start.py")) == []
    assert names(list(scan_files({"evaluate.py": other, "helper.py": HELPER}).usages)) == [["org/eval"]]


def test_a_method_that_defines_options_by_name(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    class Options:
        def __init__(self, default):
            self.parser = argparse.ArgumentParser()
            self.parser.add_argument("--model", default=default)
        def option(self, name, default):
            self.parser.add_argument("--" + name, default=default)
        def parse(self):
            return self.parser.parse_args()
    options = Options("org/a")
    options.option("tokenizer", "org/b")
    options.option("adapter", "org/c")
    args = options.parse()
    load(args.model)
    load(args.tokenizer)
    load(args.adapter)
    """
    assert names(loads(scan_files, code)) == [["org/a"], ["org/b"], ["org/c"]]


MAKER = """
import argparse
def arguments(default):
    p = argparse.ArgumentParser()
    p.add_argument("--model", default=default)
    args = p.parse_args()
    args.tokenizer = "org/t"
    return args
"""


def test_a_function_that_makes_a_parser_makes_another_one_in_each_call(scan_files: ScanFiles) -> None:
    code = (
        MAKER
        + """
def train():
    args = arguments("org/a")
    load(args.model)
    load(args.tokenizer)
def test():
    args = arguments("org/b")
    load(args.model)
train()
test()
"""
    )
    assert names(loads(scan_files, code)) == [["org/a"], ["org/t"], ["org/b"]]


def test_an_option_of_unknown_name_is_none(scan_files: ScanFiles) -> None:
    code = """
    import argparse
    def define(parser, name, default):
        parser.add_argument(name, default=default)
    def from_outside(names):
        p = argparse.ArgumentParser()
        define(p, names[0], "org/a")
        args = p.parse_args([])
        load(args.model)
    """
    usage = only(loads(scan_files, code))
    assert (names([usage]), usage.exhaustive) == ([[]], False)
