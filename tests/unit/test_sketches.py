"""Tests of arms are decided with little work, once: what that gave is kept, and asking again costs nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loading import loads, names

from ptmscan.analysis.environment import Environment
from ptmscan.discovery import MemoryTree
from ptmscan.scan import Session
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import load_catalogue
from ptmscan.syntax.nodes import Call

if TYPE_CHECKING:
    from conftest import ScanFiles

# Deciding the test needs what other files may do to the table, and what callers store in the object.
CODE = """\
from stored import Store

TABLE = ["a", "b"]
store = Store("a")

def load(name):
    if store.kind in TABLE and store.kind == name:
        name = "org/a"
    first(name)
"""
STORED = """\
class Store:
    def __init__(self, kind):
        self.set(kind)

    def set(self, kind):
        self.kind = kind
"""


def test_a_test_that_was_sketched_costs_nothing_when_it_is_asked_for_again() -> None:
    session = Session(MemoryTree({"main.py": CODE, "stored.py": STORED}), load_catalogue(), ScanOptions())
    module = session.program.get("main.py")
    evaluator = session.matcher.ev
    (span,) = session.program.parsed("main.py").calls(re.compile(rb"first"))
    call = module.expression(span)
    assert isinstance(call, Call)
    scope = module.index.scope_at(span[0])
    environment = Environment(module, scope.id, evaluator.open_frame(module, scope))
    first = evaluator.evaluate(call.args[0].value, environment)
    steps = evaluator.steps
    assert steps > 0
    assert evaluator.evaluate(call.args[0].value, environment) == first
    assert evaluator.steps == steps


def test_the_text_of_a_name_that_is_not_given_is_no_model(scan_files: ScanFiles) -> None:
    code = """
        def get(name=None):
            load(str(name))

        get()
        get("org/a")
    """
    assert names(loads(scan_files, code)) == [["org/a"]]
