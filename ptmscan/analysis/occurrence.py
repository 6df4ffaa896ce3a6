"""One place where a name or an attribute stands: what the expression and the statement around it do with the object."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ptmscan.analysis.bindings import locate
from ptmscan.analysis.blocks import captured_names
from ptmscan.analysis.handed import COPYING_METHODS, PURE_METHODS, Site, argument_uses
from ptmscan.analysis.holders import (
    ESCAPE,
    SAME,
    AttributeHolder,
    Level,
    NameHolder,
    ResultHolder,
    Use,
    UseKind,
    copied,
    held,
    item_of,
    nearest,
)
from ptmscan.analysis.index import MUTATING_METHODS, Scope, ScopeKind
from ptmscan.analysis.nested import children, expressions
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module


class Occurrence:
    """One place where a name or attribute stands. `own`: in the flow of the scope that the name belongs to."""

    def __init__(self, ev: Evaluator, module: Module, scope: Scope, offset: int, name: str, *, own: bool) -> None:
        self.site = Site(ev, module, scope)
        self.module, self.offset, self.name, self.own = module, offset, name, own
        place = locate(scope, offset)[-1]
        self.statement: n.Stmt | None = place.block[place.index] if place.inside else None

    def uses(self) -> Iterator[Use]:
        """The uses that this occurrence makes of its object."""
        s = self.statement
        if s is None:
            return
        for target in targets(s):
            if _covers(target.span, self.offset):
                path = self._path(target)
                yield from self._target_uses(path) if path is not None else ()
                return
        for span in expressions(s):
            if _covers(span, self.offset):
                path = self._path(self.module.expression(span))
                if path is None:
                    return
                yield from self._climb(path, SAME)
                return
        if isinstance(s, n.Other) and s.kind not in ("pass", "walrus"):
            yield ESCAPE

    def uses_of_result(self) -> Iterator[Use]:
        """The uses of what a function gives, where its name stands: called, or gone where it is not followed."""
        s = self.statement
        if s is None or isinstance(s, (n.Import, n.ImportFrom)):
            return
        for span in expressions(s):
            if _covers(span, self.offset):
                path = self._path(self.module.expression(span))
                if path is None:
                    return
                call = path[-2] if len(path) > 1 else None
                if isinstance(call, n.Call) and call.func is path[-1]:
                    yield from self._climb(path[:-1], SAME)
                else:
                    yield ESCAPE

    def _path(self, root: n.Expr) -> list[n.Expr] | None:
        """The expressions from the root down to the occurrence; None when it is no use of it (a text, a keyword)."""
        path = [root]
        while True:
            node = path[-1]
            inner = next((c for c in children(node) if _covers(c.span, self.offset)), None)
            if inner is None:
                break
            path.append(inner)
        last = path[-1]
        match last:
            case n.Name(id=name, span=span) if name == self.name and span[0] == self.offset:
                return None if self._is_hidden(path) else path
            case n.Attribute(attr=attr, span=span) if attr == self.name and span[1] == self.offset + len(attr.encode()):
                return path
            case n.NamedExpr():
                return None
            case n.Lambda(params=params):
                own = any(
                    _covers(p.span, self.offset) and not (p.default and _covers(p.default, self.offset)) for p in params
                )
                return None if own else path
            case n.Unsupported():
                return path
            case _:
                return None

    def _is_hidden(self, path: list[n.Expr]) -> bool:
        """Whether a lambda or comprehension around the name binds it."""
        for node, inner in pairwise(path):
            if isinstance(node, n.Lambda) and any(p.name == self.name for p in node.params):
                return True
            if (
                isinstance(node, n.Comprehension)
                and inner is not node.clauses[0].iterable
                and any(self.name in target_names(c.target) for c in node.clauses)
            ):
                return True
        return False

    def _target_uses(self, path: list[n.Expr]) -> Iterator[Use]:
        """The uses that a target makes: `x[k] = …` changes x, `x = …` does not."""
        level, changes = SAME, False
        for child, parent in zip(reversed(path), reversed(path[:-1]), strict=False):
            match parent:
                case n.TupleExpr() | n.ListExpr() | n.Starred():
                    break
                case n.Subscript(value=value) if value is child:
                    if changes:
                        level = item_of(level)
                    changes = True
                case n.Attribute():
                    if changes:
                        return
                case n.Call(func=func) if func is child:
                    level, changes = (0, 1), False
                case _:
                    return
        if changes or (isinstance(self.statement, n.AugAssign) and len(path) == 1):
            yield Use(UseKind.CHANGE, level, seen=self.own)

    def _climb(self, path: list[n.Expr], level: Level) -> Iterator[Use]:
        """Follow the value of the innermost expression outwards, as long as an outer one stands for it."""
        if isinstance(path[-1], (n.Lambda, n.Unsupported)):
            yield ESCAPE
            return
        at: Level | None = level
        for i in range(len(path) - 1, 0, -1):
            if at is None:
                return
            child, parent = path[i], path[i - 1]
            uses, at = self._step(child, parent, path[: i - 1], at)
            yield from uses
        if at is not None:
            yield from self._root(path[0], at)

    def _step(self, child: n.Expr, parent: n.Expr, above: list[n.Expr], level: Level) -> tuple[list[Use], Level | None]:
        """What an expression does with the value of a part of it, and the level of its own value; None: not in it."""
        match parent:
            case n.Attribute():
                return self._attribute_step(parent, above, level)
            case n.Subscript(value=value, index=index) if value is child:
                return [], copied(level) if isinstance(index, n.Slice) else item_of(level)
            case n.Call():
                return self._call_step(child, parent, level)
            case n.TupleExpr() | n.ListExpr() | n.SetExpr():
                if isinstance(child, n.Starred):
                    return [], copied(level)
                return [], held(level)
            case n.DictExpr(items=items):
                if any(key is None and value is child for key, value in items):
                    return [], copied(level)
                return [], held(level) if any(value is child for _, value in items) else None
            case n.BinaryOp(op=op):
                return [], copied(level) if op in ("+", "|", "*", "&", "-") else None
            case n.BoolOp() | n.NamedExpr() | n.Await() | n.Starred():
                uses = [self.site.name_alias(parent.name, level)] if isinstance(parent, n.NamedExpr) else []
                return uses, level
            case n.IfExp(test=test):
                return [], None if test is child else level
            case n.Comprehension():
                return self._comprehension_step(child, parent, level)
            case n.Lambda():
                return [Use(UseKind.ESCAPE, level)], None
            case n.Yield():
                return [Use(UseKind.ESCAPE, level)], None
            case _:
                return [], None

    def _attribute_step(self, parent: n.Attribute, above: list[n.Expr], level: Level) -> tuple[list[Use], Level | None]:
        """`x.method(…)` or `x.attribute`."""
        call = above[-1] if above else None
        method = parent.attr
        if not (isinstance(call, n.Call) and call.func is parent):
            return ([Use(UseKind.ESCAPE, level)], None) if method in MUTATING_METHODS else ([], None)
        uses: list[Use] = []
        if method in MUTATING_METHODS or method.startswith("__"):
            s = self.statement
            seen = (
                self.own
                and method in MUTATING_METHODS
                and len(above) == 1
                and isinstance(s, n.ExprStmt)
                and s.method == method
            )
            uses.append(Use(UseKind.CHANGE, level, seen=seen))
        # What the call gives is worked out in `_call_step`, from the level that the method itself is given here.
        return uses, level

    def _call_step(self, child: n.Expr, call: n.Call, level: Level) -> tuple[list[Use], Level | None]:
        if call.func is child:
            if not isinstance(child, n.Attribute):
                return [], None
            method = child.attr
            if method in PURE_METHODS:
                return [], None
            if method == "items":
                return [], held(copied(level))
            return [], copied(level) if method in COPYING_METHODS else item_of(level)
        argument = next((a for a in call.args if a.value is child), None)
        if argument is None:
            return [Use(UseKind.ESCAPE, level)], None
        if argument.star:
            level = held(item_of(level)) if argument.star == 1 else copied(level)
        return argument_uses(self.site, call, argument, level)

    def _comprehension_step(self, child: n.Expr, node: n.Comprehension, level: Level) -> tuple[list[Use], Level | None]:
        """As an element it is held by the result; as an iterable its items go by the name of the target."""
        if child is node.element or child is node.value:
            return [], None if child is node.element and node.kind is n.ComprehensionKind.DICT else held(level)
        uses: list[Use] = []
        result: Level | None = None
        for clause in node.clauses:
            if clause.iterable is child:
                for name in target_names(clause.target):
                    for path in _paths_to(node, name):
                        inner = list(self._climb_inside(path, node, item_of(level)))
                        uses += [u for u in inner if isinstance(u, Use)]
                        result = nearest([u for u in (*inner, result) if isinstance(u, tuple)])
        return uses, result

    def _climb_inside(self, path: list[n.Expr], top: n.Expr, level: Level) -> Iterator[Use | Level]:
        """As `_climb`, up to an expression inside the statement, whose level it gives at the end."""
        at: Level | None = level
        for i in range(len(path) - 1, 0, -1):
            if at is None:
                return
            outer = path[i - 1]
            if isinstance(outer, n.Comprehension) and any(c.iterable is path[i] for c in outer.clauses):
                yield Use(UseKind.ESCAPE, at)
                return
            uses, at = self._step(path[i], path[i - 1], path[: i - 1], at)
            yield from uses
        if at is not None and path[0] is top:
            yield at

    def _root(self, root: n.Expr, level: Level) -> Iterator[Use]:
        """What a statement does with the value of one of its expressions."""
        s = self.statement
        match s:
            case n.Assign() | n.AnnAssign():
                for target in targets(s):
                    yield from self._bound_to(target, level)
            case n.AugAssign(target=target):
                yield from self._bound_to(target, copied(level))
            case n.For(target=target):
                yield from self._bound_to(target, item_of(level))
            case n.With(items=items):
                for item in (i for i in items if i.target is not None and i.value == root.span):
                    yield from self._bound_to(item.target, level)  # type: ignore[arg-type]
            case n.Match(cases=cases):
                for name in (name for case in cases for name in captured_names(case.pattern)):
                    yield self.site.name_alias(name, level)
                    yield self.site.name_alias(name, item_of(level))
            case n.Return():
                yield Use(UseKind.RETURN, level, self._result_holder())
            case n.FunctionDef(params=params):
                inner = self.module.index.scope_of_definition(s)
                for parameter in (p for p in params if p.default == root.span):
                    yield Use(UseKind.ALIAS, level, NameHolder(self.module.path, inner, parameter.name))
            case n.ClassDef() | n.Other():
                yield Use(UseKind.ESCAPE, level)
            case _:
                return

    def _result_holder(self) -> ResultHolder:
        scope = self.site.scope
        while scope.kind is not ScopeKind.FUNCTION and scope.parent is not None:
            scope = self.module.scope(scope.parent)
        return ResultHolder(self.module.path, scope.id, scope.name)

    def _bound_to(self, target: n.Expr, level: Level) -> Iterator[Use]:
        """The holder that a target makes of a value."""
        match target:
            case n.Name(id=name):
                yield self.site.name_alias(name, level)
            case n.TupleExpr(items=items) | n.ListExpr(items=items):
                for item in items:
                    yield from self._bound_to(item, item_of(level))
            case n.Starred(value=value):
                yield from self._bound_to(value, held(level))
            case n.Attribute(attr=attr):
                yield Use(UseKind.ALIAS, level, AttributeHolder(attr))
            case n.Subscript(value=value, index=index):
                inner = copied(level) if isinstance(index, n.Slice) else held(level)
                holder = self.site.holder_of(value)
                yield Use(UseKind.ALIAS, inner, holder) if holder is not None else Use(UseKind.ESCAPE, inner)
            case _:
                yield Use(UseKind.ESCAPE, level)


def _covers(span: n.Span, offset: int) -> bool:
    return span[0] <= offset < span[1]


def targets(s: n.Stmt) -> Iterator[n.Expr]:
    """The targets that a statement itself assigns to or deletes."""
    match s:
        case n.Assign(targets=found) | n.Delete(targets=found):
            yield from found
        case n.AnnAssign(target=target) | n.AugAssign(target=target) | n.For(target=target):
            yield target
        case n.With(items=items):
            yield from (i.target for i in items if i.target is not None)
        case _:
            return


def target_names(target: n.Expr) -> list[str]:
    """The names that a target binds."""
    match target:
        case n.Name(id=name):
            return [name]
        case n.TupleExpr(items=items) | n.ListExpr(items=items):
            return [name for item in items for name in target_names(item)]
        case n.Starred(value=value):
            return target_names(value)
        case _:
            return []


def _paths_to(root: n.Expr, name: str) -> Iterator[list[n.Expr]]:
    """The paths from an expression to every use of a name in it; targets of comprehensions are not uses."""
    pending: list[list[n.Expr]] = [[root]]
    while pending:
        path = pending.pop()
        node = path[-1]
        if isinstance(node, n.Name) and node.id == name:
            yield path
        skipped = [c.target for c in node.clauses] if isinstance(node, n.Comprehension) else []
        pending += [[*path, c] for c in children(node) if not any(c is t for t in skipped)]
