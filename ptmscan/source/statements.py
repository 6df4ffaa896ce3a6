"""Where a logical line of Python ends, found in text that need not be Python: `tokenize` stops at the first magic."""

from __future__ import annotations

import re

# What can open, close or continue something, and a question mark behind a name at the end of a line.
_TOKEN = re.compile(r"#[^\n]*|\"\"\"|'''|[\"']|[(\[{]|[)\]}]|\\\n|(?<=[\w*\]])\?{1,2}[ \t]*(?=\n|\Z)|\n")
# A backslash keeps the next character from ending a string, in raw strings too.
_STRING_ENDS = {
    '"""': re.compile(r'\\.|"""', re.DOTALL),
    "'''": re.compile(r"\\.|'''", re.DOTALL),
    '"': re.compile(r'\\.|"|\n', re.DOTALL),
    "'": re.compile(r"\\.|'|\n", re.DOTALL),
}


def statement_end(text: str, start: int) -> tuple[int, bool]:
    """The end of the logical line that begins at `start`, before its newline, and whether it ends in ``?``.

    Brackets, strings and backslashes carry a logical line over several physical ones (language reference, 2.1.5 f.).
    """
    depth = 0
    position = start
    while (token := _TOKEN.search(text, position)) is not None:
        position = token.end()
        mark = token[0][0]
        if mark == "\n" and depth == 0:
            return token.start(), False
        if mark == "?" and depth == 0:
            return token.end(), True
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
        elif mark in "\"'":
            position = _string_end(text, position, token[0])
    return len(text), False


def _string_end(text: str, start: int, quote: str) -> int:
    for found in _STRING_ENDS[quote].finditer(text, start):
        if found[0] == quote:
            return found.end()
        if found[0] == "\n":  # never closed: Python stops here, and the next line begins anew
            return found.start()
    return len(text)
