"""configparser: the options of the INI files that a parser reads, with defaults and fallbacks.

Interface: https://docs.python.org/3/library/configparser.html (checked against CPython 3.13).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import containers, formatting
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.trees import deeply_merged
from ptmscan.analysis.frameworks.uses import Use, calls_on
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    External,
    Hole,
    Made,
    Mapping,
    Sequence,
    SequenceKind,
    Text,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.syntax import nodes as n

PARSER = "configparser.ConfigParser()"
SECTION = "configparser.SectionProxy()"
_CONSTRUCTORS = tuple(
    f"{module}.{kind}"
    for module in ("configparser", "ConfigParser", "six.moves.configparser", "backports.configparser")
    for kind in ("ConfigParser", "RawConfigParser", "SafeConfigParser")
)
_GETS = ("get", "getint", "getfloat", "getboolean")
_READS = re.compile(rb"read|read_file|readfp|read_dict|set")
_DEFAULT = "DEFAULT"
_CHANGED = "the configuration may have changed"


class IniParsers(Model):
    """The model of configparser."""

    names = frozenset(
        [*_CONSTRUCTORS, *(f"{PARSER}.{m}" for m in (*_GETS, "items", "options")), *(f"{SECTION}.{m}" for m in _GETS)]
    )

    def __init__(self, files: SettingsFiles) -> None:
        self._files = files
        self._whole: Once[tuple[str, n.Span], Value] = Once(lambda: unknown("a configuration that is being read"))

    def owns(self, made: Made) -> bool:
        """Parsers and their sections."""
        return made.name in (PARSER, SECTION)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A new parser, or an option's value."""
        made, method = callee.receiver, callee.name.rpartition(".")[2]
        if not isinstance(made, Made):
            return known(Made(PARSER, env.module.path, span, arguments, changeable=True))
        if made.name == SECTION:
            option, fallback = _argument(arguments, 0, "option"), _argument(arguments, 1, "fallback")
            return self._option(_options(made), option, fallback if fallback is not None else text_of(None))
        section = self._section(ev, made, _argument(arguments, 0, "section"))
        if method in ("items", "options"):
            return mapped(section, lambda a: _listed(a, method))
        return self._option(section, _argument(arguments, 1, "option"), arguments.keyword("fallback"))

    def item(self, ev: Evaluator, made: Made, key: Value, env: Environment, span: n.Span) -> Value:
        """`parser["section"]` and `section["option"]`"""
        if made.name == SECTION:
            return self._option(_options(made), key, None)
        section = Arguments((self._section(ev, made, key),), complete=made.arguments.complete)
        return known(Made(SECTION, env.module.path, span, section, changeable=True))

    def content(self, _ev: Evaluator, made: Made, _env: Environment) -> Value:
        """A section as a dictionary."""
        return _options(made) if made.name == SECTION else unknown("all sections of a configuration")

    def _option(self, section: Value, option: Value | None, fallback: Value | None) -> Value:
        if option is None:
            return unknown("an option of unknown name")
        lowered = mapped(option, lambda a: known(_lower(a)))
        found = mapped(section, lambda a: _filled(a, lowered))
        if fallback is None:
            return found
        return found if found.atoms and found.closed else join((found, fallback))

    def _section(self, ev: Evaluator, made: Made, name: Value | None) -> Value:
        """A section's options over the defaults."""
        if name is None:
            return unknown("a section of unknown name")
        whole = self._sections(ev, made)
        defaults = mapped(whole, lambda a: _lookup(a, text_of(_DEFAULT)))
        own = mapped(whole, lambda a: _lookup(a, name))
        section = deeply_merged(defaults, own) if defaults.atoms else own
        return section if made.arguments.complete else section.opened(_CHANGED)

    def _sections(self, ev: Evaluator, made: Made) -> Value:
        """All that the parser reads, file laid over file."""
        return self._whole.get(ev, (made.path, made.span), lambda: self._laid_over(ev, made))

    def _laid_over(self, ev: Evaluator, made: Made) -> Value:
        whole: Value = known(Mapping(()))
        given = made.arguments.positional[0] if made.arguments.positional else made.arguments.keyword("defaults")
        if given is not None:
            whole = known(Mapping(((Const(_DEFAULT), _lowered(given)),)))
        for use in calls_on(ev, made, _READS):
            whole = deeply_merged(whole, self._read(ev, use))
        return whole

    def _read(self, ev: Evaluator, use: Use) -> Value:
        first = _argument(use.arguments, 0, "filenames")
        if use.method == "set" and len(use.arguments.positional) == 3:
            section, option, value = use.arguments.positional
            names = [c.value for part in (section, option) for c in part.consts()[:1]]
            if len(names) == 2:
                return known(
                    Mapping(((Const(names[0]), known(Mapping(((Const(str(names[1]).lower()), value),)))),), False)
                )
        if first is None or use.method == "set":
            return unknown("a configuration that is changed in place")
        if use.method == "read_dict":
            return mapped(first, lambda a: known(a) if isinstance(a, Mapping) else unknown("no dictionary"))
        if use.method in ("read_file", "readfp"):
            given = [a.atom for a in first.atoms if isinstance(a.atom, Made) and a.atom.arguments.positional]
            first = given[0].arguments.positional[0] if given else unknown("a file that is not known")
        read = mapped(first, lambda a: self._file_or_files(ev, use, a))
        return mapped(read, lambda a: _lowered_sections(a))

    def _file_or_files(self, ev: Evaluator, use: Use, atom: Atom) -> Value:
        if not isinstance(atom, Sequence):
            return self._files.at(ev.program, use.env.module, known(atom), Format.INI)
        whole: Value = known(Mapping(()))
        for item in atom.items:
            # A file that is not there is left out, without an error.
            found = self._files.at(ev.program, use.env.module, item, Format.INI)
            whole = deeply_merged(whole, found) if found.atoms else whole
        return whole


