"""Statements: assignments and what decides which of them is in force."""

from __future__ import annotations

from collections.abc import Callable

from containers import change, dictionary, listing, nest
from definitions import DEFINITIONS
from loads import LOAD_DEFINITIONS, load, tolerant_load
from texts import coin, condition, leaf, text
from writing import DICT, DICT_VAR, LIST, LIST_VAR, NEST, TEXT, TUPLE, VAR, Place, Writer

Write = Callable[[Writer, Place], None]
MAX_DEPTH = 3


def block(w: Writer, place: Place, count: int) -> None:
    """So many statements of a block, simple ones where nothing more may nest."""
    for _ in range(count):
        if w.budget <= 0:
            return
        w.budget -= 1
        options = SIMPLE if place.depth >= MAX_DEPTH else SIMPLE + COMPOUND
        if place.owner.scope == "function":
            options = [*options, (2, _early_return)]
        elif place.owner.scope == "module" and place.depth < 2:
            options = options + DEFINITIONS + LOAD_DEFINITIONS
        w.weighted(options)(w, place)


def _small_block(w: Writer, place: Place) -> None:
    block(w, place, 1 + w.below(3))


# --- assignments ------------------------------------------------------------------------------------------------------


def _assign(w: Writer, place: Place) -> None:
    name = w.fresh("v")
    w.line(w.pick((f"{name} = {text(w, place)}", f"{name}: str = {text(w, place)}")))
    place.add(TEXT, name)
    place.add(VAR, name)


def _assign_again(w: Writer, place: Place) -> None:
    names = place.assignable(VAR)
    if not names:
        return _assign(w, place)
    name, more = w.pick(names[-4:]), w.pick(('"-s"', leaf(w, place)))
    if place.in_loop and w.chance(80):
        # Texts that grow round by round are rare, and no set of values describes them.
        w.line(f"{name} = {w.literal()}")
        return None
    options = [
        (6, f"{name} = {text(w, place)}"),
        (2, f"{name} += {more}"),
        (1, f"{name} = {name} + '-t'"),
        (1, f"{name} = {w.fresh('v')} = {text(w, place)}"),
    ]
    w.line(w.weighted(options))
    return None


def _container(w: Writer, place: Place) -> None:
    kind = w.weighted(((4, LIST), (4, DICT), (2, NEST), (2, TUPLE)))
    name = w.fresh(kind[0])
    match kind:
        case "list":
            w.line(f"{name} = {listing(w, place, text, 1)}")
            place.add(LIST_VAR, name)
        case "dict":
            w.line(f"{name} = {dictionary(w, place, text, 1)}")
            place.add(DICT_VAR, name)
        case "nest":
            w.line(f"{name} = {nest(w, place, text)}")
        case _:
            w.line(f"{name} = ({leaf(w, place)}, {text(w, place, 1)})")
    place.add(kind, name)


def _alias(w: Writer, place: Place) -> None:
    """A second name for a container, or for a part of one."""
    rows = [(LIST, e) for e in place.all(LIST)] + [(DICT, e) for e in place.all(DICT)]
    rows += [(LIST, f'{e}["a"]') for e in place.all(NEST)] + [(DICT, f'{e}["b"]') for e in place.all(NEST)]
    if not rows:
        return _container(w, place)
    kind, expression = w.pick(rows)
    if w.chance(10):
        w.need("import coin")
        expression = f"coin.keep({expression})"
    name = w.fresh("y")
    w.line(f"{name} = {expression}")
    place.add(kind, name)
    return None


def _hold(w: Writer, place: Place) -> None:
    """A container that holds containers which have names."""
    lists, dicts = place.all(LIST), place.all(DICT)
    if not lists or not dicts:
        return _container(w, place)
    name = w.fresh("n")
    w.line(f'{name} = {{"a": {w.pick(lists)}, "b": {w.pick(dicts)}}}')
    place.add(NEST, name)
    return None


def _change(w: Writer, place: Place) -> None:
    change(w, place, text)


