"""Shell text to tokens: words with their quoted and variable parts, and operators. Linear in the text.

Grammar: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html, 2.2 to 2.7, and arrays of bash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeAlias

_SUBSTITUTION_WINDOW = 4096
# After so many here-documents without an end, no more are looked for: each search may go through the whole text.
_MAX_UNCLOSED = 16
_OPERATOR = re.compile(r"\d?(?:>>|<<<|<<-?|>|<)&?-?\d?|&>>?|&&|\|\||;;|[;|&()]")
_PLAIN = re.compile(r"[^\s'\"\\$`;|&()<>\n]+")
# What stands in braces, with up to two levels of braces inside it: `${1:-${MODEL:-${DEFAULT}}}`.
_FLAT = r"[^{}]{0,300}"
_NESTED = rf"{_FLAT}(?:\{{{_FLAT}\}}{_FLAT}){{0,4}}"
_BRACES = rf"{_FLAT}(?:\{{{_NESTED}\}}{_FLAT}){{0,4}}"
_VARIABLE = re.compile(rf"\$(?:(?P<name>[A-Za-z_]\w*)|(?P<special>[0-9@*#?$!-])|\{{(?P<braced>{_BRACES})\}})")
_BRACED = re.compile(r"(?P<name>[A-Za-z_]\w*|\d+)(?P<array>\[[@*]\])?(?::?[-=](?P<default>.*))?\Z", re.DOTALL)
_HEREDOC = re.compile(r"\s*['\"]?(\w+)['\"]?")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal part of a word."""

    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """`$NAME`, `${NAME:-default}`, `${NAME[@]}`; an empty name is something that only the run can tell."""

    name: str
    default: str | None = None
    is_array: bool = False
    quoted: bool = False


Part: TypeAlias = Text | Reference
NOBODY_KNOWS = Reference("")


@dataclass(frozen=True, slots=True)
class WordToken:
    """A word; `bare` is False when any of it was quoted."""

    parts: tuple[Part, ...]
    line: int
    bare: bool


@dataclass(frozen=True, slots=True)
class OperatorToken:
    """`;`, `&&`, `|`, a newline, a parenthesis, a redirection."""

    text: str
    line: int


Token: TypeAlias = WordToken | OperatorToken


def tokens(text: str) -> list[Token]:
    """The tokens of a shell text; lines are 0-based. Whatever the text, it gives some answer and never fails."""
    return _Lexer(text).run()


