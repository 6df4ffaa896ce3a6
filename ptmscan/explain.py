"""What the calls on one line load, with the chain of evidence, or why a call is no load: the scan of one place."""

from __future__ import annotations

import re

from ptmscan.analysis import evaluator
from ptmscan.analysis.matcher import NoMatch
from ptmscan.analysis.program import Module
from ptmscan.analysis.sites import calls_of_results
from ptmscan.discovery import FileTree
from ptmscan.errors import UsageError
from ptmscan.explanation import ExplainedCall, Explanation
from ptmscan.redaction import redact_text, redact_usage
from ptmscan.scan import Session, working_conditions
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures.catalogue import Catalogue
from ptmscan.syntax.nodes import Call, Name, Span

_ANY_NAME = re.compile(rb"\w+")
# A scan has answered other questions before it comes to a line, and uses what they found; here all starts from nothing.
MAX_STEPS = 4 * evaluator.MAX_STEPS


def explain_line(tree: FileTree, path: str, cell: int | None, line: int, catalogue: Catalogue) -> Explanation:
    """Explain every call that begins on a line or goes on over it; `cell` counts all cells of a notebook from 0.

    Raises:
        UsageError: the file cannot be read as Python.
    """
    with working_conditions():
        return _explanation(Session(tree, catalogue, ScanOptions()), path, cell, line)


def _explanation(session: Session, path: str, cell: int | None, line: int) -> Explanation:
    session.candidates()
    session.matcher.ev.for_a_load = MAX_STEPS
    module = session.program.module(path)
    if module is None:
        problems = [d.message for d in session.problems if d.path == path]
        raise UsageError(f"{path}: {problems[0] if problems else 'not a Python file of this tree'}")
    spans = {*session.program.parsed(path).calls(_ANY_NAME), *calls_of_results(module)}
    chosen = sorted((s for s in spans if _covers(module, s, cell, line)), key=lambda s: (s[0], -s[1]))
    return Explanation(tuple(_explained(session, module, span) for span in chosen))


def _calls_parameter(module: Module, span: Span) -> bool:
    """Whether what a call calls bears the name of a parameter around it: a caller may hand over a load."""
    call = module.expression(span)
    if not isinstance(call, Call) or not isinstance(call.func, Name):
        return False
    name, scope = call.func.id, module.index.scope_at(span[0])
    while name not in (p.name for p in scope.parameters) and scope.parent is not None:
        scope = module.scope(scope.parent)
    return any(p.name == name for p in scope.parameters)


def _covers(module: Module, span: Span, cell: int | None, line: int) -> bool:
    start, end = module.source.position(span[0]), module.source.position(span[1])
    return start.cell == cell and start.line <= line <= end.line


def _explained(session: Session, module: Module, span: Span) -> ExplainedCall:
    position = module.source.position(span[0])
    text = redact_text(module.text(span).split("\n", 1)[0][:200])
    answer = session.calls.match(module, span, handed=_calls_parameter(module, span))
    if isinstance(answer, NoMatch):
        return ExplainedCall(
            module.path, position.cell, position.line, position.column, text, reason=redact_text(answer.reason)
        )
    records = tuple(redact_usage(r) for r in session.records(module, answer))
    return ExplainedCall(module.path, position.cell, position.line, position.column, text, records)
