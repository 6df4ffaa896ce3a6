"""What all models of libraries share: the answers of one that knows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis.values import Arguments, Atom, External, Instance, Made, Setting, Value, known, unknown

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module
    from ptmscan.syntax import nodes as n


class Model:
    """A model of a library; see `ptmscan.analysis.evaluator.Framework` for what each answer means."""

    names: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()

    def owns(self, made: Made) -> bool:
        """The external objects that the model names."""
        return made.name in self.objects

    def call(self, _ev: Evaluator, callee: External, _arguments: Arguments, _env: Environment, _span: n.Span) -> Value:
        """A result that is not looked into."""
        return known(External(f"{callee.name}()"))

    def attribute(self, _ev: Evaluator, made: Made, attr: str, _env: Environment) -> Value:
        """A method of the object."""
        return known(External(f"{made.name}.{attr}", made if made.path else None))

    def item(self, _ev: Evaluator, made: Made, _key: Value, _env: Environment, _span: n.Span) -> Value:
        """No items."""
        return unknown(f"an item of `{made.name}`")

    def mapping(self, _ev: Evaluator, made: Made, _env: Environment) -> Value:
        """No attributes of its own."""
        return unknown(f"vars of `{made.name}`")

    def content(self, _ev: Evaluator, made: Made, _env: Environment) -> Value:
        """No mapping."""
        return unknown(f"`{made.name}` is no mapping")

    def calls(
        self, _ev: Evaluator, _callee: External, _arguments: Arguments, _env: Environment
    ) -> tuple[tuple[Atom, Arguments], ...]:
        """It calls nothing for its caller."""
        return ()

    def field(self, _ev: Evaluator, _instance: Instance, _attr: str) -> Value | None:
        """It sets no fields."""
        return None

    def taken(self, _ev: Evaluator, _instance: Instance, _attr: str, given: Value | None) -> Value | None:
        """It leaves fields as they are given."""
        return given

    def parameter(self, _ev: Evaluator, _module: Module, _scope: Scope, _parameter: n.Parameter) -> Setting | None:
        """It calls no function."""
        return None
