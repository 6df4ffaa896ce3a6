"""Callers that call each other, and more of them than are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loading import loads, names, only

if TYPE_CHECKING:
    from conftest import ScanFiles


@pytest.mark.parametrize("size", [2, 3, 7])
def test_every_function_in_a_ring_of_calls_gets_the_name(scan_files: ScanFiles, size: int) -> None:
    ring = [f"def f{i}(name):\n    load(name)\n    f{(i + 1) % size}(name)\n" for i in range(size)]
    assert names(loads(scan_files, "".join(ring) + 'f0("org/m")\n')) == [["org/m"]] * size


def test_a_name_behind_sixty_wrappers_is_found(scan_files: ScanFiles) -> None:
    assert names(loads(scan_files, _wrappers(60))) == [["org/m"]]


def test_more_wrappers_than_are_followed_are_a_reason(scan_files: ScanFiles) -> None:
    assert only(loads(scan_files, _wrappers(70))).open_reason == "wrappers nested too deeply"


def test_more_callers_than_are_followed_are_a_reason(scan_files: ScanFiles) -> None:
    calls = "".join(f'f("org/m{i}")\n' for i in range(100))
    usage = only(loads(scan_files, f"def f(name):\n    load(name)\n{calls}"))
    assert (len(usage.models), usage.open_reason) == (64, "more than 64 calling contexts")


def test_calls_in_many_files_are_looked_at(scan_files: ScanFiles) -> None:
    files = {f"use{i}.py": f'from main import f\nf("org/m{i}")\n' for i in range(90)}
    usage = only(loads(scan_files, "def f(name):\n    load(name)\n", files))
    assert len(usage.models) >= 30


def _wrappers(count: int) -> str:
    rows = "".join(f"def f{i + 1}(name):\n    f{i}(name)\n" for i in range(count))
    return f'def f0(name):\n    load(name)\n{rows}f{count}("org/m")\n'
