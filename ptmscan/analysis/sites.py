"""Where in a module a load may be called: by name, by an alias the module gives, and calls of looked-up objects."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from ptmscan.analysis.index import BindingKind, ModuleIndex
from ptmscan.analysis.nested import children, statement_expression
from ptmscan.analysis.program import Module
from ptmscan.prefilter import looked_up
from ptmscan.syntax import nodes as n

# `getattr(models, name)(…)`, `TABLE[key](…)`: the callee ends in a bracket, not in a name.
_RESULT_CALLED = re.compile(rb"[\])]\s*\(")
# Functions that call what they are given: `asyncio.to_thread(AutoModel.from_pretrained, "bert")`.
_INDIRECT = re.compile(
    rb"to_thread|run_sync|run_in_threadpool|run_in_executor|submit|apply|apply_async|Thread|Process|map"
)
# The same with a text: `getattr(models, "resnet18")`.
_WRITTEN = re.compile(rb"\b(?:getattr\s*\([^()\"'\n]*,|__dict__\s*\[)\s*[\"'](\w+)[\"']")
MAX_ALIASES = 400


@dataclass(frozen=True, slots=True)
class Sites:
    """The spans of the calls that may be loads, in source order, the names given to loading callables, and where
    names of loading callables are read and not called."""

    calls: tuple[n.Span, ...]
    aliases: frozenset[str]
    references: tuple[n.Span, ...]


def call_sites(module: Module, names: re.Pattern[bytes]) -> Sites:
    """Where a module may load. `names`: matches names of loading callables."""
    parsed = module.program.parsed(module.path)
    spans = set(parsed.calls(names))
    references = parsed.references(names)
    aliases = _aliases(module, names, references)
    if references:
        spans |= set(parsed.calls(_INDIRECT))
    if aliases:
        spans |= set(parsed.calls(re.compile(b"|".join(re.escape(a.encode()) for a in sorted(aliases)))))
    spans |= calls_of_results(module)
    return Sites(tuple(sorted(spans, key=lambda s: (s[0], -s[1]))), aliases, references)


def _aliases(module: Module, names: re.Pattern[bytes], references: tuple[n.Span, ...]) -> frozenset[str]:
    """Names that the module gives to loading callables, directly or through other such names."""
    found = _import_aliases(module.index, names)
    spans = (*references, *_looked_up(module, names))
    if spans:
        found |= _names_assigned_from(module.index, spans)
    for _ in range(4):
        if not found or len(found) > MAX_ALIASES:
            break
        pattern = re.compile(b"|".join(re.escape(a.encode()) for a in sorted(found)))
        more = _names_assigned_from(module.index, module.references(pattern)) - found
        if not more:
            break
        found |= more
    return frozenset(sorted(found)[:MAX_ALIASES])


def items_of_tables(module: Module, references: tuple[n.Span, ...]) -> frozenset[str]:
    """The names that are given something out of what holds one of the references: `made = TABLE[key]`."""
    tables = _names_assigned_from(module.index, references) if references else set()
    if not tables or len(tables) > MAX_ALIASES:
        return frozenset()
    pattern = re.compile(b"|".join(re.escape(t.encode()) for t in sorted(tables)))
    return frozenset(sorted(_names_assigned_from(module.index, module.references(pattern)))[:MAX_ALIASES])


def _looked_up(module: Module, names: re.Pattern[bytes]) -> list[n.Span]:
    """Where an attribute is looked up by a name that is computed, or by a text that is one of the names."""
    data = module.source.data
    return [*looked_up(data), *(hit.span() for hit in _WRITTEN.finditer(data) if names.fullmatch(hit[1]))]


def _import_aliases(index: ModuleIndex, names: re.Pattern[bytes]) -> set[str]:
    found: set[str] = set()
    for scope in index.scopes:
        for name, sites in scope.bindings.items():
            for site in sites:
                imported = site.imported
                if (
                    imported is not None
                    and imported.alias
                    and names.fullmatch(imported.name.rpartition(".")[2].encode())
                ):
                    found.add(name)
    return found


def _names_assigned_from(index: ModuleIndex, spans: tuple[n.Span, ...]) -> set[str]:
    """The names bound by statements whose value holds one of the spans, and attributes stored so."""
    starts = sorted(spans)
    found: set[str] = set()
    kinds = (BindingKind.ASSIGNMENT, BindingKind.WALRUS, BindingKind.LOOP, BindingKind.WITH)
    for scope in index.scopes:
        for name, sites in scope.bindings.items():
            if any(s.kind in kinds and s.value is not None and _holds(s.value, starts) for s in sites):
                found.add(name)
    for attr, stores in index.stores.items():
        if any(s.value is not None and _holds(s.value, starts) for s in stores):
            found.add(attr)
    return found


def _holds(value: n.Span, spans: list[n.Span]) -> bool:
    i = bisect_left(spans, (value[0], 0))
    return i < len(spans) and spans[i][1] <= value[1]


def calls_of_results(module: Module) -> set[n.Span]:
    """Calls whose callee ends in no name: itself a call, a subscript, or a choice between others."""
    found: set[n.Span] = set()
    done: set[n.Span] = set()
    for hit in _RESULT_CALLED.finditer(module.source.data):
        scope = module.index.scope_at(hit.start())
        outer = statement_expression(scope, (hit.start(), hit.start() + 1))
        if outer is None or outer in done:
            continue
        done.add(outer)
        pending = [module.expression(outer)]
        while pending:
            node = pending.pop()
            if isinstance(node, n.Call) and not isinstance(node.func, (n.Name, n.Attribute)):
                found.add(node.span)
            pending.extend(children(node))
    return found
