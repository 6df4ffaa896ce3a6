"""Where an expression is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from ptmscan.analysis.program import Module
from ptmscan.analysis.values import Frame, Locals, Step, StepKind
from ptmscan.syntax import nodes as n


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an expression is evaluated. `deferred`: the code runs some time after this position (a lambda's body)."""

    module: Module
    scope: int
    frame: Frame | None = None
    locals: Locals | None = None
    deferred: int | None = None

    def step(self, span: n.Span, kind: StepKind, label: str | None = None) -> Step:
        """A trace step at a span of this module."""
        return Step(self.module.path, span, kind, label)
