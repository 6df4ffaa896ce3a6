"""The two parsers against each other: `python benchmarks/parsers.py [--cache DIR] [--files N]` (see README.md).

Do both lowerings give the same trees, does libCST's QualifiedNameProvider give ptmscan's import names, and what does
each step cost? Prints Markdown and writes it to benchmarks/results/parsers.md.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import random
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import libcst as cst
import tree_sitter_python
from corpora import fetch
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, ScopeProvider
from measure import machine
from names import compare_names
from tree_sitter import Language, Parser
from trees import DENSE, default_cache

from ptmscan.source import Source, read_source
from ptmscan.syntax import nodes as n
from ptmscan.syntax import with_libcst, with_treesitter
from ptmscan.syntax.comparison import same
from ptmscan.syntax.confirmation import Confirmer
from ptmscan.syntax.with_libcst import lower_text

HERE = Path(__file__).parent
PINNED = tuple(pin for pin in DENSE if pin[0] != "bertopic")
ANY_NAME = re.compile(rb"\w+")
SHOWN = 20  # differences listed


def main() -> None:
    arguments = _arguments()
    warnings.simplefilter("ignore")  # Invalid escapes in the pinned sources.
    sys.setrecursionlimit(50_000)
    sources = pinned_sources(arguments.cache)
    chosen = sample(sources, arguments.files)
    page = [
        "# The two parsers",
        heading(arguments.files, sources),
        "## Do both give the same trees?",
        *trees_section(chosen),
        "## Does libCST's QualifiedNameProvider give the same import names?",
        *compare_names(sample(sources, arguments.files // 4)),
        "## What does each step cost?",
        *speed_section(sources, arguments.cache),
    ]
    text = "\n\n".join(page) + "\n"
    print(text)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "parsers.md").write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where unpacked wheels are kept")
    parser.add_argument("--files", type=int, default=240, help="files whose trees are compared; 0 for all")
    return parser.parse_args()


def heading(files: int, sources: Sequence[Source]) -> str:
    """The command, the machine, the versions and the sources."""
    facts = ", ".join(f"{key} {value}" for key, value in machine().items())
    pins = ", ".join("==".join(pin) for pin in PINNED)
    return (
        f"`python benchmarks/parsers.py --files {files}` on {facts}.\n\nSources: {pins} ({len(sources)} files, "
        f"{megabytes(sources):.1f} MB). Samples are drawn with a fixed seed. Times are processor "
        "time of one core: compare the ratios."
    )


def pinned_files(cache: Path) -> Iterator[tuple[Path, Path]]:
    """Every Python file of the pinned packages: the package's folder, and the path below it."""
    for name, version in PINNED:
        root = fetch(name, version, cache)
        yield from [(root, path.relative_to(root)) for path in sorted(root.rglob("*.py"))]


def pinned_sources(cache: Path) -> list[Source]:
    """Every Python file of the pinned packages, as a scan reads it."""
    return [read_source(path.as_posix(), (root / path).read_bytes()) for root, path in pinned_files(cache)]


def sample(sources: Sequence[Source], count: int) -> list[Source]:
    """`count` of the sources, always the same ones; all of them for 0."""
    chosen = list(sources)
    random.Random(1).shuffle(chosen)
    return chosen[:count] if count else chosen


def megabytes(sources: Sequence[Source]) -> float:
    return sum(len(s.data) for s in sources) / 1e6


# --- the same trees ---------------------------------------------------------------------------------------------------


