"""Options whose value is the path of a file that sets other options: configargparse and jsonargparse.

Interfaces: ConfigArgParse 1.7 (`is_config_file`, `default_config_files`), jsonargparse 4.40 (`ActionConfigFile`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.argparse_definitions import Definitions, Option
from ptmscan.analysis.frameworks.command_line import Words, given_values
from ptmscan.analysis.frameworks.options import is_true
from ptmscan.analysis.frameworks.settings import SettingsFiles, located
from ptmscan.analysis.frameworks.trees import at
from ptmscan.analysis.values import Atom, Const, External, Mapping, Value, text_of, unknown
from ptmscan.documents import Format, format_of

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator

_ACTIONS = frozenset(["jsonargparse.ActionConfigFile", "jsonargparse.actions.ActionConfigFile"])
_FLAGS = ("is_config_file", "is_config_file_arg")


def configured(
    ev: Evaluator, files: SettingsFiles, launches: list[Words], option: Option, defined: Definitions
) -> list[Value]:
    """What files give an option that another option names: by its default, or in a launch."""
    if defined.naming_files is None:
        defined.naming_files = [o for o in defined.options if _names_a_file(o)]
    found: list[Value] = []
    for source in defined.naming_files:
        if source is option:
            continue
        paths = [source.default(), *(v for words in launches for v in given_values(words, source, defined.options))]
        found += [mapped(path, lambda a, s=source: _read(ev, files, s, option, a)) for path in paths]  # type: ignore[misc]
    return [v for v in found if v.atoms]


def _names_a_file(option: Option) -> bool:
    if any(is_true(option.keyword(flag)) for flag in _FLAGS):
        return True
    action = option.keyword("action")
    return action is not None and any(isinstance(a.atom, External) and a.atom.name in _ACTIONS for a in action.atoms)


def _read(ev: Evaluator, files: SettingsFiles, source: Option, option: Option, atom: Atom) -> Value:
    """The option's value in a file; a file of unknown format has lines of `name = value` or `name: value`."""
    if atom == Const(None):
        return unknown("no configuration file")
    paths = located(ev.program, source.env.module, atom)
    trees = [files.of_file(ev.program, path, _format(path)) for path in paths]
    values = [_named(tree, option) for tree in trees]
    return join(values) if values else unknown("a configuration file that is not in the repository")


def _format(path: str) -> Format:
    return format_of(path) or Format.ENV


def _named(tree: Value, option: Option) -> Value:
    names = [option.dest, *(flag.lstrip("-") for flag in option.flags)]
    spelled = dict.fromkeys(name for n in names for name in (n, n.replace("_", "-")))
    found = [_value(tree, name) for name in spelled]
    kept = [v for v in found if v.atoms]
    return join(kept) if kept else unknown(f"`{option.dest}` is not set in it")


def _value(tree: Value, name: str) -> Value:
    direct = mapped(
        tree, lambda a: containers.lookup(a, text_of(name)) if isinstance(a, Mapping) else unknown("no table")
    )
    if direct.atoms or "." not in name:
        return direct if direct.atoms else _in_sections(tree, name)
    return at(tree, name)


def _in_sections(tree: Value, name: str) -> Value:
    """INI files hold their options in sections, whose names mean nothing here."""

    def one(atom: Atom) -> Value:
        sections = [v for _, v in atom.items] if isinstance(atom, Mapping) else []
        rows = [a.atom for v in sections for a in v.atoms if isinstance(a.atom, Mapping)]
        values = [containers.lookup(row, text_of(name)) for row in rows]
        return join(v for v in values if v.atoms)

    return mapped(tree, one)