class _Lexer:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: list[Token] = []
        self.parts: list[Part] = []
        self.bare, self.start = True, 0
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self.open_quotes: set[str] = set()
        self.heredocs: list[str] = []
        self.unclosed = 0

    def line(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            self.step()
        self.end_word()
        return self.found

    def step(self) -> None:
        character = self.text[self.at]
        if character == "\n":
            self.operator("\n", 1)
            self.skip_heredocs()
        elif character in " \t\r\f\v" or character.isspace():
            self.end_word()
            self.at += 1
        elif character == "#" and not self.parts and self.bare:
            self.at = self._end_of_line()
        elif character == "\\":
            self.escape()
        elif character in "'\"":
            self.quoted(character)
        elif character == "`":
            self.backquoted()
        elif character == "$":
            self.variable(quoted=False)
        elif (operator := _OPERATOR.match(self.text, self.at)) is not None and not self._is_number(operator[0]):
            self.operator(operator[0], len(operator[0]))
        else:
            plain = _PLAIN.match(self.text, self.at)
            self.add(Text(plain[0] if plain else character), len(plain[0]) if plain else 1)

    def _is_number(self, operator: str) -> bool:
        """A digit in front of `<` or `>` belongs to it only where a word could begin."""
        return operator[0].isdigit() and bool(self.parts)

    def _end_of_line(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def add(self, part: Part, length: int) -> None:
        if not self.parts:
            self.start = self.at
        self.parts.append(part)
        self.at += length

    def end_word(self) -> None:
        if self.parts:
            self.found.append(WordToken(tuple(self.parts), self.line(self.start), self.bare))
        self.parts, self.bare = [], True

    def operator(self, text: str, length: int) -> None:
        self.end_word()
        self.found.append(OperatorToken(text, self.line(self.at)))
        self.at += length
        if text in ("<<", "<<-") and (delimiter := _HEREDOC.match(self.text, self.at)) is not None:
            self.heredocs.append(delimiter[1])
            self.at = delimiter.end()

    def skip_heredocs(self) -> None:
        """The lines of here-documents are data, no commands."""
        for delimiter in self.heredocs:
            if self.unclosed < _MAX_UNCLOSED:
                end = re.compile(rf"^[ \t]*{re.escape(delimiter)}[ \t]*$", re.MULTILINE).search(self.text, self.at)
                self.unclosed += end is None
                self.at = self.at if end is None else end.end()
        self.heredocs = []

    def escape(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "\n":
            self.at += 2
        elif following == "\r":
            self.at += 3
        elif not following.strip() and self._nothing_follows():
            # A backslash with blanks or a comment behind it is meant to continue the line, and is read so by people.
            self.at = self._end_of_line() + 1
        else:
            self.add(Text(following), 2)
            self.bare = False

    def _nothing_follows(self) -> bool:
        return self.text[self.at + 1 : self._end_of_line()].lstrip()[:1] in ("", "#")

    def quoted(self, quote: str) -> None:
        end = -1 if quote in self.open_quotes else self._closing(quote)
        if end < 0:
            self.open_quotes.add(quote)
            self.add(Text(quote), 1)
            return
        self.bare = False
        if quote == "'":
            self.add(Text(self.text[self.at + 1 : end]), end + 1 - self.at)
            return
        self.add(Text(""), 1)
        while self.at < end:
            self.inside_double_quotes(end)
        self.at = end + 1

    def _closing(self, quote: str) -> int:
        if quote == "'":
            return self.text.find("'", self.at + 1)
        found = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL).match(self.text, self.at)
        return found.end() - 1 if found is not None else -1

    def inside_double_quotes(self, end: int) -> None:
        character = self.text[self.at]
        if character == "\\":
            following = self.text[self.at + 1]
            kept = "" if following == "\n" else following if following in '$`"\\' else f"\\{following}"
            self.add(Text(kept), 2)
        elif character == "$":
            self.variable(quoted=True)
            self.at = min(self.at, end)
        elif character == "`":
            self.backquoted()
            self.at = min(self.at, end)
        else:
            plain = re.compile(r"[^\\$`]+").match(self.text, self.at, end)
            self.add(Text(plain[0] if plain else character), len(plain[0]) if plain else 1)

    def backquoted(self) -> None:
        end = self.text.find("`", self.at + 1, self.at + _SUBSTITUTION_WINDOW)
        self.add(NOBODY_KNOWS, (end + 1 - self.at) if end > 0 else 1)

    def variable(self, *, quoted: bool) -> None:
        if self.text.startswith("$(", self.at):
            self.substitution()
            return
        if self.text.startswith("$'", self.at) and not quoted:
            self.at += 1
            return
        found = _VARIABLE.match(self.text, self.at)
        if found is None:
            # Braces that are not understood hold what only the run can tell; a lone dollar is one.
            braces = self.text.startswith("${", self.at)
            self.add(NOBODY_KNOWS if braces else Text("$"), 2 if braces else 1)
        elif found["braced"] is not None:
            braced = _BRACED.match(found["braced"])
            reference = NOBODY_KNOWS
            if braced is not None:
                reference = Reference(braced["name"], braced["default"], braced["array"] is not None, quoted)
            self.add(reference, len(found[0]))
        else:
            self.add(Reference(found["name"] or found["special"], None, False, quoted), len(found[0]))

    def substitution(self) -> None:
        """`$(command)`; nested parentheses are counted within a window."""
        depth, end = 0, min(len(self.text), self.at + _SUBSTITUTION_WINDOW)
        for bracket in re.compile(r"[()]").finditer(self.text, self.at, end):
            depth += 1 if bracket[0] == "(" else -1
            if depth == 0:
                end = bracket.end()
                break
        self.add(NOBODY_KNOWS, end - self.at)
