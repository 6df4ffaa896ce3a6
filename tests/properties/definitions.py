"""Functions and classes, and what can be read through them."""

from __future__ import annotations

from collections.abc import Callable

from containers import dictionary, listing
from texts import condition, leaf, text
from writing import DICT, FILTER, LIST, MAKER, NUMBER, TEXT, VAR, Place, Writer

Write = Callable[[Writer, Place], None]


def _maker(w: Writer, place: Place) -> None:
    """A function without parameters that returns a text."""
    name, inner = w.fresh("make"), Place("function", place.owner, depth=place.depth + 1)
    rebinds = w.chance(20) and bool(place.assignable(VAR))
    with w.block(f"def {name}():"):
        if rebinds and (names := place.assignable(VAR)):
            _declared_global(w, inner, w.pick(names))
        elif w.chance(25) and (names := place.assignable(VAR)):
            shadow = w.pick(names)
            w.line(f"{shadow} = {w.literal()}")
            inner.add(VAR, shadow)
        w.body(inner, 1 + w.below(4))
        w.line(f"return {text(w, inner, 1)}")
    place.add(MAKER, name)
    if rebinds:
        w.perhaps(f"{name}()")
    elif w.chance(60):
        w.line(w.pick((f"{name}()", f"_ = {name}()")))


def _declared_global(w: Writer, inner: Place, name: str) -> None:
    w.line(f"global {name}")
    inner.add(VAR, name)
    w.line(w.weighted(((8, f"{name} = {w.literal()}"), (1, f"{name} = {text(w, inner, 1)}"), (1, f'{name} += "-g"'))))


def _filter(w: Writer, place: Place) -> None:
    """A function that makes a text out of a text."""
    name = w.fresh("alter")
    a = leaf(w, place)
    header, bodies = w.pick(
        (
            (
                "def NAME(x):",
                (
                    'return x + "-f"',
                    'return f"org/{x}"',
                    "return x",
                    f'return {{"{w.pick(w.made or ["q"])}": {a}}}.get(x, x)',
                ),
            ),
            (f"def NAME(x, y={a}):", ('return x + "/" + y', "return y", "y = x\nreturn y")),
            ("def NAME(*xs):", ("return xs[0]", 'return "/".join(xs)', "x, = xs\nreturn x")),
            ("def NAME(x, **options):", (f'return options.get("y", {a})', "return x")),
            ("def NAME(x, *, y='-k'):", ("return x + y", "if y:\n    return x\nreturn y")),
        )
    )
    with w.block(header.replace("NAME", name)):
        for line in w.pick(bodies).split("\n"):
            w.line(line)
    place.add(FILTER, name)


def _branching_filter(w: Writer, place: Place) -> None:
    """A function whose result hangs on a test, an early return or an exception."""
    name, a = w.fresh("alter"), leaf(w, place)
    test = w.pick((condition(w, place), f"x == {w.literal()}", 'x.startswith("m/")', "len(x) > 3", "not x"))
    with w.block(f"def {name}(x):"):
        match w.below(4):
            case 0:
                with w.block(f"if {test}:"):
                    w.line(f"return {a}")
                w.line('return x + "-r"')
            case 1:
                with w.block("try:"):
                    with w.block(f"if {test}:"):
                        w.line("raise ValueError(x)")
                    w.line("y = x")
                with w.block("except ValueError:"):
                    w.line(f"y = {a}")
                w.line("return y")
            case 2:
                with w.block(f"for y in (x, {a}):"), w.block(f"if {test}:"):
                    w.line("return y")
                w.line("return x")
            case _:
                with w.block(f"if {test}:"):
                    w.line('x = x + "-i"')
                w.line("return x")
    place.add(FILTER, name)


