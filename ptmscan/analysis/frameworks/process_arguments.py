"""`sys.argv`: what the launches of the repository pass by position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import NEVER, Const, External, Made, Value, known
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

ARGV = "sys.argv"
REASON = "a command-line argument (sys.argv)"


class ProcessArguments(Model):
    """The model of `sys.argv`."""

    objects = frozenset([ARGV])

    def __init__(self, launches: Launches) -> None:
        self._launches = launches

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """A method of the list."""
        return known(External(f"{made.name}.{attr}"))

    def item(self, ev: Evaluator, _made: Made, key: Value, env: Environment, _span: n.Span) -> Value:
        """`sys.argv[1]`"""
        single = key.single()
        index = single.value if isinstance(single, Const) and isinstance(single.value, int) else 0
        if index < 1:
            return NEVER.opened(REASON)
        launches = self._launches.of(ev, env.module.path)
        given = [launch.words[index - 1][1] for launch in launches if len(launch.words) >= index]
        found = join((NEVER, *given))
        return found if self._launches.assumed and len(given) == len(launches) > 0 else found.opened(REASON)
