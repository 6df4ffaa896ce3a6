"""HfArgumentParser and its like: command lines parsed into dataclasses, whose defaults are the options' defaults.

Interfaces: transformers.HfArgumentParser (4.57), trl.TrlParser, simple_parsing 0.1, tyro 0.9, draccus 0.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import operations as ops
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import (
    Arguments,
    ClassRef,
    External,
    Instance,
    Made,
    Sequence,
    SequenceKind,
    Value,
    known,
    mapped,
    unknown,
)

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Environment, Evaluator
    from ptmscan.syntax import nodes as n

PARSER = "transformers.HfArgumentParser()"
_CONSTRUCTORS = (
    "transformers.HfArgumentParser",
    "transformers.hf_argparser.HfArgumentParser",
    "trl.TrlParser",
    "trl.commands.cli_utils.TrlParser",
)
_METHODS = ("parse_args_into_dataclasses", "parse_json_file", "parse_yaml_file", "parse_dict", "parse_args_and_config")
_DIRECT = ("tyro.cli", "simple_parsing.parse", "draccus.parse")
OPEN = Arguments(complete=False)


class DataclassParsers(Model):
    """The model of parsers that fill dataclasses."""

    names = frozenset([*_CONSTRUCTORS, *_DIRECT, *(f"{PARSER}.{m}" for m in _METHODS)])

    def owns(self, made: Made) -> bool:
        """The parsers."""
        return made.name == PARSER

    def call(self, _ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """A parser, or the tuple of objects that parsing gives."""
        if callee.name in _DIRECT:
            first = arguments.positional[0] if arguments.positional else unknown("no class to parse into")
            return mapped(first, _filled)
        if not isinstance(callee.receiver, Made):
            return known(Made(PARSER, env.module.path, span, arguments))
        given = callee.receiver.arguments
        classes = given.positional[0] if given.positional else given.keyword("dataclass_types")
        if classes is None:
            return unknown("no class to parse into")
        row = ops.elements(classes)
        items = row.items or (classes,)
        return known(Sequence(SequenceKind.TUPLE, tuple(mapped(item, _filled) for item in items), True))

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """A method of the parser."""
        return known(External(f"{PARSER}.{attr}", made))

    def mapping(self, _ev: Evaluator, _made: Made, _env: Environment) -> Value:
        """Parsers are not read as dictionaries."""
        return unknown("vars of a parser")


def _filled(atom: object) -> Value:
    if isinstance(atom, ClassRef):
        return known(Instance(atom, OPEN))
    return known(External(f"{atom.name}()")) if isinstance(atom, External) else unknown("a class that is not known")