def _closure(w: Writer, place: Place) -> None:
    """A function inside a function, with or without `nonlocal`."""
    name = w.fresh("make")
    outer = Place("function", place.owner, depth=place.depth + 1)
    v = w.fresh("v")
    with w.block(f"def {name}():"):
        w.line(f"{v} = {text(w, outer, 1)}")
        outer.add(TEXT, v)
        outer.add(VAR, v)
        with w.block("def inner():"):
            if w.chance(50):
                w.line(f"nonlocal {v}")
                w.line(f"{v} = {text(w, outer, 1)}")
            w.line(f"return {text(w, outer, 1)}")
        if w.chance(30):
            w.line(f"{v} = {text(w, outer, 1)}")
        if w.chance(60):
            w.line(w.pick(("inner()", f"{w.fresh('v')} = inner()")))
        w.line(w.pick((f"return {v}", "return inner()", f"return {text(w, outer, 1)}")))
    place.add(MAKER, name)


def _maker_of_makers(w: Writer, place: Place) -> None:
    """A function that returns a function."""
    name, made = w.fresh("build"), w.fresh("make")
    with w.block(f"def {name}(x):"):
        if w.chance(50):
            with w.block("def inner():"):
                w.line(w.pick(("return x", 'return x + "-n"')))
            w.line("return inner")
        else:
            w.line(w.pick(("return lambda: x", 'return lambda: x + "-n"')))
    w.line(f"{made} = {name}({text(w, place, 1)})")
    place.add(MAKER, made)


def _lambda(w: Writer, place: Place) -> None:
    name = w.fresh("alter" if w.chance(50) else "make")
    if name.startswith("make"):
        w.line(f"{name} = lambda: {text(w, place, 1)}")
        place.add(MAKER, name)
    else:
        lambdas = ("lambda x: x", "lambda x: x + chr(45)", "lambda x, y=1: x", "lambda *a: a[0]", "str.lower", "str")
        w.line(f"{name} = {w.pick(lambdas)}")
        place.add(FILTER, name)


def _recursion(w: Writer, place: Place) -> None:
    name = w.fresh("make")
    with w.block(f"def {name}(n=2):"):
        with w.block("if n == 0:"):
            w.line(f"return {leaf(w, place)}")
        w.line(w.pick((f"return {name}(n - 1)", f'return {name}(n - 1) + "-q"')))
    place.add(MAKER, name)


def _generator(w: Writer, place: Place) -> None:
    name = w.fresh("rows")
    with w.block(f"def {name}():"):
        w.line(f"yield {text(w, place, 1)}")
        w.line(f"yield {leaf(w, place)}")
    place.add(LIST, f"list({name}())")


def _list_maker(w: Writer, place: Place) -> None:
    """A function that builds and returns a container."""
    name, inner = w.fresh("rows"), Place("function", place.owner, depth=place.depth + 1)
    is_list = w.chance(50)
    with w.block(f"def {name}():"):
        w.line(f"found = {listing(w, inner, text, 1) if is_list else dictionary(w, inner, text, 1)}")
        with w.block(f"if {condition(w, inner)}:"):
            w.line(f"found.append({leaf(w, place)})" if is_list else f'found["a"] = {leaf(w, place)}')
        w.line("return found")
    place.add(LIST if is_list else DICT, f"{name}()")
    if w.chance(50):
        v = w.fresh("l" if is_list else "d")
        w.line(f"{v} = {name}()")
        place.add(LIST if is_list else DICT, v)


# --- classes ----------------------------------------------------------------------------------------------------------


def _settings_class(w: Writer, place: Place) -> None:
    """A class that is a bag of texts, with a subclass that overrides some."""
    name = w.fresh("Settings")
    first = w.pick(place.assignable(VAR)) if place.assignable(VAR) and w.chance(30) else "name"
    with w.block(f"class {name}:"):
        inner = Place("class", place)
        w.line(f"{first} = {text(w, inner, 1)}")
        inner.add(TEXT, first)
        w.line(f"names = {listing(w, inner, text, 0)}")
        w.line(f"table = {dictionary(w, inner, text, 0)}")
        if w.chance(40):
            with w.block(f"if {condition(w, inner, 0)}:"):
                w.line(f"{first} = {text(w, inner, 1)}")
    if w.chance(40):
        child = w.fresh("Settings")
        with w.block(f"class {child}({name}):"):
            w.line(w.pick((f"{first} = {leaf(w, place)}", "pass", f"extra = {leaf(w, place)}")))
        name = w.pick((name, child))
    for kind, attribute in ((TEXT, first), (LIST, "names"), (DICT, "table")):
        place.add(kind, f"{name}.{attribute}")
    if w.chance(15):
        w.perhaps(
            w.pick(
                (
                    f"{name}.{first} = {w.literal()}",
                    f'setattr({name}, "{first}", {leaf(w, place)})',
                    f'{name}.{first} += "-o"',
                )
            )
        )
    if w.chance(40):
        place.add(TEXT, f"{name}().{first}")


