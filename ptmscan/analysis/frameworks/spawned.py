"""Programs that Python code starts: `subprocess.run([sys.executable, "train.py", "--model", "x"])`, `os.system(…)`.

Interfaces: subprocess and os of Python 3.11. The words are values like any other; what is not known of them is a hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import (
    Alternative,
    Const,
    External,
    Hole,
    PathObject,
    Sequence,
    Step,
    StepKind,
    Text,
    Value,
)
from ptmscan.launches import UNKNOWN, Command, Kind, Word, read_launches
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module
    from ptmscan.analysis.values import Atom

MAX_FILES = 64
MAX_CALLS = 128
MAX_WORDS = 256
_STARTS = frozenset(
    [f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen", "getoutput")]
    + ["os.system", "os.popen"]
)
_NAMES = re.compile(rb"run|call|check_call|check_output|Popen|getoutput|system|popen")
_MODULES = ("subprocess", "system", "popen")
_OPEN = "a word of a command that is not known"


def spawned(ev: Evaluator) -> Iterator[tuple[str, Command, tuple[Value, ...]]]:
    """The commands that the repository's Python files start: the file, the command, a value for each of its words."""
    mentioned = {path for paths in ev.program.mentions(_MODULES).values() for path in paths}
    count = 0
    for path in sorted(mentioned)[:MAX_FILES]:
        module = ev.program.module(path)
        if module is None or not (b".py" in module.source.data or b"-m" in module.source.data):
            continue
        for span in module.calls(_NAMES):
            call = module.expression(span)
            if isinstance(call, n.Call) and call.args and not call.args[0].star:
                count += 1
                if count > MAX_CALLS:
                    return
                with ev.aside():
                    yield from ((path, *command) for command in _commands(ev, module, call))


def _commands(ev: Evaluator, module: Module, call: n.Call) -> list[tuple[Command, tuple[Value, ...]]]:
    """What one call starts."""
    env = open_environment(ev, module, call.span)
    if not any(isinstance(a, External) and a.name in _STARTS for a in ev.atoms(ev.evaluate(call.func, env))):
        return []
    given = calls.evaluate_arguments(ev, call.args, env)
    first = given.positional[0] if given.positional else given.keyword("args")
    step = env.step(call.span, StepKind.ARGUMENT)
    found: list[tuple[Command, tuple[Value, ...]]] = []
    for atom in ev.atoms(first) if first is not None else ():
        if isinstance(atom, Sequence):
            rows = [_word(item, step) for item in atom.items[:MAX_WORDS]]
            found.append((Command(tuple(word for word, _ in rows)), tuple(value for _, value in rows)))
        elif (text := _text(atom)) is not None:
            commands = read_launches(text, Kind.SHELL)[0]
            found += [(c, tuple(_value(word.texts, step) for word in c.words)) for c in commands]
    return found


def _word(item: Value, step: Step) -> tuple[Word, Value]:
    texts = tuple(text for a in item.atoms if (text := _text(a.atom)) is not None) or (UNKNOWN,)
    atoms = tuple(
        Alternative(Const(text), (*a.trace, step))
        for a in item.atoms
        if (text := _text(a.atom)) is not None and UNKNOWN not in text
    )
    return Word(texts, 0), Value(atoms, item.open_reason or (None if atoms else _OPEN))


def _value(texts: tuple[str, ...], step: Step) -> Value:
    known = tuple(Alternative(Const(text), (step,)) for text in texts if UNKNOWN not in text)
    return Value(known, None if len(known) == len(texts) else _OPEN)


def _text(atom: Atom) -> str | None:
    """An atom as a word: the interpreter, a constant, a path or text with holes."""
    match atom:
        case External(name="sys.executable"):
            return "python"
        case Const(value=str() | int() | float() as value):
            return str(value)
        case Text(parts=parts) | PathObject(parts=parts):
            return "".join(UNKNOWN if isinstance(p, Hole) else p for p in parts)
        case _:
            return None
