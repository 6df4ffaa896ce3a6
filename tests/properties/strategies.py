"""Programs as hypothesis strategies."""

from __future__ import annotations

from hypothesis import strategies as st
from programs import Program, program, trap_program


class Drawn:
    """Decisions of hypothesis, for generators that ask for numbers."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, bound: int) -> int:
        return self._draw(st.integers(0, bound - 1))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs whose loads are what the code says."""
    return program(Drawn(draw))


@st.composite
def trap_programs(draw: st.DrawFn) -> Program:
    """Programs that load nothing, however much they look like it."""
    return trap_program(Drawn(draw))