def _changing_method(w: Writer, value: str) -> None:
    with w.block(f"def change(self{', value' * (value == 'value')}):"):
        w.line(
            w.pick(
                (
                    f"self.name = {value}",
                    f"self.name = {value}",
                    f"self.rows.append({value})",
                    f"self.rows[0] = {value}",
                    f"self.other += {value}",
                    f'setattr(self, "name", {value})',
                    f"self.__dict__.update(name={value})",
                )
            )
        )


def _object_class(w: Writer, place: Place) -> None:
    """A class whose objects keep texts that they are given or make themselves."""
    name, v = w.fresh("Holder"), w.fresh("o")
    method = Place("function", place.owner, depth=place.depth + 1)
    with w.block(f"class {name}:"):
        if w.chance(40):
            w.line(f"name = {leaf(w, place)}")
        with w.block(f"def __init__(self, name, other={leaf(w, place)}):"):
            w.line(w.pick(("self.name = name", "self.name = name or other", 'self.name = f"org/{name}"')))
            w.line("self.other = other")
            w.line(w.pick((f"self.rows = [name, {leaf(w, place)}]", f"self.rows = {listing(w, method, text, 0)}")))
            if w.chance(30):
                with w.block(f"if {condition(w, method)}:"):
                    w.line(f"self.name = {leaf(w, place)}")
        w.need("import functools")
        decorator = w.pick(("@property\n", "", "@functools.cached_property\n"))
        with w.block(f"{decorator}def full(self):"):
            w.line(w.pick(('return "org/" + self.name', "return self.other", "return self.rows[0]")))
        # A method that changes the object is called, always or in some runs: nobody writes one to leave it at that.
        changing = w.chance(20)
        value = "value" if w.chance(20) else leaf(w, place)
        if changing:
            _changing_method(w, value)
    w.line(f"{v} = {name}({leaf(w, place)}{w.pick(('', ', ' + leaf(w, place), ', other=' + leaf(w, place)))})")
    if changing:
        w.perhaps(f"{v}.change({leaf(w, place) if value == 'value' else ''})")
    elif w.chance(10):
        w.perhaps(
            w.pick(
                (
                    f"{v}.name = {w.literal()}",
                    f'setattr({v}, "other", {leaf(w, place)})',
                    f"{v}.rows.append({leaf(w, place)})",
                    f'vars({v})["name"] = {leaf(w, place)}',
                )
            )
        )
    place.add(TEXT, f"{v}.name")
    place.add(TEXT, f"{v}.other")
    place.add(TEXT, f"{v}.full" if decorator else f"{v}.full()")
    place.add(LIST, f"{v}.rows")
    if w.chance(30):
        place.add(TEXT, f'getattr({v}, "name", {leaf(w, place)})')


