"""Tests on a file's raw bytes for whether a load could start in it: cheap, and never wrong in saying that none can.

`Roots` asks whether a file imports a library that loads models, `Names` whether it mentions a callable that does. Both
pick where the analysis starts; neither forbids reading a file to which a name leads. Where a file's bytes do not show
its identifiers (UTF-16, escapes in JSON, letters that Python normalises to ASCII), they are put into plain form first.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_MARKS_OF_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_WIDE_MARKS = (*_MARKS_OF_UTF32, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# What may stand between the words of an import statement: blanks and commas, a backslash with its newline; in the JSON
# of a notebook these as escapes, and the quotes between two lines of a cell's source.
_GAP = rb'(?:[ \t\f,]|\\(?:[\r\n]+|[trnf](?:",\s*")?)?)++'
# "from . import torch" and "from numpy import clip" import names, not modules: a word and one blank come before.
_AT_STATEMENT = rb"(?:(?<![\w.\x80-\xff]import)(?<![\w.][ \t]import)|(?<=\\[ntrf]import)|(?<=\\[ntrf][ \t]import))"
# Names of a list such as "import os, torch as t". That none of them is "import" keeps the time linear in hostile files.
_OTHER_MODULES = rb"(?:(?!import\b)[\w.\x80-\xff]++" + _GAP + rb")*?"
# Found as a part of a file thirty times as fast as all names are; half of the files that load a model hold it.
_COMMONEST = b"from_pretrained"
_DYNAMIC = (b"import_module", b"__import__", b"_target_")

# An attribute whose name is computed (`getattr(models, name)`, `models.__dict__[name]`), not written there as a text.
_LOOKED_UP = re.compile(
    rb"\bgetattr\s*\((?!\s*[\w.\[\]]+\s*,\s*[\"'])|(?:\b__dict__|\bvars\s*\([\w.\s]+\))\s*\[(?!\s*[\"'])"
)

# Code points that may stand in identifiers and that NFKC turns into ASCII (Python language reference, 2.3; Unicode 15),
# and a few of their neighbours.
_COMPATIBLE = re.compile(
    rb"\xc2[\xaa\xba]|\xc4[\xb2\xb3]|\xc5\xbf|\xc7[\x87-\x8c\xb1-\xb3]|\xca[\xb0-\xb8]|\xcb[\xa1-\xa3]"
    rb"|\xe1[\xb4-\xb6][\x80-\xbf]"
    rb"|\xe2(?:\x81[\xb1\xbf]|\x82[\x90-\x9c]|\x84[\x82-\xb9]|\x85[\x85-\xbf]|\xb1[\xbc\xbd])"
    rb"|\xea\x9f[\xb2-\xb4]"
    rb"|\xef(?:\xac[\x80-\x86]|\xb8[\xb3\xb4]|\xb9[\x8d-\x8f]|\xbc[\x90-\x99\xa1-\xba\xbf]|\xbd[\x81-\x9a])"
    rb"|\xf0(?:\x90\x9e\xa5|\x9d[\x90-\x9f][\x80-\xbf]|\x9f\xaf[\xb0-\xb9])"
)
# The same code points, and ASCII itself, as JSON may write them.
_ESCAPED_LETTER = re.compile(
    rb"\\u(?:00(?:0[9acd]|2[027c]|3\d|5[cf]|[46][1-9a-f]|[57][0-9a]|aa|ba)|01(?:3[23]|7f|c[7-c]|f[1-3])|02(?:b|e)|1d|20[7-9]|21[0-7]|2c7"
    rb"|a7f|fb0|fe[34]|ff[1-5]|d801|d835|d83e\\udf)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_ESCAPED_BLANK = re.compile(rb"\\[ntrfb]")


class Roots:
    """The import roots of the catalogue (``transformers``, ``torch``, …): may a file import any of them?"""

    def __init__(self, roots: Collection[str]) -> None:
        self.roots = frozenset(root.partition(".")[0] for root in roots)

    @cached_property
    def _words_expression(self) -> bytes:
        return rb"(?:" + alternation(self.roots) + rb")\b"

    # Each costs some twenty milliseconds, so that those that no file needs are not compiled.
    @cached_property
    def _from_root(self) -> re.Pattern[bytes]:
        return re.compile(rb"from" + _GAP + self._words_expression)

    @cached_property
    def _import_root(self) -> re.Pattern[bytes]:
        return re.compile(rb"import" + _AT_STATEMENT + _GAP + _OTHER_MODULES + self._words_expression)

    @cached_property
    def _quoted_root(self) -> re.Pattern[bytes]:
        return re.compile(rb"[\"']" + self._words_expression)

    def test(self, data: bytes) -> bool:
        """Whether the raw bytes of a .py or .ipynb file may import one of the roots, in any way that names it."""
        if not self.roots:
            return False
        text = plain(data)
        return bool(
            (b"from" in text and self._from_root.search(text))
            or (b"import" in text and self._import_root.search(text))
            or (any(word in text for word in _DYNAMIC) and self._quoted_root.search(text))
        )

    def found(self, data: bytes) -> frozenset[str]:
        """The roots that a file of these raw bytes may import; more of those it names where that is hard to tell."""
        text = plain(data)
        if not _is_json(text) and b"\\\n" not in text and b"\\\r" not in text and not any(w in text for w in _DYNAMIC):
            # The root of an import stands on a line with the word; most lines have neither.
            text = _lines_with(b"import", text)
        return frozenset(word.decode() for word in self._words.intersection(words_of(text)))

    @cached_property
    def _words(self) -> frozenset[bytes]:
        return frozenset(root.encode() for root in self.roots)


def looked_up(data: bytes) -> list[tuple[int, int]]:
    """Where an attribute of something is looked up by a name that is not written there."""
    return [hit.span() for hit in _LOOKED_UP.finditer(data)]


class Names:
    """The callables of the catalogue (``from_pretrained``, ``resnet50``, …): does a file mention any of them?

    `chosen`: a call may load whose callable is looked up by a computed name, so that the file need not mention it.
    """

    def __init__(self, names: Collection[str], *, chosen: bool = False) -> None:
        self.names = frozenset(name for name in names if name.isidentifier())
        self._chosen = chosen

    @cached_property
    def _words(self) -> frozenset[bytes]:
        return frozenset(name.encode() for name in self.names)

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches each of the names as a whole: for `fullmatch` on an identifier."""
        return re.compile(alternation(self.names) if self.names else rb"(?!)")

    def find(self, data: bytes) -> bool:
        """Whether the raw bytes of a .py or .ipynb file may mention one of the names, or look one up."""
        if self._chosen and _LOOKED_UP.search(plain(data)):
            return True
        if _COMMONEST in self._words and _COMMONEST in data:
            return True
        return bool(self.names) and not self._words.isdisjoint(words_of(data))


