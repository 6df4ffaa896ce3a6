"""Environment variables: their defaults in the code, and what files of the repository set them to.

Interfaces: os.environ (Python 3.13), python-dotenv 1.1, python-decouple 3.8, environs 14.1, starlette.config 0.46.
The process's environment may hold anything, so that every value is open; the reason names the variable.
"""

from __future__ import annotations

import re
from posixpath import basename
from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    Const,
    External,
    Made,
    Mapping,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.documents import Format
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module, Program

ENVIRON = "os.environ"
READER = "environs.Env()"
MAX_FILES = 32
_NAMES = (".env", ".env.example", ".env.sample", ".env.template", ".env.default", ".env.dist", "env.example")
_OTHER = re.compile(r"\.env$|(?:^|/)\.env\.[\w-]+$")
_READING = ("load_dotenv", "dotenv_values", "find_dotenv", "env_file", "read_env", "RepositoryEnv")

_TAKES = ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environ.__getitem__")
_DECOUPLED = ("decouple.config", "decouple.AutoConfig()", "decouple.Config()", "starlette.config.Config()")
_READERS = ("environs.Env", "environ.Env")
_KINDS = (".__call__", ".str", ".path", ".get", ".json", ".list", ".enum", ".get_value")


class ProcessEnvironment(Model):
    """The model of environment variables."""

    names = frozenset([*_TAKES, *_DECOUPLED, *_READERS, *(f"{READER}{kind}" for kind in _KINDS)])
    objects = frozenset([ENVIRON])

    def __init__(self, files: SettingsFiles, launches: Launches) -> None:
        self._files, self._launches = files, launches
        self._set: dict[str, list[Value]] | None = None

    def owns(self, made: Made) -> bool:
        """`os.environ` and the readers of environs."""
        return made.name in (ENVIRON, READER)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A variable's value: its default, and what files set it to."""
        if callee.name in _READERS:
            return known(Made(READER, env.module.path, span, arguments))
        name = arguments.positional[0] if arguments.positional else arguments.keyword("key")
        default = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keyword("default")
        if name is None:
            return unknown("an environment variable")
        if default is None and callee.name.endswith(("getenv", ".get", ".pop")):
            default = text_of(None)
        return self._variable(ev, name, default, env, span)

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """A method of `os.environ` or of a reader."""
        return known(External(f"{made.name}.{attr}", None if made.name == ENVIRON else made))

    def item(self, ev: Evaluator, _made: Made, key: Value, env: Environment, span: n.Span) -> Value:
        """`os.environ["NAME"]`"""
        return self._variable(ev, key, None, env, span)

    def named(self, ev: Evaluator, name: str) -> list[Value]:
        """What code and files of the repository set a variable to, whichever case its name is written in."""
        spelled = dict.fromkeys([name, name.upper(), name.lower()])
        return [v for text in spelled for v in (*self._from_code(ev, text), *self._from_files(ev, text))]

    def _variable(self, ev: Evaluator, name: Value, default: Value | None, env: Environment, span: n.Span) -> Value:
        names = [c.value for c in name.consts() if isinstance(c.value, str)]
        shown = names[0] if names else "of unknown name"
        values = [v for text in names for v in (*self._from_code(ev, text), *self._from_files(ev, text))]
        if default is not None:
            values.append(default)
        step = env.step(span, StepKind.ENVIRONMENT)
        return join(values or [NEVER]).opened(f"environment variable {shown}").traced(step)

    def _from_code(self, ev: Evaluator, name: str) -> list[Value]:
        """`os.environ["NAME"] = value` and `os.environ.setdefault("NAME", value)` in the files that hold the name."""
        modules = [ev.program.module(path) for path in ev.program.mentions([name]).get(name, ())[:MAX_FILES]]
        return [v for m in modules if m is not None for s in _changes(m) for v in _set_by(ev, m, s, name)]

    def _from_files(self, ev: Evaluator, name: str) -> list[Value]:
        if self._set is None:
            self._set = {}
            for path in _environment_files(ev.program):
                table = self._files.of_file(ev.program, path, Format.ENV).single()
                for key, value in table.items if isinstance(table, Mapping) else ():
                    if isinstance(key, Const):
                        self._set.setdefault(str(key.value), []).append(value)
        return [*self._set.get(name, []), *self._launches.variable(ev.program, name)]


def _environment_files(program: Program) -> list[str]:
    """The `.env` files of the repository, the committed examples among them, and others that something names."""
    found = [path for path in program.texts.paths() if basename(path) in _NAMES]
    others = [path for path in program.texts.paths() if _OTHER.search(path) and path not in found][:MAX_FILES]
    texts = _texts_that_name_files(program) if others else []
    return [*found, *(path for path in others if any(_names(text, basename(path)) for text in texts))][:MAX_FILES]


def _texts_that_name_files(program: Program) -> list[str]:
    """The texts of Python files that read environment files, and of compose files that give them to a container."""
    readers = sorted({p for paths in program.mentions(_READING).values() for p in paths})[:MAX_FILES]
    composed = [p for p in program.texts.paths() if p.endswith((".yml", ".yaml")) and "compose" in basename(p)]
    texts = [program.texts.read_text(path) for path in (*readers, *composed[:MAX_FILES])]
    return [text for text in texts if text is not None]


def _names(text: str, name: str) -> bool:
    """Whether a text names a file, and not one whose name only ends like it."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def _changes(module: Module) -> list[n.Stmt]:
    """The statements that change `os.environ`, or `environ` where it is imported by that name."""
    stored = [store.statement for store in module.index.stores.get("environ", ())]
    bound = [b.statement for s in module.index.scopes for b in s.bindings.get("environ", ())]
    return [*stored, *bound]


def _set_by(ev: Evaluator, module: Module, statement: n.Stmt, name: str) -> list[Value]:
    """The value that a statement gives a variable."""
    env = open_environment(ev, module, statement.span)
    match statement:
        case n.Assign(targets=targets, value=value):
            named = any(isinstance(t, n.Subscript) and t.index == n.Constant(t.index.span, name) for t in targets)
            return [ev.evaluate_span(value, env)] if named else []
        case n.ExprStmt(value=value, method="setdefault"):
            call = module.expression(value)
            arguments = calls.evaluate_arguments(ev, call.args, env).positional if isinstance(call, n.Call) else ()
            return [arguments[1]] if len(arguments) == 2 and arguments[0].single() == Const(name) else []
        case _:
            return []
