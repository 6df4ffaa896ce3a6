"""Calls of loading callables in functions that are handed them: `def retry(load, name): return load(name)`.

Call sites are found by names. The name of a parameter says nothing of models; who hands it a loading callable does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis.callbacks import MAX_HANDED, call_with_argument
from ptmscan.analysis.environment import Environment
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.matcher import Matcher
    from ptmscan.analysis.program import Module


def handed_calls(matcher: Matcher, module: Module, references: tuple[n.Span, ...]) -> Iterator[tuple[str, n.Span]]:
    """The calls, by path and span, of what a module hands to functions of the repository, where that loads.

    `references`: where the module reads names of loading callables without calling them.
    """
    for scope in _marked(module, references):
        yield from ((module.path, span) for span in _calls_of_parameters(module, scope))
    spans = [s for s in references if call_with_argument(module, s) is not None]
    for span in [s for s in spans if _loads(matcher, module, s)][:MAX_HANDED]:
        for call in matcher.callers.sites.callbacks.handed(module, [span])[0]:
            if isinstance(call.node, n.Call) and isinstance(call.callee, (n.Name, n.Attribute)):
                yield call.module.path, call.node.span


def _marked(module: Module, references: tuple[n.Span, ...]) -> list[Scope]:
    """The functions with a decorator in which one of the references stands (`@pytest.mark.parametrize`)."""
    if not references:
        return []
    decorated = [s for s in module.index.scopes if isinstance(s.node, n.FunctionDef) and s.node.decorators]
    return [s for s in decorated if s.node and any(d[0] <= r[0] < d[1] for d in s.node.decorators for r in references)]


def _calls_of_parameters(module: Module, scope: Scope) -> list[n.Span]:
    """The calls in a function of its own parameters."""
    named = b"|".join(re.escape(p.name.encode()) for p in scope.parameters) or b"(?!)"
    start, end = scope.span
    spans = [s for s in module.calls(re.compile(named)) if start <= s[0] and s[1] <= end]
    return [s for s in spans if isinstance(node := module.expression(s), n.Call) and isinstance(node.func, n.Name)]


def _loads(matcher: Matcher, module: Module, span: n.Span) -> bool:
    """Whether an expression may be a loading callable, whoever calls the function around it."""
    scope = module.index.scope_at(span[0])
    matcher.ev.begin(telling=False)
    with matcher.ev.question():
        value = matcher.ev.evaluate_span(span, Environment(module, scope.id, matcher.ev.open_frame(module, scope)))
    return any(matcher.is_loading(a.atom) for a in value.atoms)
