"""Python's own parser as the oracle: `ast` trees lowered to the neutral tree, by other means than the code under test.

Spans inside f-strings are wrong before Python 3.12, and those of inner `and`/`or`, arguments, parameters, clauses and
cases are not in `ast`: `blurred` hides them.
"""

from __future__ import annotations

import ast
import dataclasses
import warnings
from collections.abc import Iterator

from ptmscan.syntax import nodes as n

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
NOWHERE = (0, 0)


def blurred(node: object, *, inside: bool = False) -> object:
    """A comparable copy of a neutral tree without the spans that `ast` does not know."""
    if isinstance(node, tuple):
        return tuple(blurred(x, inside=inside) for x in node)
    if not dataclasses.is_dataclass(node):
        return (type(node), node)
    hide = inside or isinstance(node, n.Argument | n.BoolOp | n.Parameter | n.Clause | n.MatchCase)
    deeper = inside or isinstance(node, n.FString)
    values = []
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        is_span = field.name in ("span", "default", "annotation")
        if is_span:
            values.append(None if value is None or (hide and field.name == "span") or inside else value)
        else:
            values.append(blurred(value, inside=deeper))
    return (type(node).__name__, *values)


class AstLowering:
    """Lowers the `ast` of one source text."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        with warnings.catch_warnings():  # Of invalid escapes, which Python reads all the same.
            warnings.simplefilter("ignore")
            self.tree = ast.parse(data)
        self.starts = [0]
        for line in data.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, node: ast.AST) -> n.Span:
        start = self.starts[node.lineno - 1] + node.col_offset
        while last := getattr(node, "cases", None) or inner_body(node):  # Or a semicolon at the end would count.
            node = last[-1]
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def maybe(self, node: ast.AST | None) -> n.Span | None:
        return None if node is None else self.span(node)

    # --- expressions ---

    def expr(self, node: ast.expr) -> n.Expr:
        return getattr(self, "e_" + type(node).__name__.lower())(node, self.span(node))

    def all(self, items: list[ast.expr]) -> tuple[n.Expr, ...]:
        return tuple(self.expr(x) for x in items)

    def e_name(self, node, span):
        return n.Name(span, node.id)

    def e_attribute(self, node, span):
        return n.Attribute(span, self.expr(node.value), node.attr)

    def e_subscript(self, node, span):
        return n.Subscript(span, self.expr(node.value), self.expr(node.slice))

    def e_slice(self, node, span):
        return n.Slice(span, *(self.expr(x) if x else None for x in (node.lower, node.upper, node.step)))

    def e_constant(self, node, span):
        return n.Constant(span, node.value)

    def e_joinedstr(self, node, span):
        return n.FString(span, self.all(node.values))

    def e_formattedvalue(self, node, span):
        conversion = chr(node.conversion) if node.conversion > 0 else None
        spec = self.expr(node.format_spec) if node.format_spec else None
        return n.Interpolation(span, self.expr(node.value), conversion, spec)

    def e_tuple(self, node, span):
        return n.TupleExpr(span, self.all(node.elts))

    def e_list(self, node, span):
        return n.ListExpr(span, self.all(node.elts))

    def e_set(self, node, span):
        return n.SetExpr(span, self.all(node.elts))

    def e_dict(self, node, span):
        pairs = zip(node.keys, node.values, strict=True)
        return n.DictExpr(span, tuple((self.expr(k) if k else None, self.expr(v)) for k, v in pairs))

    def e_call(self, node, span):
        arguments = []
        for x in node.args:
            star = isinstance(x, ast.Starred)
            arguments.append(n.Argument(self.span(x), None, self.expr(x.value if star else x), int(star)))
        arguments += [n.Argument(self.span(k), k.arg, self.expr(k.value), 0 if k.arg else 2) for k in node.keywords]
        return n.Call(span, self.expr(node.func), tuple(sorted(arguments, key=lambda a: a.span)))

    def e_unaryop(self, node, span):
        return n.UnaryOp(span, OPERATORS[type(node.op)], self.expr(node.operand))

    def e_binop(self, node, span):
        return n.BinaryOp(span, self.expr(node.left), OPERATORS[type(node.op)], self.expr(node.right))

    def e_boolop(self, node, span):
        value, *others = self.all(node.values)
        for other in others:
            value = n.BoolOp(span, OPERATORS[type(node.op)], value, other)
        return value

    def e_compare(self, node, span):
        ops = tuple(OPERATORS[type(o)] for o in node.ops)
        return n.Compare(span, self.expr(node.left), ops, self.all(node.comparators))

    def e_ifexp(self, node, span):
        return n.IfExp(span, self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def e_lambda(self, node, span):
        return n.Lambda(span, self.params(node.args), self.expr(node.body))

    def comprehension(self, node, span, kind, element, value=None):
        clauses = []
        for c in node.generators:
            conditions = self.all(c.ifs)
            clauses.append(n.Clause(NOWHERE, self.expr(c.target), self.expr(c.iter), conditions))
        value = None if value is None else self.expr(value)
        return n.Comprehension(span, kind, self.expr(element), value, tuple(clauses))

    def e_listcomp(self, node, span):
        return self.comprehension(node, span, n.ComprehensionKind.LIST, node.elt)

    def e_setcomp(self, node, span):
        return self.comprehension(node, span, n.ComprehensionKind.SET, node.elt)

    def e_generatorexp(self, node, span):
        return self.comprehension(node, span, n.ComprehensionKind.GENERATOR, node.elt)

    def e_dictcomp(self, node, span):
        return self.comprehension(node, span, n.ComprehensionKind.DICT, node.key, node.value)

    def e_namedexpr(self, node, span):
        return n.NamedExpr(span, node.target.id, self.expr(node.value))

    def e_starred(self, node, span):
        return n.Starred(span, self.expr(node.value))

    def e_await(self, node, span):
        return n.Await(span, self.expr(node.value))

    def e_yield(self, node, span):
        return n.Yield(span, self.expr(node.value) if node.value else None, False)

    def e_yieldfrom(self, node, span):
        return n.Yield(span, self.expr(node.value), True)

    def params(self, node: ast.arguments) -> tuple[n.Parameter, ...]:
        plain = [*((a, n.ParameterKind.POSITIONAL_ONLY) for a in node.posonlyargs)]
        plain += [(a, n.ParameterKind.POSITIONAL) for a in node.args]
        defaults = [None] * (len(plain) - len(node.defaults)) + node.defaults
        found = [self.param(a, k, d) for (a, k), d in zip(plain, defaults, strict=True)]
        if node.vararg:
            found.append(self.param(node.vararg, n.ParameterKind.VAR_POSITIONAL, None))
        for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            found.append(self.param(a, n.ParameterKind.KEYWORD_ONLY, d))
        if node.kwarg:
            found.append(self.param(node.kwarg, n.ParameterKind.VAR_KEYWORD, None))
        return tuple(found)

    def param(self, arg: ast.arg, kind: n.ParameterKind, default: ast.expr | None) -> n.Parameter:
        return n.Parameter(NOWHERE, arg.arg, kind, self.maybe(default), self.maybe(arg.annotation))

    # --- patterns ---

    def pattern(self, node: ast.pattern) -> n.Pattern:
        match node:
            case ast.MatchValue(value):
                return n.PatternValue(self.expr(value))
            case ast.MatchSingleton(value):
                return n.PatternValue(n.Constant(self.span(node), value))
            case ast.MatchAs(None, name):
                return n.PatternCapture(name)
            case ast.MatchAs(inner, name):
                return n.PatternAs(self.pattern(inner), name)
            case ast.MatchOr(patterns):
                return n.PatternOr(tuple(map(self.pattern, patterns)))
            case ast.MatchSequence(patterns):
                return n.PatternSequence(tuple(map(self.pattern, patterns)))
            case ast.MatchStar(name):
                return n.PatternStar(name)
            case ast.MatchMapping(keys, patterns, rest):
                pairs = zip(map(self.expr, keys), map(self.pattern, patterns), strict=True)
                return n.PatternMapping(tuple(pairs), rest)
            case ast.MatchClass(cls, patterns, names, values):
                keywords = zip(names, map(self.pattern, values), strict=True)
                return n.PatternClass(self.expr(cls), tuple(map(self.pattern, patterns)), tuple(keywords))
        raise AssertionError(node)

    # --- statements ---

    def module(self) -> tuple[n.Stmt, ...]:
        return self.body(self.tree.body)

    def body(self, nodes: list[ast.stmt]) -> tuple[n.Stmt, ...]:
        return tuple(self.stmt(x) for x in nodes)

    def stmt(self, node: ast.stmt) -> n.Stmt:
        return getattr(self, "s_" + type(node).__name__.lower())(node, self.span(node))

    def s_assign(self, node, span):
        return n.Assign(span, self.all(node.targets), self.span(node.value))

    def s_annassign(self, node, span):
        return n.AnnAssign(span, self.expr(node.target), self.span(node.annotation), self.maybe(node.value))

    def s_augassign(self, node, span):
        return n.AugAssign(span, self.expr(node.target), OPERATORS[type(node.op)], self.span(node.value))

    def s_expr(self, node, span):
        value = node.value
        match value:
            # A parenthesised receiver is no dotted one; `ast` does not show the parentheses.
            case ast.Call(ast.Attribute(receiver, method)) if dotted(receiver) and self.data[span[0]] != ord("("):
                return n.ExprStmt(span, self.span(value), self.expr(receiver), method)
        return n.ExprStmt(span, self.span(value))

    def names(self, node):
        return tuple(n.ImportName(self.span(a), a.name, a.asname) for a in node.names)

    def s_import(self, node, span):
        return n.Import(span, self.names(node))

    def s_importfrom(self, node, span):
        star = node.names[0].name == "*"
        return n.ImportFrom(span, node.module or "", node.level, None if star else self.names(node))

    def definition_span(self, node, span):
        return (
            self.data.rindex(b"@", 0, self.span(node.decorator_list[0])[0]) if node.decorator_list else span[0]
        ), span[1]

    def name_span(self, node):
        keywords = {ast.FunctionDef: b"def", ast.AsyncFunctionDef: b"def", ast.ClassDef: b"class"}
        keyword = keywords[type(node)]
        start = self.data.index(node.name.encode(), self.data.index(keyword, self.span(node)[0]) + len(keyword))
        return start, start + len(node.name.encode())

    def decorators(self, node):
        return tuple(map(self.span, node.decorator_list))

    def s_functiondef(self, node, span):
        span, params = self.definition_span(node, span), self.params(node.args)
        return n.FunctionDef(span, self.name_span(node), node.name, params, self.decorators(node), self.body(node.body))

    s_asyncfunctiondef = s_functiondef

    def s_classdef(self, node, span):
        found = []
        for x in node.bases:
            star = isinstance(x, ast.Starred)
            found.append(n.BaseArgument(None, self.span(x.value if star else x), int(star)))
        found += [n.BaseArgument(k.arg, self.span(k.value), 0 if k.arg else 2) for k in node.keywords]
        span, found = self.definition_span(node, span), sorted(found, key=lambda a: a.value)
        body = self.body(node.body)
        return n.ClassDef(span, self.name_span(node), node.name, tuple(found), self.decorators(node), body)

    def s_return(self, node, span):
        return n.Return(span, self.maybe(node.value))

    def s_raise(self, node, span):
        return n.Raise(span, tuple(self.span(x) for x in (node.exc, node.cause) if x))

    def s_break(self, node, span):
        return n.Break(span)

    def s_continue(self, node, span):
        return n.Continue(span)

    def s_pass(self, node, span):
        return n.Other(span, "pass")

    def s_typealias(self, node, span):
        return n.Other(span, "type", (self.span(node.name), self.span(node.value)))

    def s_delete(self, node, span):
        return n.Delete(span, self.all(node.targets))

    def s_global(self, node, span):
        return n.Global(span, tuple(node.names))

    def s_nonlocal(self, node, span):
        return n.Nonlocal(span, tuple(node.names))

    def s_assert(self, node, span):
        return n.Assert(span, tuple(self.span(x) for x in (node.test, node.msg) if x))

    def s_if(self, node, span):
        return n.If(span, self.span(node.test), self.body(node.body), self.body(node.orelse))

    def s_while(self, node, span):
        return n.While(span, self.span(node.test), self.body(node.body), self.body(node.orelse))

    def s_for(self, node, span):
        target, iterable = self.expr(node.target), self.span(node.iter)
        return n.For(span, target, iterable, self.body(node.body), self.body(node.orelse))

    s_asyncfor = s_for

    def s_try(self, node, span):
        handlers = tuple(
            n.ExceptHandler(self.span(h), self.maybe(h.type), h.name, self.body(h.body)) for h in node.handlers
        )
        return n.Try(span, self.body(node.body), handlers, self.body(node.orelse), self.body(node.finalbody))

    s_trystar = s_try

    def s_with(self, node, span):
        items = tuple(
            n.WithItem(self.span(i.context_expr), self.expr(i.optional_vars) if i.optional_vars else None)
            for i in node.items
        )
        return n.With(span, items, self.body(node.body))

    s_asyncwith = s_with

    def s_match(self, node, span):
        cases = tuple(
            n.MatchCase(NOWHERE, self.pattern(c.pattern), self.maybe(c.guard), self.body(c.body)) for c in node.cases
        )
        return n.Match(span, self.span(node.subject), cases)

    # --- the whole tree ---

    def reliable(self) -> Iterator[ast.AST]:
        """Every node with a right position: f-strings are given, but not what is inside."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            yield node
            if not isinstance(node, ast.JoinedStr):
                waiting += ast.iter_child_nodes(node)

    def calls(self) -> set[n.Span]:
        found = (x for x in self.reliable() if isinstance(x, ast.Call))
        return {self.span(x) for x in found if isinstance(x.func, ast.Name | ast.Attribute)}

    def references(self) -> set[n.Span]:
        nodes = list(self.reliable())
        called = {id(x.func) for x in nodes if isinstance(x, ast.Call)}
        for pattern in (x for x in nodes if isinstance(x, ast.pattern)):
            called |= {id(y) for y in ast.walk(pattern)}
        loads = (x for x in nodes if isinstance(x, ast.Name | ast.Attribute) and isinstance(x.ctx, ast.Load))
        return {self.span(x) for x in loads if id(x) not in called}

    def expressions(self) -> Iterator[ast.expr]:
        """Every expression that has a span of its own to ask for."""
        nodes = list(self.reliable())
        skipped = {id(x.slice) for x in nodes if isinstance(x, ast.Subscript)}
        skipped |= {id(y) for t in self.type_targets() for y in ast.walk(t)}
        for pattern in (x for x in nodes if isinstance(x, ast.pattern)):
            skipped |= {id(y) for y in ast.walk(pattern)}
        for x in nodes:
            if isinstance(x, ast.expr) and not isinstance(x, ast.Slice | ast.Starred) and id(x) not in skipped:
                yield x

    def type_targets(self) -> Iterator[ast.Attribute]:
        """The targets of `type(x).y = …`, which the grammar of tree-sitter takes for a type alias."""
        for node in self.reliable():
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Call(func=ast.Name("type"))) as target]):
                    yield target

    def walrus(self) -> set[n.Span]:
        return {self.span(x) for x in self.reliable() if isinstance(x, ast.NamedExpr)}


def inner_body(node: ast.AST) -> list[ast.AST]:
    """The last statements or handlers inside a compound statement."""
    fields = ("finalbody", "orelse", "handlers", "body")
    return next((b for f in fields if isinstance(b := getattr(node, f, None), list) and b), [])


def dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name)
