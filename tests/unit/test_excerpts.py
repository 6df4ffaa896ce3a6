"""What is found in the statements that mention a name is what is found in the whole module."""

from __future__ import annotations

import re

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.scan import Session
from ptmscan.scan_options import ScanOptions
from ptmscan.signatures import load_catalogue
from ptmscan.syntax.nodes import Span

CODE = '''\
import one; first(one); second = first

@first(1)
def decorated():
    first(2)

class Holder(first(3)):
    """first(4) stands in a text."""
    field = first(5)

    def plain(self):
        return [first(row) for row in self.rows]  # first(6)

    @first(7)
    def decorated(self, given=first(8)):
        self.first = first
        self.first(9)

    class Inner:
        async def deep(self):
            await first(10)

if first: first(11)
else:
    (first)(12)

def other():
    return None
'''


def _found(text: str, word: str, *, kept: bool) -> tuple[tuple[Span, ...], tuple[Span, ...], list[object]]:
    session = Session(MemoryTree({"main.py": text}), load_catalogue(), ScanOptions())
    module = session.program.get("main.py")
    if not kept:
        # Reading another large module drops the tree of the first.
        session.program._trees.clear()
    parsed, names = module.parsed_around(re.compile(word.encode())), re.compile(word.encode())
    calls, references = parsed.calls(names), parsed.references(names)
    return calls, references, [parsed.expression(span) for span in (*calls, *references)]


@pytest.mark.parametrize("word", ["first", "one", "deep", "absent", "decorated"])
def test_the_sites_of_a_name_are_those_of_the_whole_module(word: str) -> None:
    assert _found(CODE, word, kept=False) == _found(CODE, word, kept=True)


def test_only_what_mentions_the_name_is_read() -> None:
    session = Session(MemoryTree({"main.py": CODE}), load_catalogue(), ScanOptions())
    module = session.program.get("main.py")
    session.program._trees.clear()
    names = re.compile(b"deep|first")
    assert module.parsed_around(re.compile(b"other")).calls(names) == ()
    assert len(module.parsed_around(re.compile(b"deep")).calls(names)) == 1


def test_a_module_that_needed_repair_is_read_as_a_whole() -> None:
    broken = CODE + "\ndef broken(:\n    first(13)\n"
    assert _found(broken, "first", kept=False) == _found(broken, "first", kept=True)
