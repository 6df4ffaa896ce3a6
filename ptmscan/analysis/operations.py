"""Python's operators on abstract values, as pure functions: no scopes, no files, no evaluation of expressions."""

from __future__ import annotations

from ptmscan.analysis import containers, formatting
from ptmscan.analysis.alternatives import combine, join, mapped, text_parts, text_value, truth, with_hole
from ptmscan.analysis.values import (
    NEVER,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    LambdaRef,
    Mapping,
    ModuleRef,
    PathObject,
    Sequence,
    Text,
    Value,
    known,
    text_of,
    unknown,
)

MAX_POWER = 64


def decide(value: Value) -> bool | None:
    """The truth of a value if all that it may be agree and nothing else is possible, else None."""
    if value.open_reason is not None or not value.atoms:
        return None
    answers = {truth(a.atom) for a in value.atoms}
    return answers.pop() if len(answers) == 1 else None


def unary(op: str, atom: Atom) -> Value:
    """`op atom`"""
    if op == "not":
        answer = truth(atom)
        return unknown("negation of an unknown value") if answer is None else text_of(not answer)
    match op, atom:
        case "-", Const(bool() | int() | float() | complex() as number):
            return text_of(-number)
        case "+", Const(bool() | int() | float() | complex() as number):
            return text_of(+number)
        case "~", Const(int() as number):
            return text_of(~number)
        case _:
            return unknown(f"operator {op}")


def doubled(op: str, value: Value) -> Value:
    """`x op x` of one name: each of its alternatives with itself."""
    if value.open_reason is not None or len(value.atoms) < 2:
        return binary(op, value, value)
    return join(binary(op, Value((a,)), Value((a,))) for a in value.atoms)


def binary(op: str, left: Value, right: Value) -> Value:
    """`left op right`; text joined with something unknown becomes text with a hole."""
    if op == "+":
        has_text = any(text_parts(a.atom) is not None for v in (left, right) for a in v.atoms)
        if has_text:
            left, right = with_hole(left), with_hole(right)
    if op == "%" and any(text_parts(a.atom) is not None for a in left.atoms):
        return mapped(left, lambda a: formatting.percent(a, right))
    return combine(left, right, lambda a, b: binary_atoms(op, a, b))


def binary_atoms(op: str, left: Atom, right: Atom) -> Value:
    """`left op right` for one pair of alternatives."""
    a, b = text_parts(left), text_parts(right)
    if op == "+" and a is not None and b is not None:
        return text_value((*a, *b))
    match op, left, right:
        case "+", Sequence(kind=kind, items=x, complete=c), Sequence(items=y, complete=d):
            return known(Sequence(kind, (*x, *y)[: containers.MAX_ITEMS], c and d))
        case "|", Mapping(), Mapping():
            return known(containers.merged(left, known(right)))
        case "/", PathObject(), _:
            return formatting.joined_path(left, right)
        case "*", Const(str() | int() as x), Const(str() | int() as y):
            return _repeated(x, y)
        case "*", Sequence(kind=kind, items=items, complete=complete), Const(int() as times) if not isinstance(
            times, bool
        ):
            if len(items) * max(times, 0) <= containers.MAX_ITEMS:
                return known(Sequence(kind, items * max(times, 0), complete))
        case _, Const(bool() | int() | float() as x), Const(bool() | int() | float() as y):
            return _arithmetic(op, x, y)
        case _:
            pass
    return unknown(f"operator {op}")


def _repeated(x: str | int, y: str | int) -> Value:
    match x, y:
        case (str(text), int(times)) | (int(times), str(text)):
            return (
                text_of(text * max(times, 0)) if len(text) * times <= containers.MAX_TEXT else unknown("very long text")
            )
        case int(), int():
            return _arithmetic("*", x, y)
        case _:
            return unknown("operator *")


