"""Calls of third-party callables that no signature describes but that are given the name of a known model.

Which texts are names of known models is for the caller to say: the analysis knows no registry.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ptmscan.analysis import calls, model_names
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.evaluator import BudgetExceeded
from ptmscan.analysis.judging import Judge
from ptmscan.analysis.matcher import Matcher
from ptmscan.analysis.program import Module
from ptmscan.analysis.sites import calls_of_results
from ptmscan.analysis.usage import evidence_of, text_of_line
from ptmscan.analysis.values import Arguments, External, Trace, Value
from ptmscan.records import Suspect
from ptmscan.syntax import nodes as n

# Arguments deeper in a call than this are not looked at.
MAX_ARGUMENTS = 32
_ANY_NAME = re.compile(rb"\w+")
_QUOTED = re.compile(rb"""["']([A-Za-z0-9][\w.-]{2,}(?:/[\w.-]+)?)["']""")
_NOT_THIRD_PARTY = sys.stdlib_module_names | {"builtins", "?"}


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A known model by the names of whoever knows it."""

    model: str
    hub: str


NamesModel = Callable[[str], "NamedModel | None"]


def mentions_model(raw: bytes, names_model: NamesModel) -> bool:
    """Whether the bytes of a file hold the name of a known model between quotes."""
    found = {match[1] for match in _QUOTED.finditer(raw)}
    return any(names_model(text.decode("utf-8", "replace")) is not None for text in found)


def suspects(matcher: Matcher, module: Module, names_model: NamesModel) -> list[Suspect]:
    """The suspects of a module, in source order: one for each call and model."""
    parsed = module.program.parsed(module.path)
    spans = {*parsed.calls(_ANY_NAME), *calls_of_results(module)}
    return [
        suspect
        for span in sorted(spans, key=lambda s: (s[0], -s[1]))
        for suspect in _suspects_of_call(matcher, module, span, names_model)
    ]


def _suspects_of_call(matcher: Matcher, module: Module, span: n.Span, names_model: NamesModel) -> Iterator[Suspect]:
    call = module.expression(span)
    if not isinstance(call, n.Call) or not call.args:
        return
    scope = module.index.scope_at(span[0])
    matcher.ev.begin(telling=False)
    env = Environment(module, scope.id, matcher.ev.open_frame(module, scope))
    callee = _third_party_callee(matcher, call, env)
    if callee is None:
        return
    seen: set[str] = set()
    for answer, _ in matcher.callers.answers(env, lambda e: _arguments(matcher, call, e), _ARGUMENTS):
        for argument, value in _named(answer):
            for text, trace, partial in model_names.texts_of(value, objects=False, optional=False)[0]:
                found = None if text is None or partial else names_model(text)
                if text is not None and found is not None and found.model not in seen:
                    seen.add(found.model)
                    yield _suspect(module, span, scope.qualified_name, callee, argument, text, trace, found)


def _third_party_callee(matcher: Matcher, call: n.Call, env: Environment) -> str | None:
    """The name of what is called, if it is a library's and no signature may mean it."""
    try:
        with matcher.ev.question(), matcher.ev.strictly():
            callee = matcher.ev.evaluate(call.func, env)
    except BudgetExceeded:
        return None
    names = [a.atom.name for a in callee.atoms if isinstance(a.atom, External)]
    if any(matcher.catalogue.find(name.removesuffix(".__init__")) for name in names):
        return None
    return next((name for name in names if name.partition(".")[0] not in _NOT_THIRD_PARTY), None)


def _arguments(matcher: Matcher, call: n.Call, env: Environment) -> Arguments:
    return calls.evaluate_arguments(matcher.ev, call.args[:MAX_ARGUMENTS], env)


def _named(arguments: Arguments) -> Iterator[tuple[str, Value]]:
    yield from ((str(number), value) for number, value in enumerate(arguments.positional))
    yield from arguments.keywords


def _is_known(arguments: Arguments) -> bool:
    """Whether all arguments hold whoever calls."""
    return all(value.closed for _, value in _named(arguments))


_ARGUMENTS = Judge(_is_known)


def _suspect(
    module: Module, span: n.Span, scope: str, callee: str, argument: str, text: str, trace: Trace, found: NamedModel
) -> Suspect:
    position = module.source.position(span[0])
    return Suspect(
        path=module.path,
        line=position.line,
        column=position.column,
        scope=scope or "<module>",
        source_line=text_of_line(module, span),
        callee=callee,
        argument=argument,
        name=text,
        model=found.model,
        hub=found.hub,
        evidence=evidence_of(module, span, trace),
        cell=position.cell,
    )