def _unpack(w: Writer, place: Place) -> None:
    a, b, c = (w.fresh("v") for _ in range(3))
    x, y, z = text(w, place, 1), text(w, place, 1), leaf(w, place)
    shape = w.below(8)
    w.line(
        (
            f"{a}, {b} = {x}, {y}",
            f"({a}, ({b}, {c})) = {x}, ({y}, {z})",
            f"{a}, *{b} = [{x}, {y}, {z}]",
            f"[{a}, {b}] = ({x}, {y})",
            f"*{b}, {a} = {x}, {y}, {z}",
            f"{a} = {b} = {x}",
            f'{a}, {b} = {{"p": {x}, "q": {y}}}.values()',
            f"({a}, {b}), {c} = [{x}, {y}], {z}",
        )[shape]
    )
    starred = shape in (2, 4)
    for name in (a,) if starred else (a, b):
        place.add(TEXT, name)
        place.add(VAR, name)
    if starred:
        place.add(LIST, b)


def _swap(w: Writer, place: Place) -> None:
    names = place.assignable(VAR)
    if len(names) < 2:
        return _assign(w, place)
    a, b = w.pick(names), w.pick(names)
    w.line(f"{a}, {b} = {b}, {a}")
    return None


def _delete(w: Writer, place: Place) -> None:
    names = place.assignable(VAR)
    if names and w.chance(50):
        name = w.pick(names)
        w.line(f"del {name}")
        w.line(f"{name} = {text(w, place)}")
    elif rows := place.all(DICT):
        row = w.pick(rows)
        w.line(f'del {row}["a"]')
        w.line(f'{row}["a"] = {leaf(w, place)}')


def _early_return(w: Writer, place: Place) -> None:
    w.need("import coin")
    with w.block(f"if {condition(w, place)}:"):
        w.line(f"return {text(w, place, 1)}")


def _leave_loop(w: Writer, place: Place) -> None:
    if place.in_loop:
        with w.block(f"if {condition(w, place)}:"):
            w.line(w.pick(("break", "continue")))


def _strange_store(w: Writer, place: Place) -> None:
    """Assignments that do not look like one."""
    names = place.assignable(VAR)
    if place.owner.scope != "module" or not names or w.chance(70):
        return _assign(w, place)
    name, a = w.pick(names), leaf(w, place)
    w.line(
        w.pick(
            (
                f'globals()["{name}"] = {a}',
                f"globals().update({name}={a})",
                f"exec('{name} = {a}')",
                f'vars()["{name}"] = {a}',
            )
        )
    )
    return None


# --- flow -------------------------------------------------------------------------------------------------------------


def _if(w: Writer, place: Place) -> None:
    test = condition(w, place)
    if w.chance(15) and place.owner.scope != "class":
        name = w.fresh("w")
        test = f"({name} := {text(w, place, 1)}) and {test}"
        place.add(TEXT, name)
    with w.block(f"if {test}:"):
        _small_block(w, place.block())
    if w.chance(25):
        with w.block(f"elif {condition(w, place)}:"):
            _small_block(w, place.block())
    if w.chance(55):
        with w.block("else:"):
            _small_block(w, place.block())


def _for(w: Writer, place: Place) -> None:
    inner = place.block(in_loop=True)
    rows, dicts = place.all(LIST), place.all(DICT)
    options = [
        (f"for NAME in ({leaf(w, place)}, {leaf(w, place)}):", 1),
        (f"for NAME in [{text(w, place, 1)}]:", 1),
        ("for i in range(2):", 0),
        (f"for NAME, OTHER in (({leaf(w, place)}, {leaf(w, place)}),):", 2),
    ]
    if rows:
        row = w.pick(rows)
        options += [
            (f"for NAME in {row}:", 1),
            (f"for i, NAME in enumerate({row}):", 1),
            (f"for NAME in {row}[:2]:", 1),
            (f"for NAME, OTHER in zip({row}, [{leaf(w, place)}]):", 2),
        ]
    if dicts:
        row = w.pick(dicts)
        options += [
            (f"for NAME in {row}.values():", 1),
            (f"for k, NAME in {row}.items():", 1),
            (f"for NAME in sorted({row}.values()):", 1),
        ]
    header, bound = w.pick(options)
    names = place.assignable(VAR)
    name = w.pick(names) if names and w.chance(25) else w.fresh("v")
    other = w.fresh("v")
    with w.block(header.replace("NAME", name).replace("OTHER", other)):
        for _ in range(bound and 1):
            inner.add(TEXT, name)
            inner.add(VAR, name)
        if bound == 2:
            inner.add(TEXT, other)
        _small_block(w, inner)
        if w.chance(30):
            _leave_loop(w, inner)
            _small_block(w, inner)
    if w.chance(15):
        with w.block("else:"):
            _small_block(w, place.block())


