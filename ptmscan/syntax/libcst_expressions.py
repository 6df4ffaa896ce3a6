"""Expressions: libCST nodes to the neutral tree, whole.

Recursion follows nesting, which whoever calls the parser has bounded (`ptmscan.syntax.nesting`).
Spans are those of `ast`: parentheses around an expression are not part of it, those of a tuple or a generator are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import libcst as cst

from ptmscan.syntax import nodes as n
from ptmscan.syntax.libcst_strings import lower_string

Positions: TypeAlias = Callable[[cst.CSTNode], n.Span]

_SINGLETONS: dict[str, n.ConstantValue] = {"None": None, "True": True, "False": False}
_NUMBERS: dict[type[cst.CSTNode], Callable[[str], n.ConstantValue]] = {
    cst.Integer: lambda text: int(text, 0),
    cst.Float: float,
    cst.Imaginary: complex,
}
_COMPREHENSIONS = {
    cst.ListComp: n.ComprehensionKind.LIST,
    cst.SetComp: n.ComprehensionKind.SET,
    cst.DictComp: n.ComprehensionKind.DICT,
    cst.GeneratorExp: n.ComprehensionKind.GENERATOR,
}
_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.MatrixMultiply: "@",
    cst.Divide: "/",
    cst.Modulo: "%",
    cst.FloorDivide: "//",
    cst.Power: "**",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitOr: "|",
    cst.BitAnd: "&",
    cst.BitXor: "^",
    cst.And: "and",
    cst.Or: "or",
    cst.Not: "not",
    cst.Minus: "-",
    cst.Plus: "+",
    cst.BitInvert: "~",
    cst.Equal: "==",
    cst.NotEqual: "!=",  # `<>`, too
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.MatrixMultiplyAssign: "@",
    cst.DivideAssign: "/",
    cst.ModuloAssign: "%",
    cst.FloorDivideAssign: "//",
    cst.PowerAssign: "**",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
    cst.BitOrAssign: "|",
    cst.BitAndAssign: "&",
    cst.BitXorAssign: "^",
}


def lower(node: cst.CSTNode, at: Positions) -> n.Expr:
    """Lower one expression; `at` tells a node's syntactic span. Total: what has no neutral kind is an Unsupported."""
    handler = _HANDLERS.get(type(node))
    return handler(node, at) if handler is not None else n.Unsupported(at(node), type(node).__name__)


