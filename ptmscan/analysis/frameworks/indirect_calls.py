"""Functions of the standard library and others that call what they are given: in a thread, later, for every item.

Interfaces: asyncio, concurrent.futures, threading, multiprocessing (Python 3.13), anyio 4.9, starlette 0.46, joblib 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import containers
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.known_functions import FUNCTIONS
from ptmscan.analysis.values import Arguments, Atom, External, Value, known

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.syntax import nodes as n


@dataclass(frozen=True, slots=True)
class _Way:
    """How the function and its arguments are given: by position, or in keywords `target`, `args`, `kwargs`."""

    function: int = 0
    keywords: bool = False
    packed: bool = False  # the arguments are one tuple
    each: bool = False  # an iterable whose items are the arguments
    returns: bool = False  # the result is that of the function
    before: int = 0  # arguments that the caller puts in front


_POOLS = ("concurrent.futures.ThreadPoolExecutor()", "concurrent.futures.ProcessPoolExecutor()")
_OLD_POOLS = ("multiprocessing.Pool()", "multiprocessing.pool.ThreadPool()", "torch.multiprocessing.Pool()")
_LOOPS = ("asyncio.get_event_loop()", "asyncio.get_running_loop()", "asyncio.new_event_loop()")
_THREADS = ("threading.Thread", "multiprocessing.Process", "torch.multiprocessing.Process", "threading.Timer")
_WAYS: dict[str, _Way] = {
    **{name: _Way(returns=True) for name in ("asyncio.to_thread", "anyio.to_thread.run_sync")},
    **{f"{lib}.concurrency.run_in_threadpool": _Way(returns=True) for lib in ("starlette", "fastapi")},
    **{f"{loop}.run_in_executor": _Way(function=1, returns=True) for loop in _LOOPS},
    **{f"{pool}.submit": _Way() for pool in _POOLS},
    **{f"{pool}.{method}": _Way(each=True) for pool in (*_POOLS, *_OLD_POOLS) for method in ("map", "imap")},
    **{f"{pool}.{method}": _Way(packed=True) for pool in _OLD_POOLS for method in ("apply", "apply_async")},
    **{thread: _Way(keywords=True) for thread in _THREADS},
    "torch.multiprocessing.spawn": _Way(packed=True, before=1),
    "joblib.delayed()": _Way(),
    "builtins.map": _Way(each=True),
    "atexit.register": _Way(),
}


class IndirectCalls(Model):
    """The model of functions that call what they are given."""

    names = frozenset(_WAYS)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """The function's result where that is what comes back; else an object that is not looked into."""
        if callee.name in FUNCTIONS:
            return FUNCTIONS[callee.name](ev, arguments, env, span)
        if not _WAYS[callee.name].returns:
            return known(External(f"{callee.name}()"))
        return join(
            ev.call(known(target), given, env, span) for target, given in self.calls(ev, callee, arguments, env)
        )

    def calls(
        self, _ev: Evaluator, callee: External, arguments: Arguments, _env: Environment
    ) -> tuple[tuple[Atom, Arguments], ...]:
        """The function that is given, with the arguments it gets."""
        way = _WAYS[callee.name]
        function = arguments.keyword("target") if way.keywords else None
        position = way.function + (1 if callee.name == "threading.Timer" else 0)
        if function is None and position < len(arguments.positional):
            function = arguments.positional[position]
        if function is None:
            return ()
        given = _given(way, arguments, arguments.positional[position + 1 :])
        return tuple((a.atom, given) for a in function.atoms)


def _given(way: _Way, arguments: Arguments, rest: tuple[Value, ...]) -> Arguments:
    """The arguments that the function gets."""
    if way.keywords or way.packed:
        packed = arguments.keyword("args") or (rest[0] if rest else None)
        row = containers.elements(packed) if packed is not None else None
        front = (known(External("the index of a process")),) * way.before
        return Arguments((*front, *(row.items if row is not None else ())), (), row is None or row.complete)
    if way.each:
        return Arguments(tuple(containers.any_item(value) for value in rest))
    return Arguments(rest, arguments.keywords, arguments.complete)
