"""Blocks, compound statements and definitions: tree-sitter nodes to the neutral skeleton."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.syntax import nodes as n
from ptmscan.syntax import treesitter_grammar as g
from ptmscan.syntax.splicing import inside
from ptmscan.syntax.treesitter_nodes import identifier, inner_span, named
from ptmscan.syntax.treesitter_parameters import lower_parameters
from ptmscan.syntax.treesitter_patterns import lower_case_pattern
from ptmscan.syntax.treesitter_simple import SIMPLE, lower_target, values

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_BLOCKS = 100  # CPython reads no deeper either: "too many levels of indentation".
_MAX_ELIFS = 200
_MAX_MOVED = 3
_DEFINITIONS = frozenset(g.kind(name) for name in ("function_definition", "class_definition", "decorated_definition"))
_SPLICED = frozenset((g.BLOCK, g.CASE_CLAUSE))


class StatementLowering:
    """Lowers the blocks of one source; `too_deep` tells afterwards whether something was left out for its depth."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.too_deep = False

    def block(self, node: Node | None, depth: int = 0) -> tuple[n.Stmt, ...]:
        """The statements of a module, a block, or an error region."""
        if node is None:
            return ()
        if depth > MAX_BLOCKS:
            self.too_deep = True
            return (n.Other(node.byte_range, "too-deep"),)
        data = self.data
        found: list[n.Stmt] = []
        definition: tuple[int, int] | None = None  # The place and column of the last definition.
        on_same_line = False
        for child in node.children:
            kind = child.kind_id
            if simple := SIMPLE.get(kind):
                found.append(simple(data, child))
            elif compound := _COMPOUND.get(kind):
                found.append(compound(self, child, depth))
            elif child.is_named and kind not in g.EXTRAS:
                self._stray(child, found, depth)
            else:
                on_same_line = on_same_line or kind == g.SEMICOLON
                continue
            if definition is not None and not on_same_line and child.start_point[1] > definition[1]:
                self._take_in(found, definition[0], child.start_point[1])
            elif kind in _DEFINITIONS:
                definition = len(found) - 1, child.start_point[1]
            on_same_line = False
        return tuple(found)

    def _take_in(self, found: list[n.Stmt], place: int, column: int) -> None:
        """A statement further right than the definition before it belongs inside: it, or one between, was moved."""
        definition = found[place]
        if len(found) - place > _MAX_MOVED or not isinstance(definition, n.FunctionDef | n.ClassDef):
            return
        follows = place == len(found) - 2
        if follows or (definition.body and self.column(definition.body[0].span[0]) <= column):
            for statement in found[place + 1 :]:
                definition = inside(definition, statement, self.column)
            found[place:] = [definition]

    def column(self, offset: int) -> int:
        """The column of an offset, a tab leading to the next multiple of 8."""
        line_start = self.data.rfind(b"\n", 0, offset) + 1
        return len(self.data[line_start:offset].expandtabs(8))

    def _stray(self, node: Node, found: list[n.Stmt], depth: int) -> None:
        """What error recovery left at the place of a statement: statements inside an ERROR count, the rest is named."""
        if node.is_error or node.kind_id in _SPLICED:
            found.extend(self.block(node, depth + 1))
        else:
            found.append(n.Other(node.byte_range, "error", (node.byte_range,)))

    def body(self, node: Node, field: int, depth: int) -> tuple[n.Stmt, ...]:
        """The statements of the block in a field of a compound statement."""
        return self.block(node.child_by_field_id(field), depth + 1)


def _whole(start: int, node: Node, *bodies: tuple[n.Stmt, ...]) -> n.Span:
    """A compound statement ends with its last statement; the tree counts comments behind it, too."""
    for body in reversed(bodies):
        if body:
            return start, body[-1].span[1]
    return start, node.end_byte


