"""Every signature of the catalogue, called in every way that Python has: each call is found and loads."""

from __future__ import annotations

import random
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from written_calls import NAME, closing, is_class_method, values

from ptmscan.records import Outcome
from ptmscan.signatures import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ptmscan.signatures.model import ArgumentSpec, Gate, Signature
    from tests.conftest import ScanFiles

CATALOGUE = load_catalogue()
BY_LIBRARY = {
    library: list(found)
    for library, found in groupby(sorted(CATALOGUE.signatures, key=lambda s: s.library), key=lambda s: s.library)
}


def name_of(signature: Signature, choose: random.Random) -> str | None:
    """A name that the signature answers to; None for an item of a table, which has a test of its own."""
    captured = sorted(signature.names or ("something",))
    parts: list[str] = []
    for part in signature.pattern.split("."):
        if part == "**":
            parts += choose.choice([[], ["module"]])
        elif part == "**()":
            parts.append("Thing()")
        elif part.startswith("<"):
            parts.append(choose.choice(captured) + part.rpartition(">")[2])
        else:
            parts.append(part.replace("*", "Anything"))
    name = ".".join(parts)
    mine = [one for one, _ in CATALOGUE.find(name)]
    return name if "[]" not in name and signature in mine else None


def keyword(spec: ArgumentSpec, name: str, value: object) -> str:
    for key in reversed(spec.keys):
        value = {key: value}
    return f"{name}={value!r}"


def argument_lists(signature: Signature) -> Iterator[str]:
    """All by position as far as there are positions, then all by keyword, once with each of the older names."""
    wanted = values(signature)
    placed = {spec.position: spec for spec in wanted if spec.position is not None and not spec.keys}
    leading = [repr(wanted[placed[i]]) if i in placed else "something_else" for i in range(max(placed, default=-1) + 1)]
    others = [keyword(s, s.keywords[0], v) for s, v in wanted.items() if s not in placed.values()]
    if leading:
        yield ", ".join([*leading, *others])
    for i in range(max((len(spec.keywords) for spec in wanted), default=1)):
        yield ", ".join(keyword(s, s.keywords[min(i, len(s.keywords) - 1)], v) for s, v in wanted.items())


def calls(signature: Signature, name: str) -> Iterator[str]:
    """Lines of code, each with one call."""
    root, owner, last = name.partition(".")[0], name.rpartition(".")[0], name.rpartition(".")[2]
    ways = list(argument_lists(signature))
    yield from (f"import {root}; {name}({one})" for one in ways)
    written = ways[0]
    if "()" in name:
        yield f"import {root} as short; (lambda x: x)(short{name[len(root) :]})({written})"
        return
    yield f"import {root} as short; short{name[len(root) :]}({written})"
    yield f"import functools, {root}; functools.partial({name})({written})"
    yield f"import functools, {root}; functools.partial({name}, {written})()"
    yield f"import {root}; load = {name}; load({written})"
    yield f"import {root}; loaders = {{'a': {name}}}; loaders['a']({written})"
    if owner and all(part[:1].islower() for part in owner.split(".")):
        yield f"from {owner} import {last} as load; load({written})"
    if is_class_method(signature):
        base = owner if owner.rpartition(".")[2][:1].isupper() else f"{owner}.AnyClass"
        if signature in [one for one, _ in CATALOGUE.find(f"{base}.{last}")]:
            yield f"import {root}; Mine = type('Mine', ({base},), {{}}) if 0 else {base}; Mine.{last}({written})"


def subclass(signature: Signature, name: str) -> str | None:
    """A class of the scanned code that derives from the library's, and a call of its method."""
    owner, _, last = name.rpartition(".")
    base = owner if owner.rpartition(".")[2][:1].isupper() else f"{owner}.AnyClass"
    if not is_class_method(signature) or signature not in [one for one, _ in CATALOGUE.find(f"{base}.{last}")]:
        return None
    root = name.partition(".")[0]
    written = next(iter(argument_lists(signature)))
    return f"import {root}\nclass Mine({base}): pass\nMine.{last}({written})\n"


def missed(signature: Signature, code: str, scan_files: ScanFiles, only: str | None = None) -> list[str]:
    """The lines of code whose last call is not found as a load under one of the alternatives of the signature."""
    requirement = f"{signature.distributions[0]}{signature.versions}\n" if signature.versions else ""
    found = scan_files({"main.py": code, "requirements.txt": requirement}).usages
    ids = {only} if only else {one.id for one in CATALOGUE.signatures if one.pattern == signature.pattern}
    good = {u.line for u in found if u.signature in ids and u.outcome is not Outcome.UNTRAINED}
    return [line for number, line in enumerate(code.splitlines(), 1) if "(" in line and number not in good]


@pytest.mark.parametrize("library", sorted(BY_LIBRARY))
def test_every_call_of_every_signature_is_found(library: str, scan_files: ScanFiles) -> None:
    wrong: list[str] = []
    for signature in BY_LIBRARY[library]:
        choose = random.Random(signature.pattern)
        name = name_of(signature, choose)
        if name is None:
            continue
        wrong += missed(signature, "\n".join(calls(signature, name)), scan_files)
        if (derived := subclass(signature, name)) is not None:
            wrong += [line for line in missed(signature, derived, scan_files) if not line.startswith("class ")]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(lib for lib, found in BY_LIBRARY.items() if any(s.gates for s in found)))
def test_a_closed_gate_loads_nothing(library: str, scan_files: ScanFiles) -> None:
    wrong: list[str] = []
    for signature in BY_LIBRARY[library]:
        name = name_of(signature, random.Random(signature.pattern))
        lines = [closed(signature, name, gate) for gate in signature.gates if name is not None]
        missing = missed(signature, "\n".join(lines), scan_files, only=signature.id) if lines else []
        wrong += sorted(set(lines) - set(missing))
    assert wrong == []


def closed(signature: Signature, name: str, gate: Gate) -> str:
    """A call that one condition keeps from loading, everything else being as for a load."""
    wanted = {**values(signature), gate.argument: closing(gate)}
    written = ", ".join(keyword(s, s.keywords[0], v) for s, v in wanted.items())
    return f"import {name.partition('.')[0]}; {name}({written})"


def test_what_has_no_test_here_are_items_of_tables() -> None:
    without = {s.pattern for s in CATALOGUE.signatures if name_of(s, random.Random(s.pattern)) is None}
    assert all("[]" in pattern for pattern in without)


def test_names_are_written_as_texts() -> None:
    assert NAME in next(iter(argument_lists(CATALOGUE.signatures[0])))