def trees_section(sources: Sequence[Source]) -> Iterator[str]:
    """Compare statements, call sites and every expression that a statement or a call site names."""
    counts: Counter[str] = Counter()
    differences: list[str] = []
    for source in sources:
        _compare_trees(source, counts, differences)
    yield (
        f"{counts['files']} files, {megabytes(sources):.1f} MB: {counts['statements']} statements, {counts['calls']} "
        f"calls, {counts['expressions']} whole expressions lowered by both, spans included."
    )
    yield "\n".join(f"- {what}: {counts[what]}" for what in KINDS)
    if differences:
        yield "\n".join(differences[:SHOWN])
    yield "\n".join(f"*{kind}*: {why}" for kind, why in EXPLAINED.items() if counts[kind])
    confirmed: Counter[str] = Counter()
    for source in sources[: len(sources) // 4]:
        confirmed += _confirm_all(source)
    yield (
        "Confirmation of every call, as a scan does it, in a quarter of these files: "
        + ", ".join(f"{name} {count}" for name, count in confirmed.most_common())
        + "."
    )


STATEMENT, SITE, EXPRESSION = "statement differs", "call site that only one has", "expression differs"
SPAN, TEXT_SPAN = "only spans differ", "only the span of text in an f-string differs"
REJECTED = "file that libCST was not given or rejected"
KINDS = (STATEMENT, SITE, EXPRESSION, SPAN, TEXT_SPAN, REJECTED)
EXPLAINED = {
    STATEMENT: "tree-sitter-python 0.25 reads `with a if b else c as x` and `with lambda: a as x` as `… (c as x)`.",
    TEXT_SPAN: "where text ends one literal and a field begins the next, tree-sitter's span takes in the quotes.",
    REJECTED: "sums of more than 100 terms, a form feed before a statement, `(x): int = 3` are valid and not read.",
}


def _compare_trees(source: Source, counts: Counter[str], differences: list[str]) -> None:
    ours, theirs = with_treesitter.parse(source), with_libcst.parse(source)
    counts["files"] += 1
    if theirs.error_lines or theirs.problem:
        counts[REJECTED] += 1
        differences.append(f"- {source.path}:{theirs.error_lines[0]}: {REJECTED}: {theirs.problem or 'rejected'}")
        return
    left, right = list(statements(ours.statements)), list(statements(theirs.statements))
    counts["statements"] += len(left)
    spans: set[n.Span] = set()
    for mine, other in zip(left, right, strict=False):
        own, other_own = own_part(mine), own_part(other)
        if own != other_own:
            _note(source, SPAN if same(own, other_own) else STATEMENT, mine.span, counts, differences)
            continue
        spans.update(expression_spans(mine))
    calls, other_calls = set(ours.calls(ANY_NAME)), set(theirs.calls(ANY_NAME))
    for span in calls ^ other_calls:
        _note(source, SITE, span, counts, differences)
    counts["calls"] += len(calls)
    counts["expressions"] += len(spans | calls)
    for span in sorted(spans | (calls & other_calls)):
        mine_expr, other_expr = ours.expression(span), theirs.expression(span)
        if mine_expr != other_expr:
            _note(source, _difference(mine_expr, other_expr), span, counts, differences)


def _difference(mine: n.Expr, other: n.Expr) -> str:
    if not same(mine, other):
        return EXPRESSION
    return TEXT_SPAN if _without_text_spans(mine) == _without_text_spans(other) else SPAN


def _without_text_spans(tree: object) -> object:
    """The tree as tuples, the text parts of f-strings without their spans."""
    if isinstance(tree, tuple):
        return tuple([_without_text_spans(item) for item in tree])
    if isinstance(tree, n.FString):
        parts = [p.value if isinstance(p, n.Constant) else _without_text_spans(p) for p in tree.parts]
        return (tree.span, *parts)
    if dataclasses.is_dataclass(tree):
        return tuple([_without_text_spans(getattr(tree, field.name)) for field in dataclasses.fields(tree)])
    return tree


def _note(source: Source, kind: str, span: n.Span, counts: Counter[str], differences: list[str]) -> None:
    counts[kind] += 1
    if kind == TEXT_SPAN:
        return
    text = " ".join(source.text(span).split())[:80]
    differences.append(f"- {source.path}:{source.position(span[0]).line}: {kind}: `{text}`")


def statements(body: Sequence[n.Stmt]) -> Iterator[n.Stmt]:
    """Every statement, outer ones first."""
    for statement in body:
        yield statement
        for field in dataclasses.fields(statement):
            value = getattr(statement, field.name)
            if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
                yield from statements([v for v in value if isinstance(v, n.Stmt | n.ExceptHandler | n.MatchCase)])


def own_part(statement: n.Stmt) -> tuple[object, ...]:
    """A statement without the statements in its blocks, which are compared by themselves."""
    values = [getattr(statement, field.name) for field in dataclasses.fields(statement)]
    return (type(statement), *[() if _is_block(value) else value for value in values])


def _is_block(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], n.Stmt)


def expression_spans(statement: n.Stmt) -> Iterator[n.Span]:
    """The spans of expressions in a statement's own fields, its parameters, arguments and items."""
    pending: list[object] = [statement]
    while pending:
        item = pending.pop()
        for field in dataclasses.fields(item):  # type: ignore[arg-type]
            value = getattr(item, field.name)
            if field.name in ("span", "name_span") or not isinstance(value, tuple) or not value:
                continue
            if isinstance(value[0], int):
                yield value
            elif isinstance(value[0], tuple) and isinstance(value[0][0], int):
                yield from value
            else:
                pending += [v for v in value if isinstance(v, n.Parameter | n.BaseArgument | n.WithItem)]


def _confirm_all(source: Source) -> Counter[str]:
    parsed = with_treesitter.parse(source)
    confirmer = Confirmer(source, parsed)
    confirmer.work_left = sys.maxsize  # A scan confirms the few calls that load, not all.
    calls = [parsed.expression(span) for span in parsed.calls(ANY_NAME)]
    answers = [confirmer.confirm(call) for call in calls if isinstance(call, n.Call)]
    return Counter(f"{type(a).__name__.lower()}{' ' + a.reason if hasattr(a, 'reason') else ''}" for a in answers)


# --- what it costs ----------------------------------------------------------------------------------------------------