def _if(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    alternatives = node.children_by_field_id(g.ALTERNATIVE_FIELD) if node.children[-1].kind_id != g.BLOCK else []
    orelse: tuple[n.Stmt, ...] = ()
    if alternatives and alternatives[-1].kind_id == g.ELSE_CLAUSE:
        orelse = low.body(alternatives.pop(), g.BODY_FIELD, depth)
    if len(alternatives) > _MAX_ELIFS:  # A deeper nest would break whoever walks it: side by side instead, and said so.
        low.too_deep = True
        orelse = (*[_arm(low, c, (), depth) for c in alternatives[_MAX_ELIFS:]], *orelse)
    for clause in reversed(alternatives[:_MAX_ELIFS]):
        orelse = (_arm(low, clause, orelse, depth),)
    return _arm(low, node, orelse, depth)


def _arm(low: StatementLowering, node: Node, orelse: tuple[n.Stmt, ...], depth: int) -> n.Stmt:
    test = node.child_by_field_id(g.CONDITION_FIELD)
    if test is None:
        return n.Other(node.byte_range, "error")
    body = low.body(node, g.CONSEQUENCE_FIELD, depth)
    return n.If(_whole(node.start_byte, node, body, orelse), inner_span(test), body, orelse)


def _while(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    test = node.child_by_field_id(g.CONDITION_FIELD)
    if test is None:
        return n.Other(node.byte_range, "error")
    body, orelse = low.body(node, g.BODY_FIELD, depth), _alternative(low, node, depth)
    return n.While(_whole(node.start_byte, node, body, orelse), inner_span(test), body, orelse)


def _alternative(low: StatementLowering, node: Node, depth: int) -> tuple[n.Stmt, ...]:
    clause = node.child_by_field_id(g.ALTERNATIVE_FIELD)
    return low.body(clause, g.BODY_FIELD, depth) if clause is not None else ()


def _for(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    left, right = node.child_by_field_id(g.LEFT_FIELD), node.child_by_field_id(g.RIGHT_FIELD)
    if left is None or right is None:
        return n.Other(node.byte_range, "error")
    body, orelse = low.body(node, g.BODY_FIELD, depth), _alternative(low, node, depth)
    span = _whole(node.start_byte, node, body, orelse)
    return n.For(span, lower_target(low.data, left), inner_span(right), body, orelse)


def _try(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    body: tuple[n.Stmt, ...] = ()
    orelse: tuple[n.Stmt, ...] = ()
    final: tuple[n.Stmt, ...] = ()
    handlers: list[n.ExceptHandler] = []
    for child in node.children:
        kind = child.kind_id
        if kind == g.BLOCK:
            body = low.block(child, depth + 1)
        elif kind == g.EXCEPT_CLAUSE:
            handlers.append(_handler(low, child, depth))
        elif kind == g.ELSE_CLAUSE:
            orelse = low.body(child, g.BODY_FIELD, depth)
        elif kind == g.FINALLY_CLAUSE:
            final = low.block(_last_block(child), depth + 1)
    span = _whole(node.start_byte, node, body, *[h.body for h in handlers], orelse, final)
    return n.Try(span, body, tuple(handlers), orelse, final)


def _last_block(node: Node) -> Node | None:
    return next((c for c in reversed(node.children) if c.kind_id == g.BLOCK), None)


def _handler(low: StatementLowering, node: Node, depth: int) -> n.ExceptHandler:
    caught = node.children_by_field_id(g.VALUE_FIELD)
    name = None
    kind = caught[0] if caught else None
    if kind is not None and kind.kind_id == g.AS_PATTERN:
        alias = kind.child_by_field_id(g.ALIAS_FIELD)
        name = identifier(low.data, *alias.byte_range) if alias is not None else None
        kind = kind.children[0]
    span = None if kind is None else inner_span(kind)
    if len(caught) == 2 and caught[1].kind_id == g.IDENTIFIER:  # Python 2: `except X, e`
        name = identifier(low.data, *caught[1].byte_range)
    elif len(caught) > 1:  # Python 3.14: `except A, B, C`
        span = (caught[0].start_byte, caught[-1].end_byte)
    body = low.block(_last_block(node), depth + 1)
    return n.ExceptHandler(_whole(node.start_byte, node, body), span, name, body)


def _with(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    items: list[n.WithItem] = []
    for clause in node.children:
        if clause.kind_id == g.WITH_CLAUSE:
            items = [_with_item(low.data, c) for c in clause.children if c.kind_id == g.WITH_ITEM]
    body = low.body(node, g.BODY_FIELD, depth)
    return n.With(_whole(node.start_byte, node, body), tuple(items), body)


def _with_item(data: bytes, node: Node) -> n.WithItem:
    value = inner = node.children[0]
    while inner.kind_id == g.PARENTHESIZED and len(named(inner)) == 1:  # `with (open(x) as f):`
        inner = named(inner)[0]
    if inner.kind_id != g.AS_PATTERN:
        return n.WithItem(inner_span(value), None)
    alias = inner.child_by_field_id(g.ALIAS_FIELD)
    target = lower_target(data, named(alias)[0]) if alias is not None and named(alias) else None
    return n.WithItem(inner_span(inner.children[0]), target)


def _match(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    subjects = node.children_by_field_id(g.SUBJECT_FIELD)
    if not subjects:
        return n.Other(node.byte_range, "error")
    commas = [c for c in node.children if c.kind_id == g.COMMA]
    subject = inner_span(subjects[0])
    if commas:
        subject = (subjects[0].start_byte, max(subjects[-1].end_byte, commas[-1].end_byte))
    body = node.child_by_field_id(g.BODY_FIELD)
    clauses = [c for c in (body.children if body else ()) if c.kind_id == g.CASE_CLAUSE]
    cases = tuple([_case(low, c, depth + 1) for c in clauses])
    return n.Match((node.start_byte, cases[-1].span[1] if cases else node.end_byte), subject, cases)


def _case(low: StatementLowering, node: Node, depth: int) -> n.MatchCase:
    guard = node.child_by_field_id(g.GUARD_FIELD)
    patterns = [c for c in node.children if c.kind_id == g.CASE_PATTERN]
    comma = any(c.kind_id == g.COMMA for c in node.children)
    pattern = lower_case_pattern(low.data, patterns, bare_sequence=comma)
    body = low.body(node, g.CONSEQUENCE_FIELD, depth)
    test = inner_span(named(guard)[0]) if guard is not None and named(guard) else None
    return n.MatchCase(_whole(node.start_byte, node, body), pattern, test, body)


# --- definitions ------------------------------------------------------------------------------------------------------


def _decorated(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    decorators: list[n.Span] = []
    for child in node.children:
        if child.kind_id == g.DECORATOR:
            decorators += values(named(child)[:1])
    definition = node.child_by_field_id(g.DEFINITION_FIELD)
    if definition is None:
        return n.Other(node.byte_range, "error", tuple(decorators))
    define = _class if definition.kind_id == g.CLASS_DEFINITION else _function
    return define(low, definition, depth, node.start_byte, tuple(decorators))


def _function(
    low: StatementLowering, node: Node, depth: int, start: int | None = None, decorators: tuple[n.Span, ...] = ()
) -> n.Stmt:
    name, parameters = node.child_by_field_id(g.NAME_FIELD), node.child_by_field_id(g.PARAMETERS_FIELD)
    if name is None:
        return n.Other(node.byte_range, "error", decorators)
    params = lower_parameters(low.data, parameters) if parameters is not None else ()
    body = low.body(node, g.BODY_FIELD, depth)
    span = _whole(node.start_byte if start is None else start, node, body)
    return n.FunctionDef(span, name.byte_range, identifier(low.data, *name.byte_range), params, decorators, body)


def _class(
    low: StatementLowering, node: Node, depth: int, start: int | None = None, decorators: tuple[n.Span, ...] = ()
) -> n.Stmt:
    name, bases = node.child_by_field_id(g.NAME_FIELD), node.child_by_field_id(g.SUPERCLASSES_FIELD)
    if name is None:
        return n.Other(node.byte_range, "error", decorators)
    arguments = tuple([_base(low.data, c) for c in named(bases)]) if bases is not None else ()
    body = low.body(node, g.BODY_FIELD, depth)
    span = _whole(node.start_byte if start is None else start, node, body)
    return n.ClassDef(span, name.byte_range, identifier(low.data, *name.byte_range), arguments, decorators, body)


def _base(data: bytes, node: Node) -> n.BaseArgument:
    kind = node.type
    if kind == "keyword_argument":
        name, value = node.child_by_field_id(g.NAME_FIELD), node.child_by_field_id(g.VALUE_FIELD)
        if name is not None and value is not None:
            return n.BaseArgument(identifier(data, *name.byte_range), inner_span(value), 0)
    star = 2 if kind == "dictionary_splat" else 1 if kind == "list_splat" else 0
    children = named(node) if star else []
    return n.BaseArgument(None, inner_span(children[0] if children else node), star)


Handler: TypeAlias = Callable[[StatementLowering, "Node", int], n.Stmt]
_COMPOUND: dict[int, Handler] = {
    g.kind("if_statement"): _if,
    g.kind("while_statement"): _while,
    g.kind("for_statement"): _for,
    g.kind("try_statement"): _try,
    g.kind("with_statement"): _with,
    g.kind("match_statement"): _match,
    g.kind("decorated_definition"): _decorated,
    g.kind("function_definition"): _function,
    g.kind("class_definition"): _class,
}
