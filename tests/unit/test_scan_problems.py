"""What a parser gives up for is told as what it was."""

from __future__ import annotations

import pytest

from ptmscan.discovery import MemoryTree
from ptmscan.records import DiagnosticCode
from ptmscan.scan import scan_tree
from ptmscan.scan_options import ParserName, ScanOptions
from ptmscan.signatures import load_catalogue
from ptmscan.syntax import with_libcst

LOAD = "from transformers import AutoModel\nAutoModel.from_pretrained('a/b')\n"


def codes(text: str) -> list[DiagnosticCode]:
    options = ScanOptions(parser=ParserName.LIBCST)
    result = scan_tree(MemoryTree({"a.py": text}), catalogue=load_catalogue(), options=options)
    return [one.code for one in result.diagnostics if one.code is not DiagnosticCode.SYNTAX]


def test_a_file_that_is_too_large_for_the_parser_is_not_said_to_be_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(with_libcst, "MAX_UNIT_BYTES", 20)
    assert codes(LOAD) == [DiagnosticCode.TOO_LARGE]


def test_a_file_that_is_nested_too_deeply_is_said_to_be() -> None:
    assert codes(LOAD + "x = " + "(" * 150 + ")" * 150 + "\n") == [DiagnosticCode.NESTING]
