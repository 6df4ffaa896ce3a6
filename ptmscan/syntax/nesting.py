"""How deep Python text nests, measured without a parser: whether a recursive parser may be given it.

libCST 1.9 parses by recursion in native code: 2,000 levels overflow the stack and kill the process, and its time grows
with length times depth. Every operator, adjacent string and bracket may become one level of its tree, so these are
counted along the deepest path. The measure never falls short: where the lexical structure is in doubt (odd f-strings,
unclosed strings), everything counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DEPTH = 100
MAX_ELIFS = 1_000  # `elif` nests, too; libCST bears more than 4,000 of them.
FEW = 20  # levels even if all are on one path: not worth a closer look

_WORDS = ("and", "or", "not", "in", "is", "if", "else", "async", "await", "yield", "lambda", "for")
_DEEPENING = re.compile(rf"[\"'(\[{{.+\-*/%@&|^~<>=!]|(?:{'|'.join(_WORDS)})(?!\w)")
_SPACE = re.compile(r"(?:[ \t\f]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_STRING = re.compile(
    r"(?:[uUrRbB]|[bB][rR]|[rR][bB])?"
    r"(?:'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|'(?!'')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|"(?!"")[^"\\\n]*(?:\\.[^"\\\n]*)*")',
    re.DOTALL,
)
_TEMPLATE = re.compile(r"(?:[fFtT]|[fF][rR]|[rR][fFtT])('''|\"\"\"|'|\")")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|0[oObB][0-9_]+|[0-9][0-9_]*(?:[eE][+-]?[0-9][0-9_]*)?[jJ]?")
_WORD = re.compile(r"[a-zA-Z0-9_\x80-\U0010ffff]+")
_LITERAL = re.compile(r"[^\\{}'\"\n]+")
_NAMED_CHARACTER = re.compile(r"\\N\{[^{}'\"\\\n]*\}")
_SPECIFIER = re.compile(r"[^\\{}'\"\n]+")
_CLOSER = {"(": ")", "[": "]", "{": "}", "f": "}"}


def levels(text: str) -> int:
    """How many levels the syntax tree of an expression or a module has at most, give or take one. Linear in the text.

    Blocks do not count, since Python itself allows no more than 100 of them.
    """
    every = len(_DEEPENING.findall(text))
    if every <= FEW or text.count("elif") > MAX_ELIFS:
        return every
    try:
        return min(every, _Measure(text).depth())
    except _InDoubtError:
        return every


class _InDoubtError(Exception):
    """Where strings begin and end depends on who reads the text."""


@dataclass(slots=True)
class _Frame:
    """What is open: a bracket, an f-string field (`f`), an f-string's text (its quotes) or the module (empty)."""

    opener: str
    raw: bool = False
    levels: int = 0  # since the last comma
    inner: int = 0  # the deepest bracket since the last comma
    deepest: int = 0  # of what stands before the last comma
    lambdas: int = 0  # whose parameters are being read: a comma does not end them
    targets: int = 0  # `for` without its `in`, likewise
    in_specifier: bool = False

    def end_segment(self) -> None:
        self.deepest = max(self.deepest, self.levels + self.inner)
        self.levels = self.inner = 0


class _Measure:
    """One pass over the text with a stack of what is open."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.stack = [_Frame("")]

    def depth(self) -> int:
        """The length of the longest path.

        Raises:
            _InDoubtError: the text cannot be cut into tokens for certain.
        """
        while self.at < len(self.text):
            frame = self.stack[-1]
            if frame.opener[:1] in ("'", '"'):
                self.read_literal(frame)
            elif frame.in_specifier:
                self.read_specifier(frame)
            else:
                self.read_code(frame)
        if len(self.stack) > 1:
            raise _InDoubtError
        self.stack[0].end_segment()
        return self.stack[0].deepest

    def read_code(self, frame: _Frame) -> None:
        text, at = self.text, self.at
        if match := _SPACE.match(text, at) or _NUMBER.match(text, at):
            self.at = match.end()
        elif match := _COMMENT.match(text, at):
            if any(f.opener == "f" for f in self.stack):
                raise _InDoubtError
            self.at = match.end()
        elif match := _STRING.match(text, at):
            frame.levels += 1
            self.at = match.end()
        elif match := _TEMPLATE.match(text, at):
            self.stack.append(_Frame(match[1], raw="r" in match[0].lower()))
            self.at = match.end()
        elif match := _WORD.match(text, at):
            self.read_word(frame, match[0])
            self.at = match.end()
        else:
            self.read_symbol(frame, text[at])
            self.at += 1

    def read_word(self, frame: _Frame, word: str) -> None:
        if word == "lambda":
            frame.lambdas += 1
        elif word == "for":
            frame.targets += 1
        elif word == "in" and frame.targets:
            frame.targets -= 1
        frame.levels += word in _WORDS

    def read_symbol(self, frame: _Frame, symbol: str) -> None:
        if symbol in "([{":
            self.stack.append(_Frame(symbol))
        elif symbol in ")]}":
            self.close(frame, symbol)
        elif symbol == ",":
            if not frame.lambdas and not frame.targets:
                frame.end_segment()
        elif symbol == ":":
            self.read_colon(frame)
        elif symbol in "\n;":
            if not frame.opener:
                frame.end_segment()
                frame.lambdas = frame.targets = 0
        elif symbol in "'\"\\":
            raise _InDoubtError
        else:
            frame.levels += 1

    def read_colon(self, frame: _Frame) -> None:
        if frame.opener == "f":
            frame.in_specifier = True
        elif frame.lambdas:
            frame.lambdas -= 1

    def close(self, frame: _Frame, symbol: str) -> None:
        if _CLOSER.get(frame.opener) != symbol:
            raise _InDoubtError
        self.pop(frame)

    def pop(self, frame: _Frame) -> None:
        """Hand the depth of a closed frame to the one around it; the brackets themselves are a level there."""
        frame.end_segment()
        self.stack.pop()
        outer = self.stack[-1]
        outer.levels += 1
        outer.inner = max(outer.inner, frame.deepest)

    def read_literal(self, frame: _Frame) -> None:
        """The text of an f-string between its quotes."""
        text, at, quotes = self.text, self.at, frame.opener
        if match := _LITERAL.match(text, at):
            self.at = match.end()
        elif text.startswith(quotes, at):
            self.at += len(quotes)
            self.pop(frame)
        elif text.startswith(("{{", "}}"), at):
            self.at += 2
        elif text[at] == "{":
            self.at += 1
            self.stack.append(_Frame("f"))
        elif text[at] == "\\":
            self.read_escape(frame)
        elif text[at] == "}" or (text[at] == "\n" and len(quotes) == 1):
            raise _InDoubtError
        else:
            self.at += 1

    def read_escape(self, frame: _Frame) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if frame.raw:
            self.at += 2 if following and following in "'\"\\" else 1
        elif following == "N":
            match = _NAMED_CHARACTER.match(self.text, self.at)
            if match is None:
                raise _InDoubtError
            self.at = match.end()
        else:
            self.at += 1 if following and following in "{}" else 2

    def read_specifier(self, frame: _Frame) -> None:
        """The format specifier of a field, where only fields and the closing brace mean something."""
        if match := _SPECIFIER.match(self.text, self.at):
            self.at = match.end()
            return
        symbol = self.text[self.at]
        self.at += 1
        if symbol == "{":
            self.stack.append(_Frame("f"))
        elif symbol == "}":
            self.pop(frame)
        else:
            raise _InDoubtError
