"""The parsers by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ptmscan.source import Source
from ptmscan.syntax.nodes import ParsedModule

_MODULES = {"tree-sitter": "with_treesitter", "libcst": "with_libcst"}


def parser(name: str) -> Callable[[Source], ParsedModule]:
    """The parse function of a parser, imported when it is asked for."""
    parse: Callable[[Source], ParsedModule] = import_module(f"ptmscan.syntax.{_MODULES[name]}").parse
    return parse
