"""Expressions that are the name of a model."""

from __future__ import annotations

from collections.abc import Callable

from containers import dictionary, key, listing, nest, without_walrus
from writing import DICT, FILTER, LIST, MAKER, NEST, PATH, TEXT, TUPLE, Place, Writer

Make = Callable[[Writer, Place, int], str]


def text(w: Writer, place: Place, depth: int = 2) -> str:
    """An expression whose value is a text."""
    if depth <= 0:
        return leaf(w, place)
    return w.weighted(EXPRESSIONS)(w, place, depth)


def leaf(w: Writer, place: Place, depth: int = 0) -> str:
    """A literal or something that has a name."""
    known = place.all(TEXT)
    return w.pick(known[-6:]) if known and w.chance(70) else w.literal()


def simple(w: Writer, place: Place) -> str:
    """What can stand between the braces of an f-string of Python 3.11."""
    known = [e for e in place.all(TEXT) if '"' not in e and "\\" not in e]
    return w.pick(known[-6:]) if known else repr(w.literal().strip('"'))


def condition(w: Writer, place: Place, depth: int = 1) -> str:
    """A test: a coin in most cases, now and then one that can be decided."""
    return w.weighted(CONDITIONS)(w, place, depth)


def coin(w: Writer, place: Place, depth: int) -> str:
    w.need("import coin")
    return "coin.flip()"


def _compare(w: Writer, place: Place, depth: int) -> str:
    left, right = leaf(w, place), leaf(w, place)
    return w.pick(
        (f"{left} == {right}", f"{left} != {right}", f"{left} in ({right}, {leaf(w, place)})", f"{left} < {right}")
    )


def _shape(w: Writer, place: Place, depth: int) -> str:
    """A question about a container or a text."""
    lists, dicts = place.all(LIST), place.all(DICT)
    options = [
        f"{leaf(w, place)}.startswith('m/1')",
        f"isinstance({leaf(w, place)}, str)",
        f"len({leaf(w, place)}) > 3",
    ]
    if lists:
        row = w.pick(lists)
        options += [f"len({row}) > {w.below(3)}", f"{leaf(w, place)} in {row}", f"{row}", f"not {row}"]
    if dicts:
        options += [f"{key(w)} in {w.pick(dicts)}", f"len({w.pick(dicts)}) == 2"]
    return w.pick(options)


def _constant(w: Writer, place: Place, depth: int) -> str:
    return w.pick(("True", "False", "1 < 2", "'a' in 'abc'", "None is None", "not 0", "1 == 2", "[] or ()"))


def _combined(w: Writer, place: Place, depth: int) -> str:
    if depth <= 0:
        return coin(w, place, depth)
    left, right = condition(w, place, depth - 1), condition(w, place, depth - 1)
    return w.pick((f"({left}) and ({right})", f"({left}) or ({right})", f"not ({left})"))


def _asked_environment(w: Writer, place: Place, depth: int) -> str:
    w.need("import os")
    name = _variable(w)
    return w.pick((f'os.environ.get("{name}") is None', f'"{name}" in os.environ', f'os.getenv("{name}")'))


def _variable(w: Writer) -> str:
    if not w.environment:
        w.environment.append("MODEL_NAME")
    return w.environment[0]


CONDITIONS: list[tuple[int, Make]] = [
    (12, coin),
    (3, _compare),
    (3, _shape),
    (2, _constant),
    (3, _combined),
    (1, _asked_environment),
]


# --- text out of texts ------------------------------------------------------------------------------------------------


def _plus(w: Writer, place: Place, depth: int) -> str:
    left = w.pick(('"org/"', '"x-"', leaf(w, place)))
    return f"({left} + {text(w, place, depth - 1)})"


def _fstring(w: Writer, place: Place, depth: int) -> str:
    inner = simple(w, place)
    return w.pick(
        (
            f'f"org/{{{inner}}}"',
            f'f"{{{inner}}}-base"',
            f'f"{{{inner}}}-{{{simple(w, place)}}}"',
            f'f"{{{inner}!s:>4}}"',
            f'f"{{{inner}}}{{1 + 1}}"',
        )
    )


def _percent(w: Writer, place: Place, depth: int) -> str:
    a, b = text(w, place, depth - 1), leaf(w, place)
    return w.pick(
        (
            f'("org/%s" % {a})',
            f'("%s-%s" % ({a}, {b}))',
            f'("%(a)s-x" % {{"a": {a}}})',
            f'("%s-%d" % ({a}, {w.below(9)}))',
        )
    )


