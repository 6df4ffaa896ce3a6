"""A signature in its compiled form: what the matcher needs to decide whether a call loads a model, and which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptmscan.records import Component, Json


class GateTest(StrEnum):
    """When an argument's value lets the call load weights."""

    TRUE = "true"  # a true value loads
    SET = "set"  # any value but None and False loads
    IS = "is"  # only one of `values` loads
    NOT = "not"  # any value but `values` loads


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """Where an argument stands in a call: `position` from 0 without self/cls (None: keyword only) and its names, newest first."""

    position: int | None
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """A call loads only if the argument passes `test`; `default` is what an omitted argument means."""

    argument: ArgumentSpec
    test: GateTest
    values: tuple[Json, ...] = ()
    default: Json = None


class ModelSource(StrEnum):
    """Where the model's name comes from."""

    ARGUMENT = "argument"  # an argument of the call
    CALLABLE = "callable"  # the callable's own last name, or the name its pattern captures as <name>
    IMPLICIT = "implicit"  # the call always loads the same model: `default`


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """The model when the argument is omitted: `name` for all, or by the value of another argument through a table."""

    name: str | None = None
    by: ArgumentSpec | None = None
    table: str | None = None  # key → (name, revision), see signatures.tables


@dataclass(frozen=True, slots=True)
class Signature:
    """One rule. `pattern` is a dotted name: `*` one part, `**` any number (also none), `<name>` a captured part.

    `names` bounds the captured part (None: any). `method_of_subclass`: the pattern's last part is a method that a class
    deriving from a class of the package inherits. A result of a call is written `()` in a name: `diffusers.**().load_lora_weights`.
    """

    id: str
    library: str
    pattern: str
    names: frozenset[str] | None
    source: ModelSource
    model: tuple[ArgumentSpec, ...]  # two for torch.hub (repository, entry) and open_clip (name, pretrained)
    name_rule: str  # a key of signatures.names.RULES
    component: Component
    component_by_class: tuple[tuple[str, Component], ...] = ()  # suffix of the class name → component
    gates: tuple[Gate, ...] = ()  # all must pass
    any_gates: tuple[Gate, ...] = ()  # one must pass (when there are any)
    default: DefaultModel | None = None
    revision: tuple[str, ...] = ()  # keyword names
    trust: tuple[str, ...] = ()  # keyword names
    parameters: tuple[str, ...] = ()  # positional parameter names in order where known, for `arguments` of the record
    hub: str | None = None
    versions: str | None = None  # PEP 440 specifier of the library
