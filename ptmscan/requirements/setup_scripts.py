"""setup.py: the literals of its call of `setup`, in our own syntax tree. The script is never run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptmscan.errors import UnreadableFileError
from ptmscan.requirements.model import Declared, UnreadRequirementsError
from ptmscan.requirements.pip_files import requirement
from ptmscan.source import read_source
from ptmscan.syntax import nodes as n
from ptmscan.syntax.parsers import parser

_SETUP = re.compile(rb"setup")
_KEYS = ("install_requires", "extras_require", "tests_require", "setup_requires")
MAX_DEPTH = 12


def read_setup_script(text: str) -> Iterator[Declared]:
    """The requirements that `setup(…)` is given as literals, or by names that the module assigns literals to.

    Raises:
        UnreadRequirementsError: the file is no Python source.
    """
    try:
        source = read_source("setup.py", text.encode("utf-8", "replace"))
    except UnreadableFileError as error:
        raise UnreadRequirementsError(error.message) from error
    reader = _Script(parser("tree-sitter")(source))
    for text_, offset in reader.texts():
        line = source.position(offset).line
        for number, one in enumerate(text_.split("\n")):
            yield from requirement(one.split("#", 1)[0], line + number)


class _Script:
    """A parsed script and the names that its top level assigns."""

    def __init__(self, parsed: n.ParsedModule) -> None:
        self._parsed = parsed
        self._assigned = {
            target.id: statement.value
            for statement in parsed.statements
            if isinstance(statement, n.Assign)
            for target in statement.targets
            if isinstance(target, n.Name)
        }

    def texts(self) -> Iterator[tuple[str, int]]:
        """The texts of all requirement arguments, each with the offset where it stands."""
        for span in self._parsed.calls(_SETUP):
            call = self._parsed.expression(span)
            for argument in call.args if isinstance(call, n.Call) else ():
                if argument.name in _KEYS:
                    yield from self._strings(argument.value, 0)
                elif argument.star:
                    yield from self._of_keys(argument.value)

    def _of_keys(self, value: n.Expr) -> Iterator[tuple[str, int]]:
        """What a dictionary of arguments holds for us."""
        value = self._followed(value)
        for key, item in value.items if isinstance(value, n.DictExpr) else ():
            if isinstance(key, n.Constant) and key.value in _KEYS:
                yield from self._strings(item, 0)

    def _strings(self, value: n.Expr, depth: int) -> Iterator[tuple[str, int]]:
        value = self._followed(value)
        if depth > MAX_DEPTH:
            return
        match value:
            case n.Constant(value=str() as text):
                yield text, value.span[0]
            case n.ListExpr(items=items) | n.TupleExpr(items=items) | n.SetExpr(items=items):
                for item in items:
                    yield from self._strings(item, depth + 1)
            case n.DictExpr(items=pairs):
                for _, item in pairs:
                    yield from self._strings(item, depth + 1)
            case n.BinaryOp(left=left, op="+", right=right):
                yield from self._strings(left, depth + 1)
                yield from self._strings(right, depth + 1)
            case n.Starred(value=inner):
                yield from self._strings(inner, depth + 1)
            case _:
                return

    def _followed(self, value: n.Expr) -> n.Expr:
        """A name as what the top level assigns to it last."""
        span = self._assigned.get(value.id) if isinstance(value, n.Name) else None
        return value if span is None else self._parsed.expression(span)
