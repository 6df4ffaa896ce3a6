"""What is called, and arguments, left open by the order of questions and asked for again.

Whether a container may change unseen leads to other uses of it, and these may lead back to what is being worked out:
to "defined through itself", where there is no such thing. A second evaluator, which is kept beside the first, answers
what was asked for amid other questions before it looks at anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.evaluator import CYCLE
from ptmscan.analysis.values import Arguments, Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

# So many calls of one scan get a second look, each at so many of the containers that were asked for last.
MAX_LOOKS = 12
MAX_CONTAINERS = 4
# What the reason of an answer says that more may be known of.
_DOUBTS = frozenset(
    [
        CYCLE,
        "item of a sequence that is not fully known",
        "the sequence may have changed",
        "the dictionary may have changed",
        "loop over a sequence not fully known",
    ]
)


class SecondLook:
    """The second evaluator of a scan, made when it is needed first."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._other: Evaluator | None = None
        self._looks = 0

    def at(self, args: tuple[n.Argument, ...], env: Environment, arguments: Arguments) -> Arguments:
        """The arguments of a call, those closed that a second evaluation closes."""
        if not any(_is_doubtful(v) for v in _values(arguments)):
            return arguments
        other = self._begun()
        return arguments if other is None else _closed(arguments, calls.evaluate_arguments(other, args, env))

    def callee(self, func: n.Expr, env: Environment, value: Value) -> Value:
        """What is called, as a second evaluation has it where the first came back to itself and found nothing."""
        if value.atoms or value.open_reason != CYCLE:
            return value
        other = self._begun()
        return value if other is None else other.evaluate(func, env)

    def _begun(self) -> Evaluator | None:
        """The second evaluator, asked first for the containers that were asked for last; None if it is not worth it."""
        disturbed = self.ev.sharing.disturbed
        if not disturbed or self._looks >= MAX_LOOKS:
            return None
        self._looks += 1
        if self._other is None:
            self._other = self.ev.another()
        self._other.begin(telling=True)
        self._other.go_on()
        for holder in disturbed[-MAX_CONTAINERS:]:
            self._other.sharing.verdict(holder)
        return self._other


def _values(arguments: Arguments) -> tuple[Value, ...]:
    return (*arguments.positional, *(v for _, v in arguments.keywords))


def _is_doubtful(value: Value) -> bool:
    return value.open_reason in _DOUBTS


def _closed(first: Arguments, second: Arguments) -> Arguments:
    """The first answers, but for those that are closed in the second."""
    if len(first.positional) != len(second.positional) or len(first.keywords) != len(second.keywords):
        return second if second.complete and all(v.closed for v in _values(second)) else first
    positional = tuple(b if b.closed else a for a, b in zip(first.positional, second.positional, strict=True))
    keywords = tuple((k, b if b.closed else a) for (k, a), (_, b) in zip(first.keywords, second.keywords, strict=True))
    return Arguments(positional, keywords, first.complete)
