"""How much of a file survives one mistake in it: real files, broken in 14 ways, read by the working parser.

    python benchmarks/mutation.py [--cache DIR] [--files N] [--kind NAME]

For every call of the unbroken file (by `ast`) that the mistake did not remove: is it still found, and in the same
function and class? The table gives the mean of these shares over the files, and the target of each kind. Deterministic.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import corpora

from ptmscan.source import Source, Unit
from ptmscan.syntax import nodes as n
from ptmscan.syntax.with_treesitter import parse

PACKAGES = (
    ("transformers", "4.30.2"),
    ("sentence-transformers", "2.3.1"),
    ("diffusers", "0.18.2"),
    ("bertopic", "0.16.0"),
)
SEED = 20260101
EVERY_NAME = re.compile(rb"[\w\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces data[start:end]."""

    start: int
    end: int
    new: bytes = b""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code outside strings: its number, its bytes [start, end) without newline, its indentation."""

    number: int
    start: int
    end: int
    indent: int


class Victim:
    """An unbroken file: its lines, its tokens' places, and the truth about its calls."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        tree = ast.parse(data)
        self.starts = [0]
        for text in data.split(b"\n"):
            self.starts.append(self.starts[-1] + len(text) + 1)
        hidden = self._string_lines(tree)
        self.lines = [
            Line(i, self.starts[i], self.starts[i] + len(text), len(text) - len(text.lstrip()))
            for i, text in enumerate(data.split(b"\n"))
            if text.strip() and not text.lstrip().startswith(b"#") and i not in hidden
        ]
        self.calls = dict(self._calls(tree))

    def _string_lines(self, tree: ast.AST) -> set[int]:
        found: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                last = node.end_lineno or node.lineno
                found.update(range(node.lineno - 1, last) if last > node.lineno else ())
        return found

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def _calls(self, tree: ast.AST, scope: str = "") -> Iterator[tuple[int, str]]:
        """The end of each callee's name and the scope in which it is called; calls in f-strings have no place."""
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.JoinedStr):
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                yield self.offset(node.func.end_lineno or 1, node.func.end_col_offset or 0), scope
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inside = f"{scope}.{node.name}"
                for child in ast.iter_child_nodes(node):
                    wrapped = ast.Module([child], [])  # type: ignore[list-item]
                    yield from self._calls(wrapped, inside if child in node.body else scope)
            else:
                yield from self._calls(node, scope)


def calls_of(data: bytes) -> dict[int, str]:
    """The same of a possibly broken file, by the working parser."""
    module = parse(Source("x.py", data, (Unit(None, 0, len(data)),)))
    scopes = sorted(bodies(module.statements), key=lambda s: (s[0][0], -s[0][1]))
    found: dict[int, str] = {}
    for span in module.calls(EVERY_NAME):
        call = module.expression(span)
        end = callee_end(call)
        if end is not None:
            inside = [name for (start, stop), name in scopes if start <= end <= stop]
            found[end] = inside[-1] if inside else ""
    return found


def callee_end(call: n.Expr) -> int | None:
    return call.func.span[1] if isinstance(call, n.Call) else None


def bodies(statements: tuple[n.Stmt, ...], scope: str = "") -> Iterator[tuple[n.Span, str]]:
    """The body of each function and class with its qualified name."""
    for statement in statements:
        if isinstance(statement, n.FunctionDef | n.ClassDef):
            name = f"{scope}.{statement.name}"
            if statement.body:
                yield (statement.body[0].span[0], statement.span[1]), name
            yield from bodies(statement.body, name)
        else:
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from bodies(getattr(statement, field, ()), scope)


# --- the mistakes -----------------------------------------------------------------------------------------------------

Mistake = Callable[[Victim, random.Random], list[Edit]]


def line_text(victim: Victim, line: Line) -> bytes:
    return victim.data[line.start : line.end]


def merge_conflict(victim: Victim, rng: random.Random) -> list[Edit]:
    """Two versions of up to six lines between markers; either may be the one that is known."""
    first = rng.choice(victim.lines)
    start, end = first.start, victim.starts[min(first.number + rng.randint(1, 6), len(victim.starts) - 1)]
    end = min(end, len(victim.data))
    other = victim.data[start:end].replace(b"self", b"this", 1) if rng.random() < 0.7 else b""
    if rng.random() < 0.5:
        tail = b"=======\n" + other + b">>>>>>> feature\n"
        return [Edit(start, start, b"<<<<<<< HEAD\n"), Edit(end, end, tail)]
    return [Edit(start, start, b"<<<<<<< HEAD\n" + other + b"=======\n"), Edit(end, end, b">>>>>>> feature\n")]


