"""A dictionary that loops and conditions fill is worked out step by step, once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from loading import loads, only

from ptmscan.analysis import expressions, lookup

if TYPE_CHECKING:
    from conftest import ScanFiles

    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.values import Value
    from ptmscan.syntax import nodes as n

READ = """\
import yaml
def read(path):
    given = yaml.safe_load(open(path)) or {{}}
    flat = {{}}
    if 'server' in given:
        for key, value in given['server'].items():
            flat[key] = value
{sections}    return {{k: v for k, v in flat.items() if v is not None}}
load(read(input()).get("name", "org/default"))
"""
SECTION = """\
    if 'part{0}' in given:
        part = given['part{0}']
        flat['name{0}'] = part.get('name')
        flat['path{0}'] = part.get('path')
"""


def test_a_loop_that_fills_a_dictionary_does_not_make_all_behind_it_work_again(
    scan_files: ScanFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: Counter[int] = Counter()
    plain = lookup._mutation

    def counted(*given: object) -> Value:
        work[given[-1].position] += 1  # type: ignore[attr-defined]
        return plain(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(lookup, "_mutation", counted)
    sections = "".join(SECTION.format(i) for i in range(40))
    assert only(loads(scan_files, READ.format(sections=sections))).open_reason
    assert max(work.values()) <= 4


def test_a_comprehension_over_one_of_many_dictionaries_puts_its_test_once_for_equal_items(
    scan_files: ScanFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: Counter[n.Span] = Counter()
    plain = expressions.of_kind

    def counted(ev: Evaluator, expr: n.Expr, env: Environment) -> Value:
        work[expr.span] += 1
        return plain(ev, expr, env)

    monkeypatch.setattr(expressions, "of_kind", counted)
    arms = "".join(f"    if flag({i}):\n        flat['path{i}'] = 'x{i}'\n" for i in range(5))
    items = ", ".join(f"'name{i}': 'org/m{i}'" for i in range(20))
    code = f"def read():\n    flat = {{{items}}}\n{arms}    return {{k: v for k, v in flat.items() if v is not None}}\n"
    usage = only(loads(scan_files, code + 'load(read()["name7"])\n'))
    assert [m.name for m in usage.models] == ["org/m7"]
    assert max(work.values()) <= 30
