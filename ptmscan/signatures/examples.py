"""The examples of a rule: code that it must find, with the models, and code that must not count as a load."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from ptmscan.signatures.document import Mistakes, line, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Example:
    """A snippet that a rule must find (`models`: names or ids it loads; None: any) or must not report as a load."""

    rule: str
    line: int
    code: str
    matches: bool
    models: tuple[str, ...] | None = None


def read_examples(
    rule: str, node: yaml.Node, roots: frozenset[str], library_root: str | None, mistakes: Mistakes, *, matches: bool
) -> Iterator[Example]:
    """The examples of a `match` or `no_match` node; `library_root` stands for ROOT in a family, imports are added."""
    for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        text = text_of(item, f"{rule}: an example", mistakes)
        if text is None:
            continue
        code, arrow, models = text.partition(ARROW)
        if arrow and not matches:
            mistakes.add(item, f"{rule}: a `no_match` example names no model")
        if library_root is not None:
            code = code.replace("ROOT", library_root)
        code = _with_imports(code.strip(), roots)
        if problem := _problem(code):
            mistakes.add(item, f"{rule}: the example is no Python: {problem}")
        named = tuple(name.strip() for name in models.split(",")) if arrow else None
        yield Example(rule, line(item), code, matches, named)


def _problem(code: str) -> str | None:
    try:
        ast.parse(code)
    except SyntaxError as error:
        return error.msg
    return None


def _with_imports(code: str, roots: frozenset[str]) -> str:
    """An example without an import gets one: of the roots of its rule that it mentions, else of its first word."""
    if re.search(r"\bimport\b", code):
        return code
    modules = {root for root in roots if re.search(rf"\b{re.escape(root)}\b", code)}
    first = re.match(r"\w+", code)
    if not modules and first:
        modules = {first[0]}
    return "".join(f"import {module}\n" for module in sorted(modules)) + code