def _while(w: Writer, place: Place) -> None:
    name, inner = w.fresh("i"), place.block(in_loop=True)
    w.line(f"{name} = 0")
    test = w.pick((f"{name} < 2", f"{name} < 1", f"{name} < 2 and {coin(w, place, 0)}", "True"))
    with w.block(f"while {test}:"):
        w.line(f"{name} += 1")
        if test == "True":
            with w.block(f"if {name} > 2:"):
                w.line("break")
        _small_block(w, inner)
        if w.chance(40):
            _leave_loop(w, inner)
            _small_block(w, inner)
    if w.chance(15):
        with w.block("else:"):
            _small_block(w, place.block())


def _raise(w: Writer, place: Place, kinds: tuple[str, ...] = ("ValueError", "KeyError")) -> None:
    with w.block(f"if {coin(w, place, 0)}:"):
        w.line(f"raise {w.pick(kinds)}({leaf(w, place)})")


def _try(w: Writer, place: Place) -> None:
    with w.block("try:"):
        inner = place.block()
        _small_block(w, inner)
        _raise(w, place)
        _small_block(w, inner)
    only_finally = w.chance(10)
    if not only_finally:
        kinds = w.pick((("ValueError", "KeyError"), ("KeyError",), ("Exception",), ("(ValueError, KeyError)",)))
        for kind in kinds:
            with w.block(f"except {kind} as error:" if w.chance(30) else f"except {kind}:"):
                _small_block(w, place.block())
        if kinds == ("KeyError",):
            with w.block("except ValueError:"):
                w.line(w.pick(("pass", f"{w.fresh('v')} = {leaf(w, place)}")))
        if w.chance(30):
            with w.block("else:"):
                _small_block(w, place.block())
    if only_finally or w.chance(25):
        with w.block("finally:"):
            _small_block(w, place.block())


def _with(w: Writer, place: Place) -> None:
    w.need("import contextlib")
    manager = w.pick(
        (
            "contextlib.suppress(ValueError, KeyError)",
            "contextlib.suppress(Exception)",
            "contextlib.nullcontext()",
            "contextlib.ExitStack()",
        )
    )
    name, inner = w.fresh("v"), place.block()
    header = f"with {manager}:"
    if w.chance(25):
        header = f"with contextlib.nullcontext({text(w, place, 1)}) as {name}:"
        inner.add(TEXT, name)
    with w.block(header):
        _small_block(w, inner)
        if "suppress" in header and w.chance(60):
            _raise(w, place)
            _small_block(w, inner)


def _match(w: Writer, place: Place) -> None:
    subject = w.pick(
        (
            leaf(w, place),
            f"({leaf(w, place)}, {leaf(w, place)})",
            'coin.pick("a", "b", "c")',
            f'{{"k": {leaf(w, place)}}}',
        )
    )
    w.need("import coin")
    name = w.fresh("v")
    with w.block(f"match {subject}:"):
        for _ in range(1 + w.below(2)):
            pattern = w.pick(
                (
                    leaf(w, Place("module")),
                    '"a"',
                    '"a" | "b"',
                    f"({name}, _)",
                    f'{{"k": {name}}}',
                    f"str() as {name}",
                    f"[_, {name}]",
                )
            )
            guard = f" if {coin(w, place, 0)}" if w.chance(25) else ""
            with w.block(f"case {pattern}{guard}:"):
                inner = place.block()
                if name in pattern:
                    inner.add(TEXT, name)
                _small_block(w, inner)
        if w.chance(70):
            last = w.pick(("_", name))
            with w.block(f"case {last}:"):
                _small_block(w, place.block())


SIMPLE: list[tuple[int, Write]] = [
    (12, _assign),
    (5, _assign_again),
    (9, _container),
    (1, _alias),
    (1, _hold),
    (4, _change),
    (4, _unpack),
    (1, _swap),
    (1, _delete),
    (20, load),
    (3, tolerant_load),
    (1, _strange_store),
]
COMPOUND: list[tuple[int, Write]] = [(6, _if), (4, _for), (2, _while), (3, _try), (2, _with), (2, _match)]