def _format(w: Writer, place: Place, depth: int) -> str:
    a, b = text(w, place, depth - 1), leaf(w, place)
    return w.pick(
        (
            f'"org/{{}}".format({a})',
            f'"{{1}}-{{0}}".format({a}, {b})',
            f'"{{a}}/{{b}}".format(a={a}, b={b})',
            f'"{{:>5}}".format({b})',
        )
    )


def _join(w: Writer, place: Place, depth: int) -> str:
    a, b = leaf(w, place), text(w, place, depth - 1)
    w.need("import os")
    options = [
        f'"-".join([{a}, {b}])',
        f'"/".join(({a}, {b}))',
        f"os.path.join({a}, {b})",
        f'os.path.join("org", {a})',
        f'"".join({b})',
    ]
    if rows := place.all(LIST):
        options.append(f'"+".join({w.pick(rows)})')
    return w.pick(options)


def _paths(w: Writer, place: Place, depth: int) -> str:
    w.need("from pathlib import Path")
    a = leaf(w, place)
    options = [
        f'str(Path("org") / {a})',
        f"Path({a}).name",
        f"Path({a}).as_posix()",
        f'str(Path("org", {a}))',
        f"str(Path({a}).parent / 'x')",
    ]
    options += [f"str({p})" for p in place.all(PATH)]
    return w.pick(options)


def _method(w: Writer, place: Place, depth: int) -> str:
    a = text(w, place, depth - 1)
    methods = (
        "lower()",
        "upper()",
        "strip()",
        'replace("m/", "n/")',
        'split("/")[-1]',
        'removeprefix("m")',
        'partition("/")[2]',
        'rsplit("/", 1)[0]',
        "title()",
        'lstrip("m")',
        "zfill(6)",
        'replace("/", "-").capitalize()',
        'rstrip("1")',
        "center(5)",
    )
    return f"{a}.{w.pick(methods)}"


def _slice(w: Writer, place: Place, depth: int) -> str:
    return f"{leaf(w, place)}{w.pick(('[:3]', '[1:]', '[-2:]', '[::2]', '[0:-1]', '[:]'))}"


# --- text out of containers -------------------------------------------------------------------------------------------


def _item(w: Writer, place: Place, depth: int) -> str:
    rows = place.all(LIST)
    row = w.pick(rows[-4:]) if rows and w.chance(75) else listing(w, place, text, depth - 1)
    return w.weighted(
        (
            (6, f"{row}[0]"),
            (4, f"{row}[-1]"),
            (2, f"{row}[1]"),
            (1, f"{row}[1:][0]"),
            (1, f"{row}[::-1][0]"),
            (1, f"list({row})[0]"),
            (1, f"sorted({row})[0]"),
            (1, f"max({row})"),
            (1, f"list(reversed({row}))[0]"),
            (1, f"next(iter({row}))"),
            (1, f"{row}[len({row}) - 1]"),
            (1, f"{row}.copy()[0]"),
            (1, f"tuple({row})[-1]"),
            (1, f"({row} + [{leaf(w, place)}])[-1]"),
            (1, f"[*{row}, {leaf(w, place)}][0]"),
            (1, f"({row} * 2)[1]"),
        )
    )


def _pair(w: Writer, place: Place, depth: int) -> str:
    rows = place.all(TUPLE)
    row = w.pick(rows) if rows else f"({leaf(w, place)}, {leaf(w, place)})"
    return f"{row}[{w.pick(('0', '1', '-1'))}]"


def _value(w: Writer, place: Place, depth: int) -> str:
    rows = place.all(DICT)
    row = w.pick(rows[-4:]) if rows and w.chance(75) else dictionary(w, place, text, depth - 1)
    a = leaf(w, place)
    return w.weighted(
        (
            (6, f'{row}["a"]'),
            (4, f'{row}["b"]'),
            (3, f'{row}.get("a")'),
            (3, f'{row}.get("c", {a})'),
            (1, f"list({row}.values())[0]"),
            (1, f'{{**{row}, "a": {a}}}["a"]'),
            (1, f'{{**{row}, "a": {a}}}["b"]'),
            (1, f'dict({row}, b={a})["b"]'),
            (1, f'({row} | {{"c": {a}}})["c"]'),
            (1, f'{row}.copy()["a"]'),
            (1, f'({row}.get("c") or {a})'),
            (1, f"next(iter({row}.values()))"),
            (1, f"{row}[{_known_key(w, place)}]"),
            (1, f'dict({row}.items())["b"]'),
            (1, f'{{v: k for k, v in {without_walrus(row)}.items()}}.get({a}, "a")'),
        )
    )