def _arithmetic(op: str, x: float, y: float) -> Value:
    try:
        match op:
            case "+":
                return text_of(x + y)
            case "-":
                return text_of(x - y)
            case "*":
                return text_of(x * y)
            case "/":
                return text_of(x / y)
            case "//":
                return text_of(x // y)
            case "%":
                return text_of(x % y)
            case "**" if abs(x) <= containers.MAX_TEXT and abs(y) <= MAX_POWER:
                return text_of(x**y)
            case "&" if isinstance(x, int) and isinstance(y, int):
                return text_of(x & y)
            case "|" if isinstance(x, int) and isinstance(y, int):
                return text_of(x | y)
            case _:
                return unknown(f"operator {op}")
    except (ArithmeticError, ValueError):
        return NEVER


def compare(op: str, left: Atom, right: Atom) -> Value:
    """`left op right` for one comparison."""
    a, b = constant_of(left), constant_of(right)
    if op in ("in", "not in"):
        answer = _contains(right, left)
        return unknown("membership test") if answer is None else text_of(answer is (op == "in"))
    if op in ("is", "is not", "==", "!=") and (a is None or b is None):
        different = _surely_different(left, right)
        return text_of(op in ("is not", "!=")) if different else unknown("comparison")
    if a is None or b is None:
        return unknown("comparison")
    if op in ("is", "is not"):
        if a.value is None or b.value is None or isinstance(a.value, bool) or isinstance(b.value, bool):
            return text_of((a == b) is (op == "is"))
        return unknown("identity of values")
    return _ordered(op, a.value, b.value)


def _ordered(op: str, x: object, y: object) -> Value:
    try:
        match op:
            case "==":
                return text_of(x == y)
            case "!=" | "<>":
                return text_of(x != y)
            case "<":
                return text_of(x < y)  # type: ignore[operator]
            case "<=":
                return text_of(x <= y)  # type: ignore[operator]
            case ">":
                return text_of(x > y)  # type: ignore[operator]
            case ">=":
                return text_of(x >= y)  # type: ignore[operator]
            case _:
                return unknown("comparison")
    except TypeError:
        return NEVER


def constant_of(atom: Atom) -> Const | None:
    """The constant an atom equals, if any: an enum member that mixes in str is not looked through."""
    return atom if isinstance(atom, Const) else None


def _surely_different(left: Atom, right: Atom) -> bool:
    solid = (Sequence, Mapping, FunctionRef, ClassRef, ModuleRef, LambdaRef, BoundMethod, PathObject)
    none = Const(None)
    plain = (Sequence, Mapping)
    if isinstance(left, plain) != isinstance(right, plain) and isinstance(left, (Const, *plain)):
        return isinstance(right, (Const, *plain))
    if left == none:
        return isinstance(right, (*solid, Text, Instance))
    if right == none:
        return isinstance(left, (*solid, Text, Instance))
    return False


def _contains(container: Atom, item: Atom) -> bool | None:
    wanted = constant_of(item)
    match container:
        case Const(str() as text) if wanted is not None and isinstance(wanted.value, str):
            return wanted.value in text
        case Sequence(items=items, complete=complete) if wanted is not None:
            singles = [i.single() for i in items]
            if complete and any(s == wanted for s in singles):
                return True
            return False if complete and all(isinstance(s, Const) for s in singles) else None
        case Mapping(items=pairs, complete=complete) if wanted is not None:
            if complete and any(k == wanted for k, _ in pairs):
                return True
            return False if complete and all(isinstance(k, Const) for k, _ in pairs) else None
        case _:
            return None


def may_swallow(manager: Value) -> bool:
    """Whether a context manager may hold back an exception of its body."""
    if not manager.atoms:
        return False
    for alternative in manager.atoms:
        match alternative.atom:
            case External(name=name):
                if "suppress" in name or "raises" in name or "assertRaises" in name:
                    return True
            case Instance() | FunctionRef():
                return True
            case _:
                pass
    return False
