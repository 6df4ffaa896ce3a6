"""What a program loads does not change with how it is written: the same models of the fixtures, written otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from oracle import scan
from programs import Program
from transformations import (
    Files,
    add_dead_code,
    move_constants,
    rename_variables,
    reorder,
    round_trip,
    wrap_script,
    wrap_statements,
)

REPOSITORIES = sorted(path.parent for path in Path(__file__).parents[1].glob("fixtures/repos/*/expected.jsonl"))


@cache
def _original(repository: Path) -> tuple[tuple[str, str], ...]:
    files = {
        p.relative_to(repository).as_posix(): p
        for p in sorted(repository.rglob("*"))
        if p.is_file() and p.name != "expected.jsonl"
    }
    return tuple(round_trip({name: path.read_text(encoding="utf-8") for name, path in files.items()}).items())


def _models(files: Files) -> Counter[object]:
    """The models of every load of a repository, whatever the lines and names around them."""
    return Counter(
        (u.path, u.signature, u.outcome, u.exhaustive, tuple((m.name, m.id, m.revision, m.outcome) for m in u.models))
        for u in scan(Program(files))
    )


def _wrap_loads(files: Files) -> Files:
    return wrap_statements(files, {(u.path, u.line) for u in scan(Program(files))})


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (rename_variables, 7),
        (move_constants, 1),
        (_wrap_loads, 8),
        (wrap_script, 4),
        (reorder, 5),
        (add_dead_code, 12),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_models_stay_the_same(change: Callable[[Files], Files], least: int) -> None:
    changed = 0
    for repository in REPOSITORIES:
        before = dict(_original(repository))
        after = change(before)
        changed += after != before
        assert _models(after) == _models(before), repository.name
    assert changed >= least