def _known_key(w: Writer, place: Place) -> str:
    w.need("import coin")
    return w.pick(('"a"', '"b"', 'coin.pick("a", "b")', '("a" if coin.flip() else "b")'))


def _nested(w: Writer, place: Place, depth: int) -> str:
    rows = place.all(NEST)
    row = w.pick(rows) if rows else nest(w, place, text)
    return w.pick(
        (
            f'{row}["a"][0]',
            f'{row}["b"]["a"]',
            f'{row}["a"][-1]',
            f'{row}.get("b").get("b")',
            f'{row}["b"].get("c", {leaf(w, place)})',
        )
    )


def _comprehension(w: Writer, place: Place, depth: int) -> str:
    rows, dicts = place.all(LIST), place.all(DICT)
    row = w.pick(rows) if rows else listing(w, place, text, 0)
    names = place.all(TEXT)
    x = w.pick([n for n in names if n.isidentifier()] or ["x"]) if w.chance(30) else "x"
    options = [
        f'[{x} + "-c" for {x} in {row}][0]',
        f'{{{x}: {x} + "-d" for {x} in {row}}}[{row}[0]]',
        f"next({x} for {x} in {row} if {x})",
        f"[{x} for {x} in {row} if {x} != {w.literal()}][-1]",
        f"[{x} for i, {x} in enumerate({row}) if i == 0][0]",
        f"list(map(lambda {x}: {x}.upper(), {row}))[0]",
        f"[a + b for a in {row} for b in ('-x', '-y')][1]",
        f'dict(zip({row}, ["u/1", "u/2"]))[{row}[0]]',
        f"[{x} for _, {x} in zip((1, 2), {row})][0]",
        f"list(filter(None, {row}))[0]",
    ]
    if dicts:
        options.append(f'{{k: v + "-e" for k, v in {w.pick(dicts)}.items()}}["a"]')
    return w.pick(options)


# --- choices, calls, others -------------------------------------------------------------------------------------------


def _conditional(w: Writer, place: Place, depth: int) -> str:
    return f"({text(w, place, depth - 1)} if {condition(w, place)} else {text(w, place, depth - 1)})"


def _either(w: Writer, place: Place, depth: int) -> str:
    a, b = leaf(w, place), text(w, place, depth - 1)
    test = condition(w, place, 0)
    return w.pick(
        (
            f"({a} or {b})",
            f'("" or {b})',
            f"(None or {b})",
            f"({a} and {b})",
            f"(({test}) and {a} or {b})",
            f'(("" if {test} else {a}) or {b})',
        )
    )


def _made(w: Writer, place: Place, depth: int) -> str:
    makers = place.all(MAKER)
    return f"{w.pick(makers[-4:])}()" if makers else leaf(w, place)


def _filtered(w: Writer, place: Place, depth: int) -> str:
    filters = place.all(FILTER)
    function = w.pick(filters[-4:]) if filters else w.pick(("str", "(lambda x: x)", '(lambda x, y="-l": x + y)'))
    return f"{function}({text(w, place, depth - 1)})"


def _walrus(w: Writer, place: Place, depth: int) -> str:
    if place.scope == "class" or place.owner.scope == "class":
        return leaf(w, place)
    name = w.fresh("w")
    return f"({name} := {text(w, place, depth - 1)})"


def _from_environment(w: Writer, place: Place, depth: int) -> str:
    w.need("import os")
    name, a = _variable(w), leaf(w, place)
    return w.pick((f'os.environ.get("{name}", {a})', f'os.getenv("{name}", {a})', f'(os.environ.get("{name}") or {a})'))


def _opaque(w: Writer, place: Place, depth: int) -> str:
    w.need("import coin")
    return "coin.text()"


EXPRESSIONS: list[tuple[int, Make]] = [
    (16, leaf),
    (3, _plus),
    (4, _fstring),
    (2, _percent),
    (2, _format),
    (3, _join),
    (2, _paths),
    (3, _method),
    (1, _slice),
    (8, _item),
    (2, _pair),
    (8, _value),
    (3, _nested),
    (4, _comprehension),
    (5, _conditional),
    (3, _either),
    (5, _made),
    (4, _filtered),
    (2, _walrus),
    (1, _from_environment),
    (1, _opaque),
]
