"""One rule of signatures.yaml: from its call and its keys to signatures."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import yaml

from ptmscan.records import Component
from ptmscan.signatures import notation, pattern, tables
from ptmscan.signatures.document import Mistakes, mapping, suggestion, text_of, texts
from ptmscan.signatures.model import ArgumentSpec, DefaultModel, Gate, ModelSource, Signature
from ptmscan.signatures.names import GATE_TABLES, HUBS, RELEASE_TABLE, RULES, TASK_TABLES, Hub

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "ROOT"
INHERITED = ("component", "hub", "identity", "package", "revision", "trust", "versions")
RULE_KEYS = (
    *("id", "also", "where", "model", "further", "always", "default", "if", "if_any", "match", "no_match"),
    *INHERITED,
)
# Parameters of these names pin a version, or let code of the model's author run, wherever a call lists them.
_REVISIONS = ("revision", "code_revision", "tokenizer_revision", "custom_revision", "model_revision", "model_version")
_TRUST = ("trust_remote_code", "trust_repo")
_SPECIFIER = re.compile(r"\s*(?:==|!=|<=|>=|<|>|~=)\s*[\w.*+!]+\s*")

Nodes = dict[str, yaml.Node]
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


@dataclass(slots=True)
class RuleReader:
    """Reads one rule; `nodes` are its keys with those of its library below them, `root` stands for ROOT in a family."""

    id: str
    library: str
    node: yaml.Node
    call: str
    nodes: Nodes
    mistakes: Mistakes
    components: tuple[tuple[str, Component], ...]
    root: str | None = None
    parameters: tuple[notation.Parameter, ...] = ()
    patterns: tuple[str, ...] = ()
    given_component: Component | None = None
    given_identity: str | None = None

    def signatures(self) -> list[Signature]:
        """One signature a pattern, and for defaults by captured name one a name."""
        self._read_calls()
        models, source = self._model()
        base = Signature(
            id=self.id,
            library=self.library,
            pattern="",
            names=self._where(),
            source=source,
            model=tuple(parameter.argument for parameter in models),
            name_rule=self._identity(),
            component=Component.MODEL,
            gates=self._gates("if"),
            any_gates=self._gates("if_any"),
            default=self._default(models),
            revision=self._named("revision", _REVISIONS),
            trust=self._named("trust", _TRUST),
            parameters=tuple(p.name for i, p in enumerate(self.parameters) if p.argument.position == i),
            versions=self._versions(),
            further=tuple(p.argument for p in self._parameters("further")),
            distributions=self._words("package") or (self.library,),
        )
        base = replace(base, hub=self._hub(base.name_rule))
        named = [one for text in self.patterns for one in self._by_name(replace(base, pattern=text))]
        return [self._with_component(signature) for signature in named]

    def roots(self) -> frozenset[str]:
        """The import roots of all patterns."""
        return frozenset(one.partition(".")[0] for one in self.patterns)

    # --- the call ----------------------------------------------------------------------------------------------------

    def _read_calls(self) -> None:
        call, self.given_component, self.given_identity = notation.parse_kind(self.call)
        parsed = self._try(self.node, lambda: notation.parse_call(self._rooted(call)))
        written = [] if parsed is None else [parsed[0]]
        self.parameters = () if parsed is None else parsed[1]
        written += [self._rooted(other) for other in self._words("also")]
        found: list[str] = []
        for other in written:
            found += self._try(self.node, lambda other=other: pattern.expand(other)) or ()  # type: ignore[misc]
        for one in found:
            if problem := pattern.check(one):
                self.mistakes.add(self.node, f"{self.id}: {problem}")
        for twice in sorted({one for one in found if found.count(one) > 1}):
            self.mistakes.add(self.node, f"{self.id}: {twice} is written twice")
        self.patterns = tuple(found)

    def _rooted(self, text: str) -> str:
        return text if self.root is None else text.replace(ROOT, self.root)

    def _captures(self) -> tuple[str, ...]:
        return pattern.captures(self.patterns[0]) if self.patterns else ()

    def _where(self) -> frozenset[str] | None:
        if "where" not in self.nodes:
            return None
        node = self.nodes["where"]
        name, word, right = (text_of(node, f"{self.id}: where", self.mistakes) or "").partition(" in ")
        if not word or any(name not in pattern.captures(one) for one in self.patterns):
            self.mistakes.add(
                node, f"{self.id}: `where` must say `NAME in TABLE` or `NAME in a, b` of a captured <NAME>"
            )
            return None
        found: set[str] = set()
        for item in (item.strip() for item in right.split(",")):
            is_table = "(" in item or item in tables.names()
            read = self._try(node, lambda item=item: notation.names_of_table(item)) if is_table else {item}  # type: ignore[misc]
            found |= read or set()
        return frozenset(found)

    # --- which model -------------------------------------------------------------------------------------------------

    def _model(self) -> tuple[tuple[notation.Parameter, ...], ModelSource]:
        if "always" in self.nodes:
            if "model" in self.nodes:
                self.mistakes.add(self.nodes["always"], f"{self.id}: `always` and `model` exclude each other")
            return (), ModelSource.IMPLICIT
        captured = [f"<{name}>" for name in self._captures()]
        marked = [parameter.name for parameter in self.parameters if parameter.marked]
        own_name = captured[:1] if not isinstance(self.nodes.get("default"), yaml.MappingNode) else []
        words = list(self._words("model")) or own_name + marked or [p.name for p in self.parameters[:1]]
        if not words and self.patterns:
            self.mistakes.add(self.node, f"{self.id}: nothing in the call names a model; say `always: MODEL`")
        if words and words[0].startswith("<"):
            if words[0] not in captured:
                self.mistakes.add(self.nodes["model"], f"{self.id}: {words[0]} does not stand in the call")
            return self._parameters("model", words[1:]), ModelSource.CALLABLE
        return self._parameters("model", words), ModelSource.ARGUMENT

    def _default(self, models: tuple[notation.Parameter, ...]) -> DefaultModel | None:
        if "always" in self.nodes:
            return DefaultModel(text_of(self.nodes["always"], f"{self.id}: always", self.mistakes))
        node = self.nodes.get("default")
        if isinstance(node, yaml.ScalarNode) and node.value == RELEASE_TABLE:
            return self._of_release(node, self.patterns[0].split(".")[:-3:-1] if self.patterns else [])
        if isinstance(node, yaml.ScalarNode):
            table, _, by = str(node.value).partition(" by ")
            if table not in TASK_TABLES:
                hint = suggestion(table, (*TASK_TABLES, RELEASE_TABLE))
                self.mistakes.add(node, f"{self.id}: `default` must say `TABLE by PARAMETER` or {RELEASE_TABLE}{hint}")
                return None
            parameter = self._parameter(node, by)
            return DefaultModel(by=parameter.argument if parameter else None, table=table)
        if node is None and models and isinstance(models[0].default, str):
            return DefaultModel(models[0].default)
        return None

    def _by_name(self, signature: Signature) -> list[Signature]:
        """``default: {ClassA: model, ClassB: model}`` makes one signature of each name, in the place of the capture."""
        node = self.nodes.get("default")
        if node is None or isinstance(node, yaml.ScalarNode):
            return [signature]
        captures = pattern.captures(signature.pattern)
        if len(captures) != 1 or "where" in self.nodes:
            self.mistakes.add(node, f"{self.id}: defaults by name need one captured <NAME> and no `where`")
            return [signature]
        found: list[Signature] = []
        for name, value in mapping(node, f"the defaults of {self.id}", self.mistakes).items():
            text = text_of(value, f"{self.id}: the default of {name}", self.mistakes)
            named = signature.pattern.replace(f"<{captures[0]}>", name)
            default = self._of_release(value, [name]) if text == RELEASE_TABLE else DefaultModel(text)
            found.append(replace(signature, pattern=named, default=None if text == "-" else default))
        return found

    def _of_release(self, node: yaml.Node, names: list[str]) -> DefaultModel:
        """The default of a callable that the table of defaults by release has under one of some names."""
        known = [f"{self.library}:{name}" for name in names]
        key = next((one for one in known if one in tables.first_column(RELEASE_TABLE)), None)
        if key is None:
            self.mistakes.add(node, f"{self.id}: {RELEASE_TABLE} has no row {' or '.join(known)}")
        return DefaultModel(table=RELEASE_TABLE, key=key)

    # --- when it loads -----------------------------------------------------------------------------------------------

    def _gates(self, key: str) -> tuple[Gate, ...]:
        found: list[Gate] = []
        for text in texts(self.nodes[key], f"{self.id}: {key}", self.mistakes) if key in self.nodes else ():
            text, _, table = text.partition(" by default of ")
            if table and table not in GATE_TABLES:
                hint = suggestion(table, GATE_TABLES)
                self.mistakes.add(self.nodes[key], f"{self.id}: no table of defaults {table!r}{hint}")
            condition = self._try(self.nodes[key], lambda text=text: notation.parse_condition(text))  # type: ignore[misc]
            parameter = condition and self._parameter(self.nodes[key], condition.name)
            if condition and parameter:
                values = (condition.test, condition.values, parameter.default, table or None)
                found.append(Gate(parameter.argument, *values))
        return tuple(found)

    # --- what it is --------------------------------------------------------------------------------------------------

    def _identity(self) -> str:
        """The name rule: a word, `own`, `table NAME`, `table NAME or hf` or `under ORG`."""
        node = self.nodes.get("identity", self.node)
        text = self.given_identity
        if text is None and "identity" in self.nodes:
            text = text_of(node, f"{self.id}: identity", self.mistakes)
        if text is None:
            return "hf"
        if text in ("own", "own file"):
            return f"{text}:{self.library}"
        if organisation := re.fullmatch(r"under ([\w.-]+)", text):
            return f"under:{organisation[1]}"
        table = re.fullmatch(r"table (\w+)( or hf)?", text)
        if table is None:
            if text not in RULES:
                hint = suggestion(text, RULES) or suggestion(text.partition(" ")[0], [c.value for c in Component])
                self.mistakes.add(node, f"{self.id}: no identity {text!r}{hint}")
            return text
        if table[1] not in tables.names() or tables.columns(table[1])[:3] != ("name", "id", "hub"):
            self.mistakes.add(node, f"{self.id}: no table of ids {table[1]!r}{suggestion(table[1], tables.names())}")
        return f"table or hf:{table[1]}" if table[2] else f"table:{table[1]}"

    def _with_component(self, signature: Signature) -> Signature:
        """The component that the rule or its library says, else by the end of the callable's or its class's name."""
        given = self.given_component
        if given is None and "component" in self.nodes:
            given = self._enum(Component, self.nodes["component"], "component")
        last = signature.pattern.rpartition(".")[2]
        by_name = [component for suffix, component in self.components if last.endswith(suffix)]
        if given is not None or by_name:
            return replace(signature, component=given or by_name[0])
        return replace(signature, component_by_class=self.components)

    def _hub(self, name_rule: str) -> str | None:
        if "hub" in self.nodes:
            return self._enum(Hub, self.nodes["hub"], "hub")
        return HUBS.get(name_rule.partition(":")[0])

    def _versions(self) -> str | None:
        if "versions" not in self.nodes:
            return None
        text = text_of(self.nodes["versions"], f"{self.id}: versions", self.mistakes)
        if text is not None and not all(_SPECIFIER.fullmatch(one) for one in text.split(",")):
            self.mistakes.add(self.nodes["versions"], f"{self.id}: {text!r} is no version range such as `>=0.13,<2`")
        return text

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _parameters(self, key: str, words: list[str] | None = None) -> tuple[notation.Parameter, ...]:
        """The parameters named under a key; ``config.model`` stands under "model" in the dictionary `config`."""
        found: list[notation.Parameter] = []
        for word in self._words(key) if words is None else words:
            name, *keys = word.split(".")
            if parameter := self._parameter(self.nodes.get(key, self.node), name):
                found.append(replace(parameter, argument=replace(parameter.argument, keys=tuple(keys))))
        return tuple(found)

    def _parameter(self, node: yaml.Node, name: str) -> notation.Parameter | None:
        for parameter in self.parameters:
            if name in parameter.argument.keywords:
                return parameter
        known = [keyword for parameter in self.parameters for keyword in parameter.argument.keywords]
        self.mistakes.add(node, f"{self.id}: the call has no parameter {name!r}{suggestion(name, known)}")
        return None

    def _named(self, key: str, usual: tuple[str, ...]) -> tuple[ArgumentSpec, ...]:
        """The parameters that a key names, listed in the call or not; without the key those of the usual names."""
        listed = {name: parameter.argument for parameter in self.parameters for name in parameter.argument.keywords}
        names = self._words(key) or tuple(name for name in usual if name in listed)
        return tuple(ArgumentSpec(listed[name].position if name in listed else None, (name,)) for name in names)

    def _words(self, key: str) -> tuple[str, ...]:
        """The texts under a key, each split at commas outside braces."""
        if key not in self.nodes:
            return ()
        found = texts(self.nodes[key], f"{self.id}: {key}", self.mistakes)
        return tuple(piece.strip() for text in found for piece in re.split(r",(?![^{}]*\})", text))

    def _enum(self, enum: type[E], node: yaml.Node, key: str) -> E | None:
        text = text_of(node, f"{self.id}: {key}", self.mistakes)
        if text is None:
            return None
        try:
            return enum(text)
        except ValueError:
            hint = suggestion(text, [member.value for member in enum])
            self.mistakes.add(node, f"{self.id}: {key}: no {text!r}{hint}")
            return None

    def _try(self, node: yaml.Node, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            self.mistakes.add(node, f"{self.id}: {error}")
            return None
