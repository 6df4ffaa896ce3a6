"""ptmscan's names of callees against those of libCST's QualifiedNameProvider, file by file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst
from libcst.metadata import (
    ByteSpanPositionProvider,
    MetadataWrapper,
    QualifiedName,
    QualifiedNameProvider,
    QualifiedNameSource,
)

from ptmscan.analysis.environment import Environment
from ptmscan.analysis.evaluator import Evaluator
from ptmscan.analysis.modules import Modules
from ptmscan.analysis.program import Module, Program
from ptmscan.analysis.values import External, Value
from ptmscan.source import Source
from ptmscan.syntax import nodes as n
from ptmscan.syntax import with_treesitter

SHOWN = 20


def compare_names(sources: Sequence[Source]) -> Iterator[str]:
    """Every call whose callee libCST derives from absolute imports only, each file on its own.

    For `numpy.array(x).astype` libCST says `numpy.array.astype`, ptmscan `numpy.array().astype`: brackets are dropped.
    """
    counts: Counter[str] = Counter()
    differences: list[str] = []
    for source in sources:
        _compare(source, counts, differences)
    yield (
        f"{len(sources)} files, each on its own; {counts['calls']} calls whose callee comes from absolute imports by "
        "libCST's reading. Relative imports are left out: libCST does not resolve them without the repository."
    )
    yield "\n".join(f"- {kind}: {counts[kind]}" for kind in KINDS)
    if differences:
        yield "\n".join(differences[:SHOWN])
        yield f"*{NONE}*: methods of objects that ptmscan models (pathlib) or does not follow; its reason in brackets."


SAME = "the same names"
NARROWER = "some of the names: ptmscan leaves out an import that cannot reach the call"
MODELLED = "no name, but a value that ptmscan computed"
OTHER = "other names"
NONE = "nothing known to ptmscan"
KINDS = (SAME, NARROWER, MODELLED, OTHER, NONE)


def _compare(source: Source, counts: Counter[str], differences: list[str]) -> None:
    path = source.path.rpartition("/")[2]  # Without its folders, or `models` might be the repository's own package.
    alone = replace(source, path=path)
    program = Program(Modules([path]), lambda _path: alone, with_treesitter.parse, lambda _names: {})
    module, evaluator = program.get(path), Evaluator(program)
    for span, theirs in libcst_names(source):
        value = callee_value(evaluator, module, span)
        ours = frozenset(re.sub(r"[()\[\]]", "", a.atom.name) for a in value.atoms if isinstance(a.atom, External))
        kind = _kind(ours, theirs, value)
        counts["calls"] += 1
        counts[kind] += 1
        if kind in (OTHER, NONE):
            place = f"{source.path}:{source.position(span[0]).line}"
            why = f" ({value.open_reason})" if value.open_reason else ""
            differences.append(f"- {place}: {kind}: libCST {sorted(theirs)}, ptmscan {sorted(ours)}{why}")


def _kind(ours: frozenset[str], theirs: frozenset[str], value: Value) -> str:
    if ours:
        return SAME if ours == theirs else NARROWER if ours < theirs else OTHER
    return MODELLED if value.atoms else NONE


def libcst_names(source: Source) -> Iterator[tuple[n.Span, frozenset[str]]]:
    """Spans of callees with their names, where all of these come from absolute imports."""
    wrapper = MetadataWrapper(cst.parse_module(source.data), unsafe_skip_copy=True)
    names = wrapper.resolve(QualifiedNameProvider)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    for node in spans:
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name | cst.Attribute):
            found = names.get(node.func, frozenset())
            found = found() if callable(found) else found
            if found and all(_is_absolute(name) for name in found):
                span = spans[node.func]
                yield (span.start, span.start + span.length), frozenset(name.name for name in found)


def _is_absolute(name: QualifiedName) -> bool:
    return name.source is QualifiedNameSource.IMPORT and not name.name.startswith(".")


def callee_value(evaluator: Evaluator, module: Module, span: n.Span) -> Value:
    """The value of an expression of the module."""
    expression = module.program.parsed(module.path).expression(span)
    scope = module.index.scope_at(span[0])
    with evaluator.question():
        return evaluator.evaluate(expression, Environment(module, scope.id))