def left_over_marker(victim: Victim, rng: random.Random) -> list[Edit]:
    """One line of a conflict that was resolved by half."""
    line = rng.choice(victim.lines)
    return [Edit(line.start, line.start, rng.choice((b"<<<<<<< HEAD\n", b"=======\n", b">>>>>>> 1a2b3c4 (fix)\n")))]


def unfinished_function(victim: Victim, rng: random.Random) -> list[Edit]:
    """`def f(` at the top level."""
    line = rng.choice([x for x in victim.lines if x.indent == 0])
    return [Edit(line.start, line.start, b"def f(\n\n")]


def missing_colon(victim: Victim, rng: random.Random) -> list[Edit]:
    words = (b"def ", b"class ", b"if ", b"for ", b"while ", b"with ", b"else:", b"try:", b"elif ", b"except")
    heads = [x for x in victim.lines if line_text(victim, x).strip().startswith(words)]
    heads = [x for x in heads if line_text(victim, x).endswith(b":")]
    line = rng.choice(heads or victim.lines)
    return [Edit(line.end - 1, line.end)]


def missing_bracket(victim: Victim, rng: random.Random) -> list[Edit]:
    """A closing bracket is gone."""
    places = [x.start + i for x in victim.lines for i, byte in enumerate(line_text(victim, x)) if byte in b")]}"]
    place = rng.choice(places)
    return [Edit(place, place + 1)]


def stray_triple_quote(victim: Victim, rng: random.Random) -> list[Edit]:
    line = rng.choice(victim.lines)
    if rng.random() < 0.5:
        return [Edit(line.start, line.start, b" " * line.indent + b'"""\n')]
    return [Edit(line.end, line.end, b'"""')]


def stray_quote(victim: Victim, rng: random.Random) -> list[Edit]:
    line = rng.choice(victim.lines)
    place = rng.randint(line.start + line.indent, line.end)
    return [Edit(place, place, rng.choice((b"'", b'"')))]


def unfinished_line(victim: Victim, rng: random.Random) -> list[Edit]:
    """A line ends in the middle."""
    line = rng.choice([x for x in victim.lines if x.end - x.start - x.indent > 8])
    return [Edit(rng.randint(line.start + line.indent + 3, line.end - 2), line.end)]


def indentation(victim: Victim, rng: random.Random) -> list[Edit]:
    """A line is moved by some blanks, or begins with a tab."""
    line = rng.choice([x for x in victim.lines if x.indent >= 4])
    if rng.random() < 0.5:
        return [Edit(line.start, line.start + rng.choice((4, line.indent)), b"\t")]
    return [Edit(line.start, line.start + line.indent, b" " * max(0, line.indent + rng.choice((-4, -2, -1, 1, 2, 4))))]


def python_2(victim: Victim, rng: random.Random) -> list[Edit]:
    line = rng.choice(victim.lines)
    statements = (b'print "loading %s" % name', b"print 'a', 'b'", b"print >>sys.stderr, x", b'raise ValueError, "x"')
    new = rng.choice((*statements, b"exec code in scope", b"x = a <> b", b"x = `y`"))
    return [Edit(line.start, line.start, b" " * line.indent + new + b"\n")]


