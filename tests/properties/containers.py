"""Displays of lists, tuples and dictionaries, and statements that change what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable

from writing import DICT, DICT_VAR, KEYS, LIST, LIST_VAR, NEST, Place, Writer

Text = Callable[[Writer, Place, int], str]


def key(w: Writer) -> str:
    """A key: most dictionaries have "a" and "b"."""
    return f'"{w.pick(KEYS)}"'


def without_walrus(expression: str) -> str:
    """An expression that can stand behind the `in` of a comprehension, where Python allows no `:=`."""
    return re.sub(r"\(w\d+ := ", "(", expression)


def listing(w: Writer, place: Place, text: Text, depth: int) -> str:
    """A list of one to three texts."""
    return "[" + ", ".join(text(w, place, depth) for _ in range(1 + w.below(3))) + "]"


def dictionary(w: Writer, place: Place, text: Text, depth: int) -> str:
    """A dictionary with at least the keys "a" and "b"."""
    a, b = text(w, place, depth), text(w, place, depth)
    return w.weighted(
        (
            (6, f'{{"a": {a}, "b": {b}}}'),
            (1, f"dict(a={a}, b={b})"),
            (1, f'dict([("a", {a}), ("b", {b})])'),
            (1, f'dict(zip(("a", "b"), ({a}, {b})))'),
        )
    )


def nest(w: Writer, place: Place, text: Text) -> str:
    """A dictionary of a list ("a") and a dictionary ("b")."""
    return f'{{"a": {listing(w, place, text, 0)}, "b": {dictionary(w, place, text, 0)}}}'


def change(w: Writer, place: Place, text: Text) -> None:
    """A statement that changes a list, a dictionary or one inside another."""
    options: list[tuple[int, Callable[[Writer, Place, Text], None]]] = []
    if place.all(LIST):
        options += [(4, _change_list), (1, _change_by_call)]
    if place.all(DICT):
        options.append((4, _change_dictionary))
    if place.all(NEST):
        options.append((2, _change_nest))
    if options:
        w.weighted(options)(w, place, text)


def _named(w: Writer, rows: list[str]) -> str:
    """One of the containers, in most cases one with a name of its own."""
    names = [row for row in rows if row.isidentifier()]
    return w.pick(names if names and w.chance(80) else rows)


def _change_list(w: Writer, place: Place, text: Text) -> None:
    rows = place.all(LIST)
    row, a = _named(w, rows), text(w, place, 1)
    options = [
        (5, f"{row}.append({a})"),
        (2, f"{row}.extend([{a}])"),
        (2, f"{row}.insert(0, {a})"),
        (3, f"{row}[0] = {a}"),
        (1, f"{row}[-1] = {a}"),
        (1, f"{row}[0:1] = [{a}]"),
        (1, f"{row}.reverse()"),
        (1, f"{row}.sort()"),
        (1, f"{row}.append({a}) or {row}.reverse()"),
        (1, f"{row}.extend({w.pick(rows)})"),
        (1, f"{row}.remove({row}[0]) if len({row}) > 1 else None"),
        (1, f"{row}.pop() if len({row}) > 1 else None"),
        (1, f"[{row}.append(x) for x in ({without_walrus(a)},)]"),
        (1, f"list.append({row}, {a})"),
    ]
    if row in place.assignable(LIST_VAR):
        options += [(2, f"{row} += [{a}]"), (1, f"{row} = {row} + [{a}]"), (1, f"{row} = [x + '-z' for x in {row}]")]
    w.line(w.weighted(options))


def _change_by_call(w: Writer, place: Place, text: Text) -> None:
    """A list changed by a function that gets it, or by one that finds it."""
    row, name = _named(w, place.all(LIST)), w.fresh("alter")
    if w.chance(50):
        with w.block(f"def {name}(row):"):
            w.line(
                w.pick(
                    (
                        f"row.append({text(w, place, 0)})",
                        f"row[0] = {text(w, place, 0)}",
                        f"row.insert(0, {text(w, place, 0)})",
                    )
                )
            )
        w.line(f"{name}({row})")
    else:
        with w.block(f"def {name}():"):
            w.line(w.pick((f"{row}.append({text(w, place, 0)})", f"{row}[0] = {text(w, place, 0)}")))
        w.line(f"{name}()")


def _change_dictionary(w: Writer, place: Place, text: Text) -> None:
    row, a = _named(w, place.all(DICT)), text(w, place, 1)
    options = [
        (5, f"{row}[{key(w)}] = {a}"),
        (2, f"{row}.update({{{key(w)}: {a}}})"),
        (2, f"{row}.update(a={a})"),
        (1, f"{row}.setdefault({key(w)}, {a})"),
        (1, f'{row}["a"] += "-v"'),
        (1, f'{row}.pop("c", None)'),
        (1, f'{row}["b"] = {row}["a"]'),
        (1, f'{row}[coin.pick("a", "b")] = {a}'),
        (1, f"{row}.update(zip(('a',), ({a},)))"),
    ]
    w.need("import coin")
    if row in place.assignable(DICT_VAR):
        options += [(1, f'{row} |= {{"b": {a}}}'), (1, f'{row} = {{**{row}, "a": {a}}}')]
    w.line(w.weighted(options))


def _change_nest(w: Writer, place: Place, text: Text) -> None:
    row, a = w.pick(place.all(NEST)), text(w, place, 1)
    w.line(
        w.pick(
            (
                f'{row}["a"].append({a})',
                f'{row}["b"]["a"] = {a}',
                f'{row}["b"].update(b={a})',
                f'{row}["a"] = [{a}]',
                f'{row}["a"].insert(0, {a})',
                f'{row}["a"][0] = {a}',
            )
        )
    )
