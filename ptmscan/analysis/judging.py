"""What an answer that was found in one calling context is worth: whether the callers are still to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ptmscan.analysis.values import Frame, Instance, Locals, Value

Answer = TypeVar("Answer")


def _never(_answer: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Judge(Generic[Answer]):
    """What is asked of an answer.

    `settled`: it holds whoever calls; `wide`: it holds several possibilities, which the callers may tell apart;
    `absent`: it says for sure that the question does not arise there.
    """

    settled: Callable[[Answer], bool]
    wide: Callable[[Answer], bool] = _never
    absent: Callable[[Answer], bool] = _never


def _is_known(value: Value) -> bool:
    """Whether a value, with the arguments of the objects in it, is fully known."""
    instances = [a.atom for a in value.atoms if isinstance(a.atom, Instance)]
    given = [
        v for i in instances if i.arguments for v in (*i.arguments.positional, *(v for _, v in i.arguments.keywords))
    ]
    return value.closed and all(v.closed for v in given)


def _several(values: Iterable[Value]) -> bool:
    return any(len(v.atoms) > 1 for v in values)


# The frames that one call makes of a function; None: what is called is not known. A test may rule the call out.
FRAMES: Judge[list[Frame] | None] = Judge(
    settled=lambda frames: frames is not None and all(v.closed for f in frames for _, v in f.parameters or ()),
    wide=bool,
)
# The names that one call binds for a lambda; None: what is called is not known.
ROWS: Judge[list[Locals] | None] = Judge(
    settled=lambda rows: rows is not None and all(v.closed for row in rows for _, v in row.names),
    wide=lambda rows: _several(v for row in rows or () for _, v in row.names),
)
VALUES: Judge[Value] = Judge(settled=_is_known)