def _options(section: Made) -> Value:
    """The options of a section."""
    options = section.arguments.positional[0]
    return options if section.arguments.complete else options.opened(_CHANGED)


def _argument(arguments: Arguments, position: int, name: str) -> Value | None:
    return arguments.positional[position] if position < len(arguments.positional) else arguments.keyword(name)


def _lower(atom: Atom) -> Atom:
    return Const(atom.value.lower()) if isinstance(atom, Const) and isinstance(atom.value, str) else atom


def _lookup(atom: Atom, key: Value) -> Value:
    return containers.lookup(atom, key) if isinstance(atom, Mapping) else unknown("no section")


def _lowered_sections(atom: Atom) -> Value:
    """Option names are compared in lower case, section names as they are."""
    if not isinstance(atom, Mapping):
        return unknown("no sections")
    return known(Mapping(tuple((k, _lowered(v)) for k, v in atom.items), atom.complete))


def _lowered(value: Value) -> Value:
    def one(atom: Atom) -> Value:
        if not isinstance(atom, Mapping):
            return unknown("no section")
        pairs = tuple((_lower(k), v) for k, v in atom.items)
        return known(Mapping(pairs, atom.complete))

    return mapped(value, one)


def _listed(atom: Atom, method: str) -> Value:
    if not isinstance(atom, Mapping):
        return unknown("no section")
    rows = (
        known(k) if method == "options" else known(Sequence(SequenceKind.TUPLE, (known(k), v))) for k, v in atom.items
    )
    return known(Sequence(SequenceKind.LIST, tuple(rows), atom.complete))


def _filled(section: Atom, option: Value) -> Value:
    """An option's value, with `%(name)s` filled in from the same section; inline comments are no part of it."""
    found = _lookup(section, option)

    def fill(atom: Atom) -> Value:
        if not isinstance(atom, Const) or not isinstance(atom.value, str) or "%(" not in atom.value:
            return known(atom)
        if not isinstance(section, Mapping) or atom.value.count("%(") > 8:
            return known(Text((Hole("an interpolation that is not followed"),)))
        names = re.findall(r"%\(([^()]{1,80})\)s", atom.value)
        row = {name: containers.lookup(section, text_of(name.lower())) for name in names}
        table = Mapping(tuple((Const(name), value) for name, value in row.items()))
        return formatting.percent(atom, known(table))

    return mapped(found, fill)
