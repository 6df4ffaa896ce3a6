"""What decides a test is worked out once, also where a test is too small a matter to ask callers for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from loading import loads, only

from ptmscan.analysis import expressions

if TYPE_CHECKING:
    from conftest import ScanFiles

    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.values import Value
    from ptmscan.syntax import nodes as n

CODE = """\
class Index:
    def __init__(self):
        self.ids = None
    def fill(self, rows):
        self.ids = rows
    def m0(self):
        if self.ids is None:
            return "org/a"
        return "org/b"
{methods}
index = Index()
index.fill(input())
load(index.m{count}())
"""
METHOD = """\
    def m{0}(self):
        if self.ids is None:
            return self.m{1}()
        return self.m{1}()
"""


def test_a_test_that_would_need_callers_is_put_once(scan_files: ScanFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    work: Counter[n.Span] = Counter()
    plain = expressions.of_kind

    def counted(ev: Evaluator, expr: n.Expr, env: Environment) -> Value:
        work[expr.span] += 1
        return plain(ev, expr, env)

    monkeypatch.setattr(expressions, "of_kind", counted)
    methods = "".join(METHOD.format(i, i - 1) for i in range(1, 9))
    usage = only(loads(scan_files, CODE.format(methods=methods, count=8)))
    assert [m.name for m in usage.models] == ["org/a", "org/b"]
    assert max(work.values()) <= 8
