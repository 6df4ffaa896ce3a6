"""Makes a program smaller as long as a property holds: `minimise(program, wrong)`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from programs import Program

Property = Callable[[Program], bool]


def minimise(program: Program, wrong: Property) -> Program:
    """The program without what it does not need to be wrong; comments are lost."""
    for _ in range(3):
        before = program
        for path in sorted(program.files):
            without = replace(program, files={name: text for name, text in program.files.items() if name != path})
            superfluous = path != program.entry and wrong(without)
            program = without if superfluous else _shrunk(program, path, wrong)
        if program == before:
            break
    return program


def _shrunk(program: Program, path: str, wrong: Property) -> Program:
    """One pass over the places of a file at which something can be left out."""
    number = 0
    while (text := _edited(program.files[path], number)) is not None:
        candidate = replace(program, files=program.files | {path: text})
        if text != program.files[path] and wrong(candidate):
            program = candidate
        else:
            number += 1
    return program


def _edited(text: str, number: int) -> str | None:
    """The text after its edit of that number; None when there are no so many."""
    tree = ast.parse(text)
    for i, edit in enumerate(_edits(tree)):
        if i == number:
            edit()
            return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return None


def _edits(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Changes of a tree in place, large ones first: statements left out, bodies put for their statement, operands."""
    blocks = [value for node in ast.walk(tree) for _, value in ast.iter_fields(node) if _is_block(value)]
    for size in (16, 8, 4, 2):
        for block in blocks:
            for i in range(0, len(block) - size + 1, size):
                yield lambda b=block, i=i, n=size: b.__setitem__(slice(i, i + n), [] if len(b) > n else [ast.Pass()])
    for block in blocks:
        for i, statement in enumerate(block):
            yield lambda b=block, i=i: b.__setitem__(slice(i, i + 1), [] if len(b) > 1 else [ast.Pass()])
            inner = [s for name in ("body", "orelse", "finalbody") for s in getattr(statement, name, [])]
            if inner and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                yield lambda b=block, i=i, inner=inner: b.__setitem__(slice(i, i + 1), inner)
    for node in ast.walk(tree):
        yield from _operand_edits(node)


def _is_block(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], ast.stmt)


def _operand_edits(node: ast.AST) -> Iterator[Callable[[], None]]:
    for name, value in ast.iter_fields(node):
        if (
            isinstance(value, list)
            and len(value) > (not isinstance(node, ast.Call))
            and isinstance(value[0], (ast.expr, ast.keyword))
        ):
            if not isinstance(node, (ast.Compare, ast.Dict)):
                for i in range(len(value)):
                    yield lambda v=value, i=i: v.__delitem__(i)
        elif isinstance(value, ast.expr) and not isinstance(value, (ast.Constant, ast.Name)):
            yield lambda n=node, f=name: setattr(n, f, ast.Constant("m/0"))
            for child in ast.iter_child_nodes(value):
                if isinstance(child, ast.expr):
                    yield lambda n=node, f=name, c=child: setattr(n, f, c)
