"""What lines tell of a file that does not parse: indentation, headers of definitions, strings, brackets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

HEADER = re.compile(rb"[ \t\f]*(?:async[ \t]+)?(def|class)[ \t]+([\w\x80-\xff]+)")
_DECORATOR = re.compile(rb"[ \t\f]*@[ \t]*[\w\x80-\xff]")
_STATEMENT = re.compile(
    rb"[ \t\f]*"
    rb"(?:(?:def|class|return|import|from|if|elif|for|while|with|try|raise|assert|del|pass|async|break|continue)"
    rb"(?![\w\x80-\xff])(?!\s*[=,.)])|@[ \t]*[\w\x80-\xff]|[\w\x80-\xff.]+[ \t]*=[ \t]*[^=\s])"
)
_TOKEN = re.compile(rb"#[^\n]*|\"\"\"|'''|\"(?:\\(?:.|\n)|[^\"\\\n])*\"?|'(?:\\(?:.|\n)|[^'\\\n])*'?|[()\[\]{}]")
_TRIPLE_ENDS = {
    b'"""': re.compile(rb'(?:\\.|[^\\])*?"""', re.DOTALL),
    b"'''": re.compile(rb"(?:\\.|[^\\])*?'''", re.DOTALL),
}
_OPENERS = {ord("("): b")", ord("["): b"]", ord("{"): b"}"}


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a definition, its keyword's and its name's [start, end)."""

    line: int
    keyword: tuple[int, int]
    name: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lexed:
    """Lines that begin in a string, brackets, quotes left open, the last comment, whether every triple quote ends."""

    string_lines: set[int]
    brackets: list[tuple[int, int]]
    open_quotes: list[int]
    last_comment: int | None
    strings_end: bool