def identifier(name: str) -> str:
    """A name as Python sees it: NFKC-normalised (language reference 2.3)."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def display_span(node: cst.Tuple | cst.GeneratorExp, at: Positions) -> n.Span:
    """The span of a tuple or generator with the innermost parentheses, which are its own."""
    return (at(node.lpar[-1])[0], at(node.rpar[0])[1]) if node.lpar else at(node)


def span_of(node: cst.BaseExpression, at: Positions) -> n.Span:
    """The span that `lower` gives the expression."""
    return display_span(node, at) if isinstance(node, cst.Tuple | cst.GeneratorExp) else at(node)


# --- atoms ------------------------------------------------------------------------------------------------------------


def _name(node: cst.Name, at: Positions) -> n.Expr:
    if node.value in _SINGLETONS:
        return n.Constant(at(node), _SINGLETONS[node.value])
    return n.Name(at(node), identifier(node.value))


def _number(node: cst.Integer | cst.Float | cst.Imaginary, at: Positions) -> n.Expr:
    try:
        return n.Constant(at(node), _NUMBERS[type(node)](node.value))
    except ValueError:  # Over sys.int_info.default_max_str_digits.
        return n.Unsupported(at(node), "number")


def _ellipsis(node: cst.Ellipsis, at: Positions) -> n.Expr:
    return n.Constant(at(node), ...)


def _string(node: cst.BaseString, at: Positions) -> n.Expr:
    return lower_string(node, at, lower)


def _attribute(node: cst.Attribute, at: Positions) -> n.Expr:
    return n.Attribute(at(node), lower(node.value, at), identifier(node.attr.value))


# --- subscripts and calls ---------------------------------------------------------------------------------------------


def _subscript(node: cst.Subscript, at: Positions) -> n.Expr:
    items = tuple([_index(element.slice, at) for element in node.slice])
    last = node.slice[-1]
    is_tuple = len(items) > 1 or isinstance(last.comma, cst.Comma) or isinstance(items[0], n.Starred)
    index = n.TupleExpr(_index_span(node, items, at), items) if is_tuple else items[0]
    return n.Subscript(at(node), lower(node.value, at), index)


def _index_span(node: cst.Subscript, items: Sequence[n.Expr], at: Positions) -> n.Span:
    comma = node.slice[-1].comma
    end = items[-1].span[1]
    if isinstance(comma, cst.Comma):
        end = at(comma)[1]
    return items[0].span[0], end


def _width(whitespace: cst.CSTNode, at: Positions) -> int:
    start, end = at(whitespace)
    return end - start


def _index(node: cst.BaseSlice, at: Positions) -> n.Expr:
    if isinstance(node, cst.Slice):
        return _slice(node, at)
    if not isinstance(node, cst.Index):
        return n.Unsupported(at(node), type(node).__name__)
    value = lower(node.value, at)
    return n.Starred(at(node), value) if node.star else value


def _slice(node: cst.Slice, at: Positions) -> n.Slice:
    parts = [lower(p, at) if p is not None else None for p in (node.lower, node.upper, node.step)]
    start, end = at(node)
    if node.step is None and isinstance(node.second_colon, cst.Colon):
        end = at(node.second_colon)[1]
    elif node.step is None and node.upper is None:
        end = at(node.first_colon)[1]
    return n.Slice((start, end), *parts)


def _call(node: cst.Call, at: Positions) -> n.Expr:
    generator = bare_generator(node)
    if generator is not None:
        args: tuple[n.Argument, ...] = (_bare_generator(node, generator, at),)
    else:
        args = tuple([_argument(arg, at) for arg in node.args])
    return n.Call(at(node), lower(node.func, at), args)


def bare_generator(node: cst.Call) -> cst.GeneratorExp | None:
    """The generator of `f(x for x in y)`."""
    value = node.args[0].value if len(node.args) == 1 else None
    return value if isinstance(value, cst.GeneratorExp) and not value.lpar and not node.args[0].star else None


def _bare_generator(call: cst.Call, node: cst.GeneratorExp, at: Positions) -> n.Argument:
    """The parentheses of the call are those of the generator."""
    span = (at(node)[0] - _width(call.whitespace_before_args, at) - 1, at(call)[1])
    clauses = tuple(_clauses(node.for_in, at))
    generator = n.Comprehension(span, n.ComprehensionKind.GENERATOR, lower(node.elt, at), None, clauses)
    return n.Argument(span, None, generator, 0)


def _argument(arg: cst.Arg, at: Positions) -> n.Argument:
    name = identifier(arg.keyword.value) if arg.keyword is not None else None
    return n.Argument(at(arg), name, lower(arg.value, at), len(arg.star))


# --- displays ---------------------------------------------------------------------------------------------------------


def _tuple(node: cst.Tuple, at: Positions) -> n.Expr:
    return n.TupleExpr(display_span(node, at), _elements(node.elements, at))


def _list(node: cst.List, at: Positions) -> n.Expr:
    return n.ListExpr(at(node), _elements(node.elements, at))


def _set(node: cst.Set, at: Positions) -> n.Expr:
    return n.SetExpr(at(node), _elements(node.elements, at))


def _elements(elements: Sequence[cst.BaseElement], at: Positions) -> tuple[n.Expr, ...]:
    return tuple([lower(e, at) if isinstance(e, cst.StarredElement) else lower(e.value, at) for e in elements])


def _starred(node: cst.StarredElement, at: Positions) -> n.Expr:
    return n.Starred(at(node), lower(node.value, at))


def _dict(node: cst.Dict, at: Positions) -> n.Expr:
    items: list[tuple[n.Expr | None, n.Expr]] = []
    for element in node.elements:
        key = lower(element.key, at) if isinstance(element, cst.DictElement) else None
        items.append((key, lower(element.value, at)))
    return n.DictExpr(at(node), tuple(items))


def _comprehension(node: cst.ListComp | cst.SetComp | cst.GeneratorExp, at: Positions) -> n.Expr:
    span = display_span(node, at) if isinstance(node, cst.GeneratorExp) else at(node)
    kind = _COMPREHENSIONS[type(node)]
    return n.Comprehension(span, kind, lower(node.elt, at), None, tuple(_clauses(node.for_in, at)))


def _dict_comprehension(node: cst.DictComp, at: Positions) -> n.Expr:
    key, value = lower(node.key, at), lower(node.value, at)
    return n.Comprehension(at(node), n.ComprehensionKind.DICT, key, value, tuple(_clauses(node.for_in, at)))


def _clauses(first: cst.CompFor, at: Positions) -> Iterator[n.Clause]:
    clause: cst.CompFor | None = first
    while clause is not None:
        conditions = tuple([lower(c.test, at) for c in clause.ifs])
        start = at(clause)[0] + _width(clause.whitespace_before, at)
        target, iterable = lower(clause.target, at), lower(clause.iter, at)
        end = conditions[-1].span[1] if conditions else iterable.span[1]
        yield n.Clause((start, end), target, iterable, conditions)
        clause = clause.inner_for_in


# --- operators and the rest -------------------------------------------------------------------------------------------


def operator(node: cst.CSTNode) -> str:
    """The text of an operator, words separated by one blank, without the `=` of an augmented assignment."""
    return _OPERATORS[type(node)]


def _unary(node: cst.UnaryOperation, at: Positions) -> n.Expr:
    return n.UnaryOp(at(node), operator(node.operator), lower(node.expression, at))


def _binary(node: cst.BinaryOperation, at: Positions) -> n.Expr:
    return n.BinaryOp(at(node), lower(node.left, at), operator(node.operator), lower(node.right, at))


def _boolean(node: cst.BooleanOperation, at: Positions) -> n.Expr:
    return n.BoolOp(at(node), operator(node.operator), lower(node.left, at), lower(node.right, at))


def _compare(node: cst.Comparison, at: Positions) -> n.Expr:
    ops = tuple([operator(c.operator) for c in node.comparisons])
    comparators = tuple([lower(c.comparator, at) for c in node.comparisons])
    return n.Compare(at(node), lower(node.left, at), ops, comparators)


def _conditional(node: cst.IfExp, at: Positions) -> n.Expr:
    return n.IfExp(at(node), lower(node.test, at), lower(node.body, at), lower(node.orelse, at))


def _lambda(node: cst.Lambda, at: Positions) -> n.Expr:
    return n.Lambda(at(node), lower_parameters(node.params, at), lower(node.body, at))


def _named(node: cst.NamedExpr, at: Positions) -> n.Expr:
    name = identifier(node.target.value) if isinstance(node.target, cst.Name) else ""
    return n.NamedExpr(at(node), name, lower(node.value, at))


def _await(node: cst.Await, at: Positions) -> n.Expr:
    return n.Await(at(node), lower(node.expression, at))


def _yield(node: cst.Yield, at: Positions) -> n.Expr:
    if isinstance(node.value, cst.From):
        return n.Yield(at(node), lower(node.value.item, at), is_from=True)
    return n.Yield(at(node), lower(node.value, at) if node.value is not None else None, is_from=False)


# --- parameters -------------------------------------------------------------------------------------------------------


def lower_parameters(node: cst.Parameters, at: Positions) -> tuple[n.Parameter, ...]:
    """The parameters of a function or lambda, in order."""
    kinds = n.ParameterKind
    found = [_parameter(p, kinds.POSITIONAL_ONLY, at) for p in node.posonly_params]
    found += [_parameter(p, kinds.POSITIONAL, at) for p in node.params]
    if isinstance(node.star_arg, cst.Param):
        found.append(_parameter(node.star_arg, kinds.VAR_POSITIONAL, at))
    found += [_parameter(p, kinds.KEYWORD_ONLY, at) for p in node.kwonly_params]
    if node.star_kwarg is not None:
        found.append(_parameter(node.star_kwarg, kinds.VAR_KEYWORD, at))
    return tuple(found)


def _parameter(node: cst.Param, kind: n.ParameterKind, at: Positions) -> n.Parameter:
    default = span_of(node.default, at) if node.default is not None else None
    annotation = span_of(node.annotation.annotation, at) if node.annotation is not None else None
    last = node.default or (node.annotation.annotation if node.annotation is not None else None)
    start, end = at(node)  # libCST ends it behind the name.
    if last is not None:
        end = at(last.rpar[-1] if last.rpar else last)[1]
    return n.Parameter((start, end), identifier(node.name.value), kind, default, annotation)


_HANDLERS: dict[type[cst.CSTNode], Callable[[Any, Positions], n.Expr]] = {
    cst.Name: _name,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.Ellipsis: _ellipsis,
    cst.SimpleString: _string,
    cst.FormattedString: _string,
    cst.ConcatenatedString: _string,
    cst.Attribute: _attribute,
    cst.Subscript: _subscript,
    cst.Call: _call,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Dict: _dict,
    cst.StarredElement: _starred,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.DictComp: _dict_comprehension,
    cst.UnaryOperation: _unary,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _compare,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named,
    cst.Await: _await,
    cst.Yield: _yield,
}
