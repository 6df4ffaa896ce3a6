"""Fixtures of the tests that go in by the command line."""

from __future__ import annotations

import pytest
from command_line import Outcome, Run

from ptmscan.cli import run


@pytest.fixture
def ptmscan(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command inside this process."""

    def command(*arguments: object) -> Outcome:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return command