def _lines_with(word: bytes, data: bytes) -> bytes:
    """The lines that hold a word, each with its newline."""
    lines: list[bytes] = []
    end = 0
    while (place := data.find(word, end)) >= 0:
        start = data.rfind(b"\n", end, place) + 1 or end
        end = data.find(b"\n", place) + 1 or len(data)
        lines.append(data[start:end])
    return b"".join(lines)


def plain(data: bytes) -> bytes:
    """The bytes as UTF-8 without a mark, identifiers in ASCII if Python reads them so: what most files are already."""
    if data.startswith(_WIDE_MARKS):
        data = data.decode("utf-32" if data.startswith(_MARKS_OF_UTF32) else "utf-16", "replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if _is_json(data) and _ESCAPED_LETTER.search(data):
        data = _unescaped(data)
    if not data.isascii() and _COMPATIBLE.search(data):
        data = unicodedata.normalize("NFKC", data.decode("utf-8", "replace")).encode()
    return data


def _unescaped(data: bytes) -> bytes:
    """JSON with its \\u escapes written out; two of them may be halves of one code point."""
    text = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), data.decode("utf-8", "replace"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def alternation(words: Iterable[str]) -> bytes:
    """An expression for any of the words (identifiers) that shares beginnings: ``a(?:b|cd?)`` for ab, ac, acd."""
    return _alternation(frozenset(words))


@lru_cache(maxsize=32)  # the scans of one process ask for the same catalogue's words again and again: 30 ms each
def _alternation(words: frozenset[str]) -> bytes:
    return _branches(sorted({word.encode() for word in words}))


def _branches(words: list[bytes]) -> bytes:
    """The words are sorted, unique, and not all empty."""
    optional = b"?" if words[0] == b"" else b""
    branches: list[bytes] = []
    for first, group in groupby(words[len(optional) :], key=lambda word: word[:1]):
        rests = [word[1:] for word in group]
        branches.append(bytes(first) + (_branches(rests) if rests != [b""] else b""))
    if len(branches) == 1 and not optional:
        return branches[0]
    return b"(?:" + b"|".join(branches) + b")" + optional


def words_of(data: bytes) -> list[bytes]:
    """Every identifier-like word, comments and strings included."""
    data = plain(data)
    text = _ESCAPED_BLANK.sub(b"  ", data) if _is_json(data) else data
    # Three times as fast as an expression of thousands of names, whose every step starts at each letter.
    return text.translate(_WORDS_ONLY).split()


def _is_json(data: bytes) -> bool:
    return data[:100].lstrip().startswith(b"{")


def _words_only() -> bytes:
    """A translation that leaves words alone and turns the rest of ASCII into blanks."""
    return bytes(byte if byte >= 0x80 or chr(byte).isalnum() or chr(byte) == "_" else 0x20 for byte in range(256))


_WORDS_ONLY = _words_only()
