"""A signature in its compiled form: what the matcher needs to decide whether a call loads a model, and which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptmscan.records import Component, Json


class GateTest(StrEnum):
    """When an argument's value lets the call load weights."""

    TRUE = "true"  # a true value loads
    SET = "set"  # any value but None and False loads
    UNSET = "unset"  # only None and False load
    IS = "is"  # only one of `values` loads
    NOT = "not"  # any value but `values` loads
    LIKE = "like"  # only text that one of `values` matches as a glob loads
    UNLIKE = "unlike"  # any value loads but text that one of `values` matches as a glob


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """An argument of a call: its position from 0 without self (None: keyword only) and its names, newest first."""

    position: int | None
    keywords: tuple[str, ...]
    keys: tuple[str, ...] = ()  # the value stands under these keys of a dictionary argument: {"model": {"name": …}}


@dataclass(frozen=True, slots=True)
class Gate:
    """A call loads only if the argument passes `test`; `default` is what an omitted argument means.

    With a `table` the default depends on the model: `signatures.names.gate_default(table, written)` gives it, None when
    nobody knows (a torch.hub entry point of an unknown repository): then whether the call loads is open.
    """

    argument: ArgumentSpec
    test: GateTest
    values: tuple[Json, ...] = ()
    default: Json = None
    table: str | None = None


class ModelSource(StrEnum):
    """Where the model's name comes from."""

    ARGUMENT = "argument"  # an argument of the call
    CALLABLE = "callable"  # the name that the pattern captures; arguments in `model` follow it as further parts
    IMPLICIT = "implicit"  # the call always loads the same model: `default.name`


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """The model when the argument is omitted: `name` for all, or what a table says.

    The table is asked for the value of another argument, or for `key` where the model depends on the release alone.
    """

    name: str | None = None
    by: ArgumentSpec | None = None
    table: str | None = None  # `signatures.names.default_model(table, key)` gives (name, revision) or None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """One rule. `pattern` is a dotted name: `*` one part, `**` any number (also none), `<name>` a captured part.

    A part may also be a glob (`PeftModelFor*`). Several captures are joined with a dot. `names` bounds a single
    captured part (None: any). A method pattern holds for every class that derives from a class of the package. The
    result of a call is written `()` in a name: `diffusers.**().load_lora_weights` is that method on any object that a
    diffusers call gave.

    `model` holds the arguments that name the model, in the order in which `signatures.names.identify` takes their
    values. Only the first must be known; of the others, one that the call omits is passed as "" and one that is not
    known as "?".
    """

    id: str
    library: str
    pattern: str
    names: frozenset[str] | None
    source: ModelSource
    model: tuple[ArgumentSpec, ...]  # two for torch.hub (repository, entry) and open_clip (name, pretrained)
    name_rule: str  # a key of signatures.names.RULES
    component: Component
    component_by_class: tuple[tuple[str, Component], ...] = ()  # suffix of the class name → component, longest first
    gates: tuple[Gate, ...] = ()  # all must pass
    any_gates: tuple[Gate, ...] = ()  # one must pass (when there are any)
    default: DefaultModel | None = None
    revision: tuple[ArgumentSpec, ...] = ()  # the first that is given holds
    trust: tuple[ArgumentSpec, ...] = ()  # the first that is given holds
    parameters: tuple[str, ...] = ()  # positional parameter names in order where known, for `arguments` of the record
    hub: str | None = None
    versions: str | None = None  # PEP 440 specifier of the library
    further: tuple[ArgumentSpec, ...] = ()  # arguments that each name one more model: the decoder beside the encoder
    distributions: tuple[str, ...] = ()  # PyPI names whose requirement decides `versions`
