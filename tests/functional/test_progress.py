"""The progress bar is for people who wait more than a second at a terminal, and leaves nothing behind."""

from __future__ import annotations

import io
import sys

import pytest
from rendering import Terminal

from ptmscan.cli import progress
from ptmscan.cli.progress import DelayedProgress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    return now


def run(stream: io.StringIO | None, clock: list[float], seconds: float, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with DelayedProgress("Scanning") as report:
        report(1, 9)
        clock[0] += seconds
        report(2, 9)
        report(9, 9)
    return stream.getvalue() if stream is not None else ""


def test_a_bar_appears_after_a_second(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(Terminal(), clock, 1.5, monkeypatch)
    assert "Scanning" in shown
    assert "100%" in shown
    assert shown.endswith("\x1b[2K"), "the bar is wiped away in the end"


@pytest.mark.parametrize("seconds", [0.1, 0.9])
def test_a_quick_scan_shows_nothing(seconds: float, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(Terminal(), clock, seconds, monkeypatch) == ""


def test_a_pipe_or_a_closed_stderr_shows_nothing(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(io.StringIO(), clock, 60, monkeypatch) == ""
    assert run(None, clock, 60, monkeypatch) == ""