def _method_class(w: Writer, place: Place) -> None:
    """Methods that return texts: static, of the class, overridden, through `super()`."""
    base, child = w.fresh("Base"), w.fresh("Base")
    decorator, receiver = w.pick((("@staticmethod", ""), ("@classmethod", "cls"), ("", "self")))
    with w.block(f"class {base}:"):
        w.line(f"kind = {leaf(w, place)}")
        if decorator:
            w.line(decorator)
        with w.block(f"def give({receiver}):"):
            w.line(f"return {w.pick((f'{receiver}.kind', leaf(w, place)) if receiver else (leaf(w, place),))}")
        with w.block("def twice(self):"):
            w.line('return self.give() + "-2"')
    with w.block(f"class {child}({base}):"):
        if w.chance(50):
            w.line(f"kind = {leaf(w, place)}")
        if w.chance(50):
            if decorator:
                w.line(decorator)
            with w.block(f"def give({receiver}):"):
                given = leaf(w, place)
                w.line(f"return {w.pick(('super().give()', given) if receiver else (given, f'{base}.give()'))}")
        else:
            w.line("size = 1")
    for cls in (base, child):
        place.add(MAKER, f"{cls}().give" if receiver == "self" else w.pick((f"{cls}.give", f"{cls}().give")))
    place.add(MAKER, f"{w.pick((base, child))}().twice")


def _dataclass(w: Writer, place: Place) -> None:
    w.need("from dataclasses import dataclass, field")
    name, v = w.fresh("Options"), w.fresh("o")
    with w.block(f"{w.pick(('@dataclass', '@dataclass(frozen=True)', '@dataclass(kw_only=True)'))}\nclass {name}:"):
        w.line(f"name: str = {text(w, place, 1)}")
        w.line(
            w.pick(
                (
                    f"other: str = {leaf(w, place)}",
                    f"other: str = field(default={leaf(w, place)})",
                    f"other: str = field(default_factory=lambda: {leaf(w, place)})",
                )
            )
        )
        w.line(f"rows: list = field(default_factory=lambda: {listing(w, place, text, 0)})")
    keyword = w.pick(("", f"name={leaf(w, place)}", f"other={leaf(w, place)}", f"rows=[{leaf(w, place)}]"))
    w.line(f"{v} = {name}({keyword})")
    if w.chance(20):
        with w.block("try:"):
            w.line(f"{v}.name = {leaf(w, place)}")
        with w.block("except AttributeError:"):
            w.line("pass")
    place.add(TEXT, f"{v}.name")
    place.add(TEXT, f"{v}.other")
    place.add(LIST, f"{v}.rows")


def _tuple_class(w: Writer, place: Place) -> None:
    w.need("from typing import NamedTuple")
    name = w.fresh("Pair")
    with w.block(f"class {name}(NamedTuple):"):
        w.line("name: str")
        w.line(f"other: str = {w.literal()}")
    v = w.fresh("o")
    w.line(f"{v} = {name}({leaf(w, place)}{w.pick(('', ', ' + leaf(w, place)))})")
    for expression in (f"{v}.name", f"{v}.other", f"{v}[0]", f"{v}[1]"):
        place.add(TEXT, expression)


def _enum(w: Writer, place: Place) -> None:
    w.need("import enum")
    name = w.fresh("Kind")
    base = w.pick(("enum.Enum", "str, enum.Enum", "enum.StrEnum"))
    with w.block(f"class {name}({base}):"):
        w.line(f"FIRST = {text(w, Place('module'), 0)}")
        w.line(f"SECOND = {w.literal()}")
    place.add(TEXT, f"{name}.FIRST.value")
    place.add(
        TEXT,
        w.pick(
            (f'{name}["SECOND"].value', f"{name}.SECOND.value", f"list({name})[0].value", f"{name}.FIRST.name.lower()")
        ),
    )
    place.add(LIST, f"[x.value for x in {name}]")


def _number(w: Writer, place: Place) -> None:
    name = w.fresh("size")
    w.line(f"{name} = {w.pick(('1', '12', '2 * 3', 'len([1, 2])'))}")
    place.add(NUMBER, name)
    place.add(TEXT, f"str({name})")


DEFINITIONS: list[tuple[int, Write]] = [
    (4, _maker),
    (3, _filter),
    (3, _branching_filter),
    (2, _closure),
    (1, _maker_of_makers),
    (2, _lambda),
    (1, _recursion),
    (1, _generator),
    (1, _list_maker),
    (3, _settings_class),
    (3, _object_class),
    (2, _method_class),
    (2, _dataclass),
    (1, _tuple_class),
    (1, _enum),
    (1, _number),
]
