"""Statements: tree-sitter nodes to the neutral skeleton. Expressions stay spans, only targets are lowered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.syntax import nodes as n
from ptmscan.syntax.treesitter_aliases import lower_type_alias
from ptmscan.syntax.treesitter_expressions import lower
from ptmscan.syntax.treesitter_imports import lower_import, lower_import_from
from ptmscan.syntax.treesitter_nodes import EXTRAS, identifier, inner_span, named
from ptmscan.syntax.treesitter_parameters import lower_parameters
from ptmscan.syntax.treesitter_patterns import lower_case_pattern

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_BLOCKS = 100  # CPython reads no deeper either: "too many levels of indentation".
_MAX_ELIFS = 200


class StatementLowering:
    """Lowers the blocks of one unit; `too_deep` tells afterwards whether something was left out for its depth."""

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
        found: list[n.Stmt] = []
        for child in node.named_children:
            handler = _HANDLERS.get(child.type)
            if handler is not None:
                found.append(handler(self, child, depth))
            elif child.type not in EXTRAS:
                self._stray(child, found, depth)
        return tuple(found)

    def _stray(self, node: Node, found: list[n.Stmt], depth: int) -> None:
        """What error recovery left at the place of a statement: statements inside an ERROR count, the rest is named."""
        if node.is_error or node.type in ("block", "case_clause"):
            found.extend(self.block(node, depth + 1))
        else:
            found.append(n.Other(node.byte_range, "error", (node.byte_range,)))


def _span(node: Node | None) -> n.Span | None:
    return None if node is None else inner_span(node)


def _whole(start: int, node: Node, *bodies: tuple[n.Stmt, ...]) -> n.Span:
    """A compound statement ends with its last statement; the tree counts comments behind it, too."""
    end = next((b[-1].span[1] for b in reversed(bodies) if b), node.end_byte)
    return start, end


def _values(children: Sequence[Node]) -> tuple[n.Span, ...]:
    return tuple([inner_span(c) for c in children])


# --- simple statements ------------------------------------------------------------------------------------------------


def _expression_statement(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    children = named(node)
    if not children:
        return n.Other(node.byte_range, "error")
    first = children[0]
    kind = first.type
    if kind == "assignment":
        return _assignment(low, first)
    if kind == "augmented_assignment":
        return _augmented(low, first)
    if len(children) > 1 or (first.end_byte != node.end_byte and node.children[-1].type == ","):
        return n.ExprStmt(node.byte_range, node.byte_range)
    if kind == "call":
        return _call_statement(low, node, first)
    return n.ExprStmt(node.byte_range, inner_span(first))


def _call_statement(low: StatementLowering, node: Node, call: Node) -> n.ExprStmt:
    """`receiver.method(…)`: the receiver matters to whoever follows `items.append(x)`."""
    function = call.child_by_field_name("function")
    if function is not None and function.type == "attribute":
        target, method = function.child_by_field_name("object"), function.child_by_field_name("attribute")
        if target is not None and method is not None and target.type in ("identifier", "attribute", "subscript"):
            receiver = lower(low.data, target)
            if _is_dotted(receiver):
                name = identifier(low.data, *method.byte_range)
                return n.ExprStmt(node.byte_range, call.byte_range, receiver, name)
    return n.ExprStmt(node.byte_range, call.byte_range)


def _is_dotted(expr: n.Expr) -> bool:
    while isinstance(expr, n.Attribute | n.Subscript):
        expr = expr.value
    return isinstance(expr, n.Name)


def _assignment(low: StatementLowering, node: Node) -> n.Stmt:
    span = node.byte_range
    annotation = node.child_by_field_name("type")
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None:
        return n.Other(span, "error")
    if annotation is not None:
        return n.AnnAssign(span, lower(low.data, left), inner_span(annotation), _span(right))
    targets = [lower(low.data, left)]
    while right is not None and right.type == "assignment":  # `a = b = value`
        left, right = right.child_by_field_name("left"), right.child_by_field_name("right")
        if left is not None:
            targets.append(lower(low.data, left))
    if right is None:
        return n.Other(span, "error")
    return n.Assign(span, tuple(targets), inner_span(right))


def _augmented(low: StatementLowering, node: Node) -> n.Stmt:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None:
        return n.Other(node.byte_range, "error")
    return n.AugAssign(node.byte_range, lower(low.data, left), operator.type[:-1], inner_span(right))


def _import(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return lower_import(low.data, node)


def _import_from(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return lower_import_from(low.data, node)


def _type_alias(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return lower_type_alias(low.data, node)


def _return(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    children = named(node)
    return n.Return(node.byte_range, inner_span(children[0]) if children else None)


def _raise(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Raise(node.byte_range, _values(_flat(node)))


def _assert(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Assert(node.byte_range, _values(named(node)))


def _delete(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    children = _flat(node)
    return n.Delete(node.byte_range, tuple([lower(low.data, c) for c in children]))


def _flat(node: Node) -> list[Node]:
    """The children, those of an expression list in its place."""
    return [g for c in named(node) for g in (named(c) if c.type == "expression_list" else (c,))]


def _names(low: StatementLowering, node: Node) -> tuple[str, ...]:
    return tuple([identifier(low.data, *c.byte_range) for c in node.named_children if c.type == "identifier"])


def _global(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Global(node.byte_range, _names(low, node))


def _nonlocal(low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Nonlocal(node.byte_range, _names(low, node))


def _break(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Break(node.byte_range)


def _continue(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
    return n.Continue(node.byte_range)


def _other(kind: str) -> Handler:
    def handler(_low: StatementLowering, node: Node, _depth: int) -> n.Stmt:
        children = [g for c in named(node) for g in (named(c) if c.type == "chevron" else (c,))]
        return n.Other(node.byte_range, kind, _values(children))

    return handler


# --- compound statements ----------------------------------------------------------------------------------------------


def _if(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    alternatives = node.children_by_field_name("alternative")
    orelse: tuple[n.Stmt, ...] = ()
    for place in range(len(alternatives) - 1, -1, -1):
        clause = alternatives[place]
        if clause.type == "else_clause":
            orelse = low.block(clause.child_by_field_name("body"), depth + 1)
            continue
        if place > _MAX_ELIFS:  # A deeper nest would break whoever walks it: side by side instead, and said so.
            low.too_deep = True
            orelse = (_arm(low, clause, (), depth), *orelse)
        else:
            orelse = (_arm(low, clause, orelse, depth),)
    return _arm(low, node, orelse, depth)


def _arm(low: StatementLowering, node: Node, orelse: tuple[n.Stmt, ...], depth: int) -> n.Stmt:
    test = node.child_by_field_name("condition")
    body = low.block(node.child_by_field_name("consequence"), depth + 1)
    if test is None:
        return n.Other(node.byte_range, "error")
    return n.If(_whole(node.start_byte, node, body, orelse), inner_span(test), body, orelse)


def _while(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    test = node.child_by_field_name("condition")
    if test is None:
        return n.Other(node.byte_range, "error")
    body = low.block(node.child_by_field_name("body"), depth + 1)
    orelse = _alternative(low, node, depth)
    return n.While(_whole(node.start_byte, node, body, orelse), inner_span(test), body, orelse)


def _alternative(low: StatementLowering, node: Node, depth: int) -> tuple[n.Stmt, ...]:
    clause = node.child_by_field_name("alternative")
    return low.block(clause.child_by_field_name("body"), depth + 1) if clause is not None else ()


def _for(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return n.Other(node.byte_range, "error")
    body = low.block(node.child_by_field_name("body"), depth + 1)
    orelse = _alternative(low, node, depth)
    span = _whole(node.start_byte, node, body, orelse)
    return n.For(span, lower(low.data, left), inner_span(right), body, orelse)


def _try(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    body: tuple[n.Stmt, ...] = ()
    orelse: tuple[n.Stmt, ...] = ()
    final: tuple[n.Stmt, ...] = ()
    handlers: list[n.ExceptHandler] = []
    for child in node.named_children:
        kind = child.type
        if kind == "block":
            body = low.block(child, depth + 1)
        elif kind == "except_clause":
            handlers.append(_handler(low, child, depth))
        elif kind == "else_clause":
            orelse = low.block(child.child_by_field_name("body"), depth + 1)
        elif kind == "finally_clause":
            final = low.block(_last_block(child), depth + 1)
    span = _whole(node.start_byte, node, body, *[h.body for h in handlers], orelse, final)
    return n.Try(span, body, tuple(handlers), orelse, final)


def _last_block(node: Node) -> Node | None:
    return next((c for c in reversed(node.named_children) if c.type == "block"), None)


def _handler(low: StatementLowering, node: Node, depth: int) -> n.ExceptHandler:
    values = node.children_by_field_name("value")
    name = None
    kind = values[0] if values else None
    if kind is not None and kind.type == "as_pattern":
        alias = kind.child_by_field_name("alias")
        name = identifier(low.data, *alias.byte_range) if alias is not None else None
        kind = kind.named_children[0]
    span = _span(kind)
    if len(values) == 2 and values[1].type == "identifier":  # Python 2: `except X, e`
        name = identifier(low.data, *values[1].byte_range)
    elif len(values) > 1:  # Python 3.14: `except A, B`
        span = (values[0].start_byte, values[-1].end_byte)
    body = low.block(_last_block(node), depth + 1)
    return n.ExceptHandler(_whole(node.start_byte, node, body), span, name, body)


def _with(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    items: list[n.WithItem] = []
    for clause in node.named_children:
        if clause.type == "with_clause":
            items = [_with_item(low, c) for c in clause.named_children if c.type == "with_item"]
    body = low.block(node.child_by_field_name("body"), depth + 1)
    return n.With(_whole(node.start_byte, node, body), tuple(items), body)


def _with_item(low: StatementLowering, node: Node) -> n.WithItem:
    value: Node = node.named_children[0]
    inner = value
    while inner.type == "parenthesized_expression" and len(named(inner)) == 1:  # `with (open(x) as f):`
        inner = named(inner)[0]
    if inner.type != "as_pattern":
        return n.WithItem(inner_span(value), None)
    alias = inner.child_by_field_name("alias")
    target = lower(low.data, named(alias)[0]) if alias is not None and named(alias) else None
    return n.WithItem(inner_span(inner.named_children[0]), target)


def _match(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    subjects = node.children_by_field_name("subject")
    if not subjects:
        return n.Other(node.byte_range, "error")
    commas = [c for c in node.children if c.type == ","]
    subject = inner_span(subjects[0])
    if commas:
        subject = (subjects[0].start_byte, max(subjects[-1].end_byte, commas[-1].end_byte))
    body = node.child_by_field_name("body")
    clauses = [c for c in (body.named_children if body else ()) if c.type == "case_clause"]
    cases = tuple([_case(low, c, depth + 1) for c in clauses])
    return n.Match((node.start_byte, cases[-1].span[1] if cases else node.end_byte), subject, cases)


def _case(low: StatementLowering, node: Node, depth: int) -> n.MatchCase:
    guard = node.child_by_field_name("guard")
    patterns = [c for c in node.named_children if c.type == "case_pattern"]
    comma = any(c.type == "," for c in node.children)
    pattern = lower_case_pattern(low.data, patterns, bare_sequence=comma)
    body = low.block(node.child_by_field_name("consequence"), depth + 1)
    test = _span(named(guard)[0]) if guard is not None else None
    return n.MatchCase(_whole(node.start_byte, node, body), pattern, test, body)


# --- definitions ------------------------------------------------------------------------------------------------------


def _decorated(low: StatementLowering, node: Node, depth: int) -> n.Stmt:
    decorators: list[n.Span] = []
    for child in node.named_children:
        if child.type == "decorator":
            decorators += _values(named(child)[:1])
    definition = node.child_by_field_name("definition")
    if definition is None:
        return n.Other(node.byte_range, "error", tuple(decorators))
    define = _class if definition.type == "class_definition" else _function
    return define(low, definition, depth, node.start_byte, tuple(decorators))


def _function(
    low: StatementLowering, node: Node, depth: int, start: int | None = None, decorators: tuple[n.Span, ...] = ()
) -> n.Stmt:
    name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    if name is None:
        return n.Other(node.byte_range, "error", decorators)
    params = lower_parameters(low.data, parameters) if parameters is not None else ()
    body = low.block(node.child_by_field_name("body"), depth + 1)
    span = _whole(node.start_byte if start is None else start, node, body)
    return n.FunctionDef(span, name.byte_range, identifier(low.data, *name.byte_range), params, decorators, body)


def _class(
    low: StatementLowering, node: Node, depth: int, start: int | None = None, decorators: tuple[n.Span, ...] = ()
) -> n.Stmt:
    name, bases = node.child_by_field_name("name"), node.child_by_field_name("superclasses")
    if name is None:
        return n.Other(node.byte_range, "error", decorators)
    arguments = tuple([_base(low, c) for c in named(bases)]) if bases is not None else ()
    body = low.block(node.child_by_field_name("body"), depth + 1)
    span = _whole(node.start_byte if start is None else start, node, body)
    return n.ClassDef(span, name.byte_range, identifier(low.data, *name.byte_range), arguments, decorators, body)


def _base(low: StatementLowering, node: Node) -> n.BaseArgument:
    kind = node.type
    if kind == "keyword_argument":
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            return n.BaseArgument(identifier(low.data, *name.byte_range), inner_span(value), 0)
    star = 2 if kind == "dictionary_splat" else 1 if kind == "list_splat" else 0
    children = named(node) if star else []
    return n.BaseArgument(None, inner_span(children[0] if children else node), star)


Handler: TypeAlias = Callable[[StatementLowering, "Node", int], n.Stmt]
_HANDLERS: dict[str, Handler] = {
    "expression_statement": _expression_statement,
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": _import_from,
    "return_statement": _return,
    "raise_statement": _raise,
    "assert_statement": _assert,
    "delete_statement": _delete,
    "global_statement": _global,
    "nonlocal_statement": _nonlocal,
    "break_statement": _break,
    "continue_statement": _continue,
    "pass_statement": _other("pass"),
    "print_statement": _other("print"),
    "exec_statement": _other("exec"),
    "type_alias_statement": _type_alias,
    "if_statement": _if,
    "while_statement": _while,
    "for_statement": _for,
    "try_statement": _try,
    "with_statement": _with,
    "match_statement": _match,
    "decorated_definition": _decorated,
    "function_definition": _function,
    "class_definition": _class,
}