class Outline:
    """The lines of a text, numbered from 0."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.starts = [0]
        for line in text.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.count = len(self.starts) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The bytes of lines [first, last] without the last newline."""
        return self.starts[first], min(self.starts[last + 1] - 1, len(self.text))

    def line_at(self, offset: int) -> int:
        """The line that holds an offset."""
        return min(bisect_right(self.starts, offset) - 1, self.count - 1)

    def bytes_of(self, line: int) -> bytes:
        """One line without its newline."""
        start, end = self.span(line, line)
        return self.text[start:end]

    def is_code(self, line: int) -> bool:
        """Whether the line holds more than blanks and a comment."""
        text = self.bytes_of(line).strip()
        return bool(text) and not text.startswith(b"#")

    def indent(self, line: int) -> int:
        """The column of the first character; a tab leads to the next multiple of 8 (language reference 2.1.8)."""
        column = 0
        for byte in self.bytes_of(line):
            if byte == 0x20:
                column += 1
            elif byte == 0x09:
                column += 8 - column % 8
            else:
                break
        return column

    # --- strings and brackets -----------------------------------------------------------------------------------------

    @cached_property
    def _lexed(self) -> Lexed:
        inside: set[int] = set()
        brackets: list[tuple[int, int]] = []
        quotes: list[int] = []
        comment: int | None = None
        place = 0
        while token := _TOKEN.search(self.text, place):
            place = token.end()
            end = _TRIPLE_ENDS.get(token[0])
            if end is not None:
                closed = end.match(self.text, place)
                place = closed.end() if closed else len(self.text)
                inside.update(range(self.line_at(token.start()) + 1, self.line_at(place - 1) + 1))
                if not closed:
                    return Lexed(inside, brackets, quotes, comment, strings_end=False)
            elif token[0] in (b"(", b")", b"[", b"]", b"{", b"}"):
                brackets.append((token.start(), token[0][0]))
            elif token[0][:1] == b"#":
                comment = token.start()
            elif token[0][:1] in (b'"', b"'") and (len(token[0]) == 1 or token[0][-1] != token[0][0]):
                quotes.append(token.start())
        return Lexed(inside, brackets, quotes, comment, strings_end=True)

    @property
    def strings_end(self) -> bool:
        """False if a triple quote is one too many: then nothing that is said about strings can be trusted."""
        return self._lexed.strings_end

    @property
    def string_lines(self) -> set[int]:
        """The lines that begin inside a string of several lines."""
        return self._lexed.string_lines

    @property
    def open_quotes(self) -> list[int]:
        """Offsets of single quotes without a partner on their line."""
        return self._lexed.open_quotes

    def in_string(self, line: int) -> bool:
        """Whether the line begins inside a string; False when that cannot be known."""
        return self.strings_end and line in self.string_lines

    def open_brackets(self) -> bytes:
        """What would close the brackets that are open at the end."""
        stack: list[int] = []
        for _, byte in self._lexed.brackets:
            if byte in _OPENERS:
                stack.append(byte)
            elif stack:
                stack.pop()
        return b"".join([_OPENERS[byte] for byte in reversed(stack)])

    def leaves_open(self, line: int) -> bool:
        """Whether a bracket opened on a line is not closed on it."""
        return bool(Outline(self.bytes_of(line)).open_brackets())

    def code_end(self) -> int:
        """The offset behind the last character that is neither blank nor in a comment at the end."""
        end = len(self.text)
        comment = self._lexed.last_comment
        if comment is not None and b"\n" not in self.text[comment:].strip():
            end = comment
        return len(self.text[:end].rstrip())

    def unmatched_brackets(self) -> list[int]:
        """Offsets of brackets without a partner: closing ones, and those open where a statement must have begun."""
        found: list[int] = []
        stack: list[tuple[int, int]] = []
        checked = 0
        for offset, byte in self._lexed.brackets:
            line = self.line_at(offset)
            if stack and line > checked:
                found += self._abandoned(stack, checked + 1, line)
            checked = line
            if byte in _OPENERS:
                stack.append((offset, byte))
            elif stack and _OPENERS[stack[-1][1]][0] == byte:
                stack.pop()
            else:
                found.append(offset)
        return sorted([*found, *(offset for offset, _ in stack)])

    def _abandoned(self, stack: list[tuple[int, int]], first: int, last: int) -> list[int]:
        """Pop the open brackets if a line between reads like a statement at no deeper level, and give them."""
        found: list[int] = []
        for line in range(first, last + 1):
            if stack and not self.in_string(line) and self._begins_statement(line):
                opened = self.line_at(stack[0][0])
                if line > opened and self.indent(line) <= self.indent(opened):
                    found += [offset for offset, _ in stack]
                    stack.clear()
        return found

    def _begins_statement(self, line: int) -> bool:
        """Whether a line reads like the start of a statement even where an argument may stand."""
        text = self.bytes_of(line).rstrip()
        return _STATEMENT.match(text) is not None and not text.endswith(b",")

    def next_statement(self, line: int) -> int:
        """The next line that reads like a statement at no deeper level, or the number of lines."""
        column = self.indent(line)
        for place in range(line + 1, self.count):
            if self._begins_statement(place) and self.indent(place) <= column:
                return place
        return self.count

    # --- definitions --------------------------------------------------------------------------------------------------

    @cached_property
    def headers(self) -> tuple[Header, ...]:
        """The definitions' first lines, those inside strings left out where strings can be told."""
        found = []
        for line in range(self.count):
            match = HEADER.match(self.bytes_of(line))
            if match and not self.in_string(line):
                start = self.starts[line]
                keyword, name = match.span(1), match.span(2)
                found.append(Header(line, (start + keyword[0], start + keyword[1]), (start + name[0], start + name[1])))
        return tuple(found)

    def parents(self) -> list[int | None]:
        """For each header the place of the header that encloses it by indentation."""
        found: list[int | None] = []
        stack: list[tuple[int, int]] = []
        for place, header in enumerate(self.headers):
            column = self.indent(header.line)
            while stack and stack[-1][0] >= column:
                stack.pop()
            found.append(stack[-1][1] if stack else None)
            stack.append((column, place))
        return found

    def group(self, line: int) -> int:
        """The last line of what belongs to a line by indentation: its continuation or its body."""
        column, last = self.indent(line), line
        for place in range(line + 1, self.count):
            if not self.bytes_of(place).strip():
                continue
            closing = self.bytes_of(place).lstrip()[:1] in (b")", b"]", b"}")
            if self.indent(place) <= column and not (closing and self.indent(place) == column):
                break
            last = place
        return last

    def opening(self, line: int) -> int:
        """The first of the deeper lines that a line with a closing bracket ends; the line itself if it does not."""
        first = line
        if self.bytes_of(line).lstrip()[:1] in (b")", b"]", b"}"):
            while first > 0 and (not self.is_code(first - 1) or self.indent(first - 1) > self.indent(line)):
                first -= 1
        return first

    def chunks(self, first: int, last: int, column: int) -> Iterator[tuple[int, int]]:
        """Lines [first, last] cut before every definition at an indentation, decorators with it."""
        begin = first
        decorated = False
        for line in range(first, last + 1):
            if self.in_string(line) or not self.is_code(line) or self.indent(line) != column:
                continue
            text = self.bytes_of(line)
            if text.lstrip()[:1] in (b")", b"]", b"}"):  # The end of a decorator over several lines.
                continue
            is_decorator = _DECORATOR.match(text) is not None
            if (is_decorator or HEADER.match(text)) and not decorated and line > begin:
                yield begin, line - 1
                begin = line
            decorated = is_decorator
        yield begin, last
