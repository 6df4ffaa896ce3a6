"""An answer tells every parameter that it depends on, also those of a test that was decided for an earlier answer."""

from __future__ import annotations

import re

from ptmscan.analysis.environment import Environment
from ptmscan.discovery import MemoryTree
from ptmscan.scan import Session
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import load_catalogue
from ptmscan.syntax.nodes import Call

CODE = """\
def load(kind):
    if kind == "a":
        name = "org/a"
    else:
        name = "org/b"
    first(name)
    second(name)
"""


def test_each_answer_depends_on_the_parameter_that_a_test_before_it_asks_for() -> None:
    session = Session(MemoryTree({"main.py": CODE}), load_catalogue(), ScanOptions())
    module = session.program.get("main.py")
    evaluator = session.matcher.ev
    depends = []
    for span in session.program.parsed("main.py").calls(re.compile(rb"first|second")):
        call = module.expression(span)
        assert isinstance(call, Call)
        scope = module.index.scope_at(span[0])
        environment = Environment(module, scope.id, evaluator.open_frame(module, scope))
        with evaluator.question():
            evaluator.evaluate(call.args[0].value, environment)
            depends.append({name for _, name in evaluator.touched})
    assert depends == [{"kind"}, {"kind"}]
