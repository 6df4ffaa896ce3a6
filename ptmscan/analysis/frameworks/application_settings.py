"""Settings objects of web frameworks: Django's settings module, Flask's `app.config`, Dynaconf.

Interfaces: Django 5.2 (https://docs.djangoproject.com/en/5.2/topics/settings/), Flask 3.1, dynaconf 3.2. Which settings
are in force is chosen when the program is started, so that every value is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, lookup
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.environment import ProcessEnvironment
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    External,
    Made,
    Mapping,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

DJANGO = "django.conf.settings"
DYNACONF = "dynaconf.Dynaconf()"
_FLASK = ("flask.Flask().config", "flask.current_app.config", "quart.Quart().config", "quart.current_app.config")
_FILLS = re.compile(rb"from_object|from_mapping|update")
_SECTIONS = ("default", "global", "development", "production")
MAX_FILES = 32


class ApplicationSettings(Model):
    """The model of settings objects."""

    names = frozenset(["dynaconf.Dynaconf", "dynaconf.LazySettings", *(f"{c}.get" for c in _FLASK)])
    objects = frozenset([DJANGO, *_FLASK])

    def __init__(self, files: SettingsFiles, environment: ProcessEnvironment) -> None:
        self._files, self._environment = files, environment

    def owns(self, made: Made) -> bool:
        """The settings objects."""
        return made.name in self.objects or made.name == DYNACONF

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A settings object of Dynaconf, or `app.config.get("NAME")`."""
        if callee.name.startswith("dynaconf."):
            return known(Made(DYNACONF, env.module.path, span, arguments))
        key = arguments.positional[0] if arguments.positional else unknown("a setting of unknown name")
        default = arguments.positional[1] if len(arguments.positional) > 1 else text_of(None)
        made = Made(callee.name.removesuffix(".get"), "", (0, 0), calls.NO_ARGUMENTS)
        return join((self.item(ev, made, key, env, span), default))

    def attribute(self, ev: Evaluator, made: Made, attr: str, env: Environment) -> Value:
        """`settings.NAME`"""
        if made.name in _FLASK:
            return known(External(f"{made.name}.{attr}"))
        values = self._of_django(ev, attr) if made.name == DJANGO else self._of_dynaconf(ev, made, attr, env)
        return join(values).opened(f"setting {attr}") if values else unknown(f"setting {attr}")

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, _span: n.Span) -> Value:
        """`app.config["NAME"]`, and Dynaconf's items."""
        names = [str(c.value) for c in key.consts()]
        if made.name == DJANGO or not names:
            return unknown("a setting of unknown name")
        found = [
            v
            for name in names
            for v in (self._of_flask(ev, name) if made.name in _FLASK else self._of_dynaconf(ev, made, name, env))
        ]
        return join(found).opened(f"setting {names[0]}") if found else unknown(f"setting {names[0]}")

    def _of_django(self, ev: Evaluator, name: str) -> list[Value]:
        """The name in the settings modules that the program chooses from; else in all modules called so."""
        written = [c.value for v in self._environment.named(ev, "DJANGO_SETTINGS_MODULE") for c in v.consts()]
        resolved = [ev.program.modules.resolve("", str(text)) for text in written]
        chosen = [path for path in resolved if path is not None]
        if not chosen:
            mentioned = ev.program.mentions([name]).get(name, ())
            chosen = [p for p in mentioned if basename(p) == "settings.py" or basename(dirname(p)) == "settings"]
        found = (lookup.module_attribute(ev, path, name) for path in dict.fromkeys(chosen[:MAX_FILES]))
        return [value for value in found if value is not None]

    def _of_dynaconf(self, ev: Evaluator, made: Made, name: str, env: Environment) -> list[Value]:
        listed = made.arguments.keyword("settings_files") or made.arguments.keyword("settings_file")
        paths = [listed] if listed is not None and listed.consts() else []
        paths += list(containers.elements(listed).items) if listed is not None else []
        module = ev.program.module(made.path) or env.module
        trees = [self._files.at(ev.program, module, path) for path in paths[:MAX_FILES]]
        spelled = dict.fromkeys([name, name.lower(), name.upper()])
        values = [_in_sections(tree, key) for tree in trees for key in spelled]
        return [v for v in values if v.atoms]

    def _of_flask(self, ev: Evaluator, name: str) -> list[Value]:
        """`app.config["NAME"] = value`, `app.config.from_object(…)`, `app.config.update(NAME=…)`."""
        found: list[Value] = []
        for path in ev.program.mentions([name]).get(name, ())[:MAX_FILES]:
            module = ev.program.module(path)
            if module is not None:
                found += _assigned(ev, module, name)
        for path in ev.program.mentions(["from_object", "from_mapping"]).get("from_object", ())[:MAX_FILES]:
            module = ev.program.module(path)
            found += [v for call, env in _fills(ev, module) for v in _given(ev, call, env, name)] if module else []
        return [v for v in found if v.atoms]


def _key(value: Value, key: str) -> Value:
    return mapped(
        value, lambda a: containers.lookup(a, text_of(key)) if isinstance(a, Mapping) else unknown("no table")
    )


def _in_sections(tree: Value, key: str) -> Value:
    """A key of a file of Dynaconf: at the top, or in the section of an environment."""
    direct = _key(tree, key)
    if direct.atoms:
        return direct
    found = [_key(_key(tree, section), key) for section in _SECTIONS]
    return join(v for v in found if v.atoms)


def _assigned(ev: Evaluator, module: Module, name: str) -> list[Value]:
    """`app.config["NAME"] = value`"""
    found = []
    for store in module.index.stores.get("config", ()):
        statement = store.statement
        if isinstance(statement, n.Assign) and any(
            isinstance(t, n.Subscript) and t.index == n.Constant(t.index.span, name) for t in statement.targets
        ):
            found.append(ev.evaluate_span(statement.value, open_environment(ev, module, statement.span)))
    return found


def _fills(ev: Evaluator, module: Module) -> Iterator[tuple[n.Call, Environment]]:
    """The calls that fill a configuration from something else."""
    for span in module.calls(_FILLS):
        call = module.expression(span)
        if isinstance(call, n.Call) and isinstance(call.func, n.Attribute):
            receiver = call.func.value
            if isinstance(receiver, n.Attribute) and receiver.attr == "config":
                yield call, open_environment(ev, module, span)


def _given(ev: Evaluator, call: n.Call, env: Environment, name: str) -> list[Value]:
    """What such a call gives a setting: an attribute of an object or a module, or a keyword argument."""
    given = calls.evaluate_arguments(ev, call.args, env)
    found = [v for k, v in given.keywords if k == name]
    objects = [mapped(value, lambda a: _imported(ev, env.module, a)) for value in given.positional[:1]]
    return [*found, *(ev.attribute(value, name, env) for value in objects)]


def _imported(ev: Evaluator, module: Module, atom: Atom) -> Value:
    """An object as it is, or what a text names: a module, or something in one."""
    if not isinstance(atom, Const) or not isinstance(atom.value, str):
        return known(atom)
    inner, _, last = atom.value.rpartition(".")
    path = ev.program.modules.resolve(module.path, inner) if inner else None
    found = lookup.module_attribute(ev, path, last) if path is not None else None
    return found if found is not None else lookup.import_by_name(ev, module, atom.value)
