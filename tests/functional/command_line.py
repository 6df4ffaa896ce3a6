"""What tests of the command line say and get; the fixture `ptmscan` runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

OUR_SIGNATURES = """
schema: 1
libraries:
  ours:
    ours.load(path, name) -> model:
      model: name
      match: ours.load('x', 'org/a') -> org/a
      no_match: ours.save('x')
"""


class Outcome(NamedTuple):
    """How a command ended, and what it printed where."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]
