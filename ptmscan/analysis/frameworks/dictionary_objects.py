"""Objects of the repository's classes that derive from dict: what dict's methods give of what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import objects, text_methods
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.values import Arguments, External, Instance, Value, known, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator

_READS = ("get", "items", "keys", "values", "pop", "copy")


class DictionaryObjects(Model):
    """The model of classes that derive from dict."""

    names = frozenset(f"builtins.dict.{method}" for method in _READS)

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        """What a method that reads gives."""
        content = objects.dictionary(ev, callee.receiver) if isinstance(callee.receiver, Instance) else None
        if content is None:
            return known(External(f"{callee.name}()"))
        method = callee.name.rpartition(".")[2]
        return text_methods.call_method(content, method, arguments) or unknown(f"`{method}` of a dictionary")
