"""What people see of a batch: a view on a terminal that goes away, lines elsewhere."""

from __future__ import annotations

import io
import sys

import pytest
from rendering import Terminal

from ptmscan.batch.jobs import Job, Report, Status
from ptmscan.cli import batch_view
from ptmscan.cli.batch_view import LiveWatcher, Watcher, watching


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(batch_view.time, "monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return now


def run(stream: io.StringIO | None, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with watching() as watch:
        watch.listing(4)
        watch.started(4, 3)
        watch.began(Job("org/slow\x1b[31m", "/clones/slow", "slow"))
        watch.began(Job("org/bad", "/clones/bad", "bad"))
        clock[0] += 40
        watch.finished(Report("org/bad", Status.CRASHED, "ended by SIGSEGV", seconds=40.0))
        if isinstance(watch, LiveWatcher):
            watch._live.refresh()
        clock[0] += 10
        watch.finished(Report("org/slow\x1b[31m", Status.OK, seconds=50.0, size=5_000_000))
    return stream.getvalue() if stream is not None else ""


def test_a_terminal_shows_what_goes_on_and_is_left_clean(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(Terminal(), clock, monkeypatch)
    assert "1 of 3 scanned, 1 failed; 0.0 a second" in shown
    assert "about 1 min 20 s left" in shown
    assert "running  40 s" in shown
    assert "slowest  40.0 s" in shown
    assert "org/bad: ended by SIGSEGV" in shown
    assert "slow\x1b[31m" not in shown
    assert shown.endswith("\x1b[2K"), "the view is wiped away in the end"


def test_elsewhere_there_are_lines(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(io.StringIO(), clock, monkeypatch).splitlines() == [
        "ptmscan: 4 repositories, 3 of them to be scanned",
        "ptmscan: org/bad: crashed: ended by SIGSEGV",
        "ptmscan: 1 of 3 scanned, 1 failed; 0.0 a second, 0.0 MB/s, about 1 min 20 s left",
    ]


def test_without_standard_error_nothing_is_shown(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(None, clock, monkeypatch) == ""


def test_failures_beyond_twenty_are_not_told_one_by_one(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    watch = Watcher()
    for number in range(50):
        watch.finished(Report(f"org/{number}", Status.TIMEOUT, "not done after 300 s"))
    assert "org/19" in stream.getvalue()
    assert "org/20" not in stream.getvalue()
    assert "ptmscan batch status" in stream.getvalue()