def speed_section(sources: Sequence[Source], cache: Path) -> Iterator[str]:
    """Processor time of each step on whole files, the best of three passes, and per call."""
    fast, slow = sample(sources, 100), [s for s in sample(sources, 0) if len(s.data) < 40_000][:20]
    files = {path.as_posix(): root / path for root, path in pinned_files(cache)}
    reading, parsing = "read the files", "tree-sitter: parse"
    raw_parser = Parser(Language(tree_sitter_python.language()))
    steps: list[tuple[str, Sequence[Source], Callable[[Source], object]]] = [
        (reading, fast, lambda s: files[s.path].read_bytes()),
        (parsing, fast, lambda s: raw_parser.parse(s.data)),
        ("ptmscan's tree-sitter: parse, lower the statements", fast, lambda s: with_treesitter.parse(s).statements),
        ("`ast.parse`", fast, lambda s: ast.parse(s.data)),
        ("libCST: `parse_module`", slow, lambda s: cst.parse_module(s.data)),
        ("libCST: + PositionProvider", slow, lambda s: _resolve(s, PositionProvider)),
        ("libCST: + ScopeProvider", slow, lambda s: _resolve(s, ScopeProvider)),
        ("libCST: + QualifiedNameProvider", slow, lambda s: _resolve(s, QualifiedNameProvider)),
        ("libCST as ptmscan's only parser", slow, with_libcst.parse),
    ]
    best: dict[str, float] = {}
    for _ in range(3):  # In turn, so that a slow minute of the machine meets all alike.
        for name, chosen, step in steps:
            spent = _seconds(chosen, step)
            best[name] = min(spent, best.get(name, spent))
    speeds = {name: megabytes(chosen) / best[name] for name, chosen, _ in steps}
    lines = ["| step | MB in the sample | MB/s | time against the tree-sitter parse |", "|---|---:|---:|---:|"]
    for name, chosen, _ in steps:
        ratio = speeds[parsing] / speeds[name]
        lines.append(
            f"| {name} | {megabytes(chosen):.1f} | {speeds[name]:.2f} | {ratio:.{0 if ratio > 10 else 2}f} × |"
        )
    yield "\n".join(lines)
    yield calls_table(slow, fast)


def _resolve(source: Source, provider: type) -> object:
    return list(MetadataWrapper(cst.parse_module(source.data), unsafe_skip_copy=True).resolve(provider))


def _seconds(files: Sequence[Source], step: Callable[[Source], object]) -> float:
    """Processor time of a step over all files."""
    started = time.process_time()
    for source in files:
        step(source)
    return time.process_time() - started


def calls_table(sources: Sequence[Source], loading: Sequence[Source]) -> str:
    """Processor time per call expression, the best of three passes: all calls of some files, and the loads of many."""
    every, loads = "call", "`from_pretrained` call"
    steps: list[tuple[str, str, Callable[[Source, n.ParsedModule, n.Span], object]]] = [
        (every, "tree-sitter: lower it", lambda _source, parsed, span: parsed.expression(span)),
        (every, "libCST: `parse_expression`", lambda source, _parsed, span: cst.parse_expression(wrap(source, span))),
        (every, "libCST: parse and lower it", lambda source, _parsed, span: lower_text(wrap(source, span))),
        (every, "confirm it by its own text", lambda source, parsed, span: _confirm(source, None, parsed, span)),
        (loads, "libCST: `parse_expression`", lambda source, _parsed, span: cst.parse_expression(wrap(source, span))),
        (
            loads,
            "confirm it by its statement, as a scan does",
            lambda s, parsed, span: _confirm(s, parsed, parsed, span),
        ),
    ]
    best: dict[tuple[str, str], float] = {}
    for _ in range(3):
        # Parsed anew, because a module keeps what it has lowered.
        work = {every: _calls_of(sources, ANY_NAME), loads: _calls_of(loading, re.compile(rb"from_pretrained"))}
        for which, name, step in steps:
            started = time.process_time()
            for item in work[which]:
                step(*item)
            spent = (time.process_time() - started) / len(work[which]) * 1e6
            best[which, name] = min(spent, best.get((which, name), spent))
    lines = [f"| {name} | {which} ({len(work[which])}) | {spent:.0f} |" for (which, name), spent in best.items()]
    return "\n".join(["| step | of each | µs |", "|---|---|---:|", *lines])


Work: TypeAlias = tuple[Source, n.ParsedModule, n.Span]


def _calls_of(sources: Sequence[Source], names: re.Pattern[bytes]) -> list[Work]:
    parsed = [(source, with_treesitter.parse(source)) for source in sources]
    for _, module in parsed:
        _ = module.statements  # A scan has them already when it confirms.
    return [(source, module, span) for source, module in parsed for span in module.calls(names)]


def wrap(source: Source, span: n.Span) -> str:
    """The text of an expression in parentheses, which make its lines one."""
    return f"({source.text(span)}\n)"


def _confirm(source: Source, around: n.ParsedModule | None, parsed: n.ParsedModule, span: n.Span) -> object:
    call = parsed.expression(span)
    return Confirmer(source, around).confirm(call) if isinstance(call, n.Call) else None


if __name__ == "__main__":
    main()