def truncated(victim: Victim, rng: random.Random) -> list[Edit]:
    """The file ends somewhere in its second half."""
    return [Edit(rng.randint(len(victim.data) // 2, len(victim.data) - 2), len(victim.data))]


def duplicated_line(victim: Victim, rng: random.Random) -> list[Edit]:
    line = rng.choice(victim.lines)
    return [Edit(line.start, line.start, line_text(victim, line) + b"\n")]


def deleted_line(victim: Victim, rng: random.Random) -> list[Edit]:
    line = rng.choice(victim.lines)
    return [Edit(line.start, line.end + 1)]


def mojibake(victim: Victim, rng: random.Random) -> list[Edit]:
    """Typographic quotes, replacement characters, text decoded twice."""
    line = rng.choice(victim.lines)
    place = rng.randint(line.start + line.indent, line.end)
    return [Edit(place, place, rng.choice(("\ufffd", "“", "’", "â€œ", "\x00", "Ã©", "\u200b", "…")).encode())]


KINDS: dict[str, tuple[Mistake, float | None, float | None]] = {
    "merge conflict": (merge_conflict, 0.95, 0.93),
    "left-over marker": (left_over_marker, 0.95, 0.93),
    "top-level `def f(`": (unfinished_function, None, None),
    "missing colon": (missing_colon, 0.95, 0.93),
    "missing bracket": (missing_bracket, 0.95, 0.93),
    'stray `"""`': (stray_triple_quote, 0.85, 0.85),
    "stray quote": (stray_quote, 0.85, 0.85),
    "unfinished line": (unfinished_line, 0.95, 0.93),
    "indentation, tab": (indentation, 0.95, 0.93),
    "Python 2": (python_2, 0.95, 0.93),
    "truncated file": (truncated, 0.95, 0.93),
    "duplicated line": (duplicated_line, 0.95, 0.93),
    "deleted line": (deleted_line, 0.95, 0.93),
    "mojibake": (mojibake, 0.95, 0.93),
}


def apply(data: bytes, edits: list[Edit]) -> bytes:
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        data = data[: edit.start] + edit.new + data[edit.end :]
    return data


def moved(offset: int, edits: list[Edit]) -> int | None:
    """Where the last character of a name is now, None if it was removed."""
    last, shift = offset - 1, 0
    for edit in edits:
        if edit.start <= last < edit.end:
            return None
        if edit.end <= last:
            shift += len(edit.new) - (edit.end - edit.start)
    return offset + shift


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of the calls of one file: kept, kept in the right scope, and how many were invented beside them."""

    kept: float
    scoped: float
    invented: float


def outcome(victim: Victim, edits: list[Edit]) -> Outcome:
    """Break one file and read it."""
    found = calls_of(apply(victim.data, edits))
    wanted = {place: scope for end, scope in victim.calls.items() if (place := moved(end, edits)) is not None}
    # Inside f-strings `ast` has no places before Python 3.12; what the mistake brings along is no invention.
    before = set(calls_of(victim.data)) - set(victim.calls)
    known = {place for end in before if (place := moved(end, edits)) is not None} | set(wanted)
    brought = sum(len(e.new) > 0 and e.new.count(b"(") for e in edits)
    invented = max(0, len(set(found) - known) - brought)
    count = max(1, len(wanted))
    kept, scoped = len(wanted.keys() & found.keys()), sum(found.get(p) == s for p, s in wanted.items())
    return Outcome(kept / count, scoped / count, invented / count)


def victims(cache: Path, count: int) -> list[Victim]:
    """A random choice of files with at least twenty calls."""
    paths = sorted(p for name, version in PACKAGES for p in corpora.fetch(name, version, cache).rglob("*.py"))
    random.Random(SEED).shuffle(paths)
    found: list[Victim] = []
    for path in paths:
        data = path.read_bytes()
        if len(found) < count and 2_000 < len(data) < 100_000 and b"\r" not in data:
            victim = Victim(data)
            if len(victim.calls) >= 20:
                found.append(victim)
    return found


def measure(chosen: list[Victim], mistake: Mistake) -> list[Outcome]:
    """One mistake in each file."""
    found = []
    for number, victim in enumerate(chosen):
        rng = random.Random(f"{SEED} {mistake.__name__} {number}")
        found.append(outcome(victim, mistake(victim, rng)))
    return found


def main() -> int:
    """Print the table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "ptmscan" / "benchmarks")
    parser.add_argument("--files", type=int, default=80)
    parser.add_argument("--kind", choices=KINDS, action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    chosen = victims(options.cache, options.files)
    print(f"{len(chosen)} files, {sum(len(v.calls) for v in chosen)} calls, one mistake each, seed {SEED}\n")
    print("| mistake | calls kept | rightly scoped | targets | worst file | invented |")
    print("|---|---|---|---|---|---|")
    missed = 0
    for kind in options.kind or KINDS:
        mistake, keep, scope = KINDS[kind]
        outcomes = measure(chosen, mistake)
        kept, scoped = mean(o.kept for o in outcomes), mean(o.scoped for o in outcomes)
        worst, invented = min(o.kept for o in outcomes), mean(o.invented for o in outcomes)
        fails = (keep is not None and kept < keep) or (scope is not None and scoped < scope)
        missed += fails
        targets = "listed" if keep is None else f"{keep:.2f} / {scope:.2f}{' MISSED' if fails else ''}"
        print(f"| {kind} | {kept:.3f} | {scoped:.3f} | {targets} | {worst:.2f} | {invented:.4f} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
