"""The schema of signatures.yaml: from nodes to signatures and their examples, with every mistake collected.

docs/signatures.md describes the notation; the header of signatures.yaml is its short form.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import yaml

from ptmscan.errors import SignatureFileError
from ptmscan.records import Component
from ptmscan.signatures import notation, pattern, tables
from ptmscan.signatures.document import Mistakes, compose, line, mapping, suggestion, text_of, texts
from ptmscan.signatures.model import DefaultModel, Gate, ModelSource, Signature
from ptmscan.signatures.names import GATE_TABLES, RULES, TASK_TABLES, Hub

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = 1
BY_CLASS = "by class"
ROOT = "ROOT"

_INHERITED = ("component", "hub", "identity", "package", "revision", "trust", "versions")
_RULE_KEYS = (
    "call",
    "also",
    "where",
    "model",
    "further",
    "always",
    "default",
    "if",
    "if_any",
    "match",
    "no_match",
    *_INHERITED,
)
_LIBRARY_KEYS = ("rules", *_RULE_KEYS)
_SPECIFIER = re.compile(r"\s*(?:==|!=|<=|>=|<|>|~=)\s*[\w.*+!]+\s*")

Nodes = dict[str, yaml.Node]
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Example:
    """A snippet that a rule must find (`models`: names or ids it loads; None: any) or must not report as a load."""

    rule: str
    line: int
    code: str
    matches: bool
    models: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What one signature file holds, in its order."""

    signatures: tuple[Signature, ...]
    examples: tuple[Example, ...]


def read_document(file: str, text: str) -> Document:
    """Read a whole signature file.

    Raises:
        SignatureFileError: holding every mistake of the file, each as ``file:line: text``.
    """
    mistakes = Mistakes(file)
    root = compose(text, mistakes)
    reader = _Reader(mistakes)
    if root is not None:
        reader.read(root)
    if mistakes.found:
        raise SignatureFileError(mistakes.lines())
    return Document(tuple(reader.signatures), tuple(reader.examples))


@dataclass(slots=True)
class _Rule:
    """One rule while it is read."""

    id: str
    library: str
    node: yaml.Node
    nodes: Nodes
    parameters: tuple[notation.Parameter, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    mistakes: Mistakes
    signatures: list[Signature] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    components: tuple[tuple[str, Component], ...] = ()

    def read(self, root: yaml.Node) -> None:
        top = mapping(root, "the file", self.mistakes, ("schema", "components", "libraries", "families"))
        self._schema(root, top)
        if "components" in top:
            pairs = mapping(top["components"], "components", self.mistakes)
            found = [(suffix, c) for suffix, node in pairs.items() if (c := self._enum(Component, node, "a component"))]
            self.components = tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))
        if "libraries" in top:
            for name, node in mapping(top["libraries"], "libraries", self.mistakes).items():
                self._library(name, node)
        if "families" in top:
            for name, node in mapping(top["families"], "families", self.mistakes).items():
                self._family(name, node)

    def _schema(self, root: yaml.Node, top: Nodes) -> None:
        if "schema" not in top:
            self.mistakes.add(root, f"`schema: {SCHEMA}` is missing")
        elif text_of(top["schema"], "schema", self.mistakes) != str(SCHEMA):
            self.mistakes.add(top["schema"], f"this ptmscan reads schema {SCHEMA}")

    def _library(self, name: str, node: yaml.Node) -> None:
        nodes = mapping(node, f"library {name!r}", self.mistakes, _LIBRARY_KEYS)
        shared = {key: value for key, value in nodes.items() if key in _INHERITED}
        own = {key: value for key, value in nodes.items() if key not in (*_INHERITED, "rules")}
        rules: list[tuple[str, yaml.Node, Nodes]] = []
        if "rules" in nodes:
            for rule, child in mapping(nodes["rules"], f"the rules of {name!r}", self.mistakes).items():
                rules.append((rule, child, mapping(child, f"rule {name}/{rule}", self.mistakes, _RULE_KEYS)))
        if own:
            rules.append((name, node, own))
        if not rules:
            self.mistakes.add(node, f"library {name!r} has no rule")
        for rule, child, entries in rules:
            self._rule(_Rule(f"{name}/{rule}", name, child, {**shared, **entries}))
        if rules and not any("no_match" in entries for _, _, entries in rules):
            self.mistakes.add(node, f"library {name!r} has no `no_match` example")

    def _family(self, name: str, node: yaml.Node) -> None:
        nodes = mapping(node, f"family {name!r}", self.mistakes, ("libraries", *_RULE_KEYS))
        if "libraries" not in nodes:
            self.mistakes.add(node, f"family {name!r} names no `libraries`")
            return
        entries = {key: value for key, value in nodes.items() if key != "libraries"}
        if "no_match" not in entries:
            self.mistakes.add(node, f"family {name!r} has no `no_match` example")
        for library in texts(nodes["libraries"], f"a library of {name!r}", self.mistakes):
            root, _, known_as = library.partition("=")
            self._rule(_Rule(f"{known_as or root}/{name}", known_as or root, node, entries), root)

    def _rule(self, rule: _Rule, root: str = ROOT) -> None:
        """Read one rule; `root` stands for ROOT in its calls and examples."""
        if "call" not in rule.nodes:
            self.mistakes.add(rule.node, f"{rule.id} has no `call`")
            return
        self._calls(rule, root)
        self._examples(rule, root)
        where = self._where(rule)
        models, source = self._model(rule)
        component, by_class = self._component(rule)
        base = Signature(
            id=rule.id,
            library=rule.library,
            pattern="",
            names=where,
            source=source,
            model=tuple(parameter.argument for parameter in models),
            name_rule=self._identity(rule),
            component=component,
            component_by_class=by_class,
            gates=self._gates(rule, "if"),
            any_gates=self._gates(rule, "if_any"),
            default=self._default(rule, models),
            revision=self._words(rule, "revision"),
            trust=self._words(rule, "trust"),
            parameters=tuple(p.name for p in rule.parameters if p.argument.position is not None),
            hub=self._hub(rule),
            versions=self._versions(rule),
            further=tuple(p.argument for p in self._parameters(rule, "further")),
            distributions=self._words(rule, "package") or (rule.library,),
        )
        self.signatures += [replace(base, pattern=text) for text in rule.patterns]

    def _calls(self, rule: _Rule, root: str) -> None:
        text = text_of(rule.nodes["call"], f"{rule.id}: call", self.mistakes)
        parsed = self._try(rule.nodes["call"], rule.id, lambda: notation.parse_call((text or "").replace(ROOT, root)))
        written = [] if parsed is None else [parsed[0]]
        rule.parameters = () if parsed is None else parsed[1]
        if "also" in rule.nodes:
            written += [other.replace(ROOT, root) for other in self._listed(rule, "also")]
        found: list[str] = []
        for other in written:
            expanded = self._try(rule.nodes["call"], rule.id, lambda other=other: pattern.expand(other)) or ()  # type: ignore[misc]
            found += expanded
        for one in found:
            if problem := pattern.check(one):
                self.mistakes.add(rule.nodes["call"], f"{rule.id}: {problem}")
        if len(found) != len(set(found)):
            self.mistakes.add(rule.nodes["call"], f"{rule.id}: a pattern is written twice")
        rule.patterns = tuple(found)

    def _where(self, rule: _Rule) -> frozenset[str] | None:
        if "where" not in rule.nodes:
            return None
        node = rule.nodes["where"]
        text = text_of(node, f"{rule.id}: where", self.mistakes) or ""
        name, word, right = text.partition(" in ")
        if not word or any(name not in pattern.captures(one) for one in rule.patterns):
            self.mistakes.add(
                node, f"{rule.id}: `where` must say `NAME in TABLE` or `NAME in a, b` of a captured <NAME>"
            )
            return None
        if "(" in right or right.strip() in tables.names():
            return self._try(node, rule.id, lambda: notation.names_of_table(right))
        return frozenset(word.strip() for word in right.split(","))

    def _model(self, rule: _Rule) -> tuple[tuple[notation.Parameter, ...], ModelSource]:
        if "always" in rule.nodes:
            if "model" in rule.nodes:
                self.mistakes.add(rule.nodes["always"], f"{rule.id}: `always` and `model` exclude each other")
            return (), ModelSource.IMPLICIT
        if "model" not in rule.nodes:
            self.mistakes.add(rule.node, f"{rule.id} says neither `model` nor `always`")
            return (), ModelSource.ARGUMENT
        words = self._listed(rule, "model")
        captured = [f"<{name}>" for name in pattern.captures(rule.patterns[0])] if rule.patterns else []
        source = ModelSource.ARGUMENT
        if words and words[0].startswith("<"):
            source = ModelSource.CALLABLE
            if words[0] not in captured:
                self.mistakes.add(rule.nodes["model"], f"{rule.id}: {words[0]} does not stand in the call")
            words = words[1:]
        return self._parameters(rule, "model", words), source

    def _default(self, rule: _Rule, models: tuple[notation.Parameter, ...]) -> DefaultModel | None:
        if "always" in rule.nodes:
            return DefaultModel(text_of(rule.nodes["always"], f"{rule.id}: always", self.mistakes))
        if "default" in rule.nodes:
            node = rule.nodes["default"]
            table, _, by = (text_of(node, f"{rule.id}: default", self.mistakes) or "").partition(" by ")
            if table not in TASK_TABLES:
                hint = suggestion(table, TASK_TABLES)
                self.mistakes.add(node, f"{rule.id}: `default` must say `TABLE by PARAMETER`{hint}")
                return None
            parameter = self._parameter(rule, node, by)
            return DefaultModel(by=parameter.argument if parameter else None, table=table)
        if models and isinstance(models[0].default, str):
            return DefaultModel(models[0].default)
        return None

    def _gates(self, rule: _Rule, key: str) -> tuple[Gate, ...]:
        found: list[Gate] = []
        for text in texts(rule.nodes[key], f"{rule.id}: {key}", self.mistakes) if key in rule.nodes else ():
            text, _, table = text.partition(" by default of ")
            if table and table not in GATE_TABLES:
                hint = suggestion(table, GATE_TABLES)
                self.mistakes.add(rule.nodes[key], f"{rule.id}: no table of defaults {table!r}{hint}")
            condition = self._try(rule.nodes[key], rule.id, lambda text=text: notation.parse_condition(text))  # type: ignore[misc]
            parameter = condition and self._parameter(rule, rule.nodes[key], condition.name)
            if condition and parameter:
                values = (condition.test, condition.values, parameter.default, table or None)
                found.append(Gate(parameter.argument, *values))
        return tuple(found)

    def _parameters(self, rule: _Rule, key: str, words: list[str] | None = None) -> tuple[notation.Parameter, ...]:
        """The parameters named under a key; ``config.model`` is what stands under "model" in the dictionary `config`."""
        found: list[notation.Parameter] = []
        for word in (self._listed(rule, key) if key in rule.nodes else []) if words is None else words:
            name, *keys = word.split(".")
            if parameter := self._parameter(rule, rule.nodes[key], name):
                argument = replace(parameter.argument, keys=tuple(keys))
                found.append(replace(parameter, argument=argument))
        return tuple(found)

    def _parameter(self, rule: _Rule, node: yaml.Node, name: str) -> notation.Parameter | None:
        for parameter in rule.parameters:
            if name in parameter.argument.keywords:
                return parameter
        known = [keyword for parameter in rule.parameters for keyword in parameter.argument.keywords]
        self.mistakes.add(node, f"{rule.id}: the call has no parameter {name!r}{suggestion(name, known)}")
        return None

    def _component(self, rule: _Rule) -> tuple[Component, tuple[tuple[str, Component], ...]]:
        if "component" not in rule.nodes:
            return Component.MODEL, ()
        node = rule.nodes["component"]
        if isinstance(node, yaml.ScalarNode) and node.value == BY_CLASS:
            return Component.MODEL, self.components
        return self._enum(Component, node, f"{rule.id}: component") or Component.MODEL, ()

    def _hub(self, rule: _Rule) -> str | None:
        return self._enum(Hub, rule.nodes["hub"], f"{rule.id}: hub") if "hub" in rule.nodes else None

    def _versions(self, rule: _Rule) -> str | None:
        if "versions" not in rule.nodes:
            return None
        text = text_of(rule.nodes["versions"], f"{rule.id}: versions", self.mistakes)
        if text is not None and not all(_SPECIFIER.fullmatch(one) for one in text.split(",")):
            self.mistakes.add(rule.nodes["versions"], f"{rule.id}: {text!r} is no version range such as `>=0.13,<2`")
        return text

    def _examples(self, rule: _Rule, root: str) -> None:
        if "match" not in rule.nodes:
            self.mistakes.add(rule.node, f"{rule.id} has no `match` example")
        elif ("if" in rule.nodes or "if_any" in rule.nodes) and "no_match" not in rule.nodes:
            self.mistakes.add(rule.node, f"{rule.id} has conditions and no `no_match` example")
        for key in ("match", "no_match"):
            if key in rule.nodes:
                node = rule.nodes[key]
                for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
                    self._example(rule, item, root, matches=key == "match")

    def _example(self, rule: _Rule, node: yaml.Node, root: str, *, matches: bool) -> None:
        models: tuple[str, ...] | None = None
        code: str | None
        if isinstance(node, yaml.MappingNode) and matches and len(node.value) == 1:
            key, value = node.value[0]
            code = text_of(key, f"{rule.id}: an example", self.mistakes)
            models = texts(value, f"{rule.id}: a model of an example", self.mistakes)
        else:
            code = text_of(node, f"{rule.id}: an example (code, or `code: model` under `match`)", self.mistakes)
        if code is None:
            return
        code = _with_imports(code.replace(ROOT, root), rule.patterns)
        try:
            ast.parse(code)
        except SyntaxError as error:
            self.mistakes.add(node, f"{rule.id}: the example is no Python: {error.msg}")
        self.examples.append(Example(rule.id, line(node), code, matches, models))

    def _listed(self, rule: _Rule, key: str) -> list[str]:
        """The texts under `key`, a scalar split at commas outside braces."""
        found: list[str] = []
        for text in texts(rule.nodes[key], f"{rule.id}: {key}", self.mistakes):
            found += [piece.strip() for piece in re.split(r",(?![^{}]*\})", text)]
        return found

    def _words(self, rule: _Rule, key: str) -> tuple[str, ...]:
        return tuple(self._listed(rule, key)) if key in rule.nodes else ()

    def _identity(self, rule: _Rule) -> str:
        """The name rule: a word, `own`, `table NAME` or `table NAME or hf`."""
        if "identity" not in rule.nodes:
            return "hf"
        node = rule.nodes["identity"]
        text = text_of(node, f"{rule.id}: identity", self.mistakes) or "hf"
        if text == "own":
            return f"own:{rule.library}"
        table = re.fullmatch(r"table (\w+)( or hf)?", text)
        if table is None:
            if text not in RULES:
                self.mistakes.add(node, f"{rule.id}: no identity {text!r}{suggestion(text, RULES)}")
            return text
        if table[1] not in tables.names() or tables.columns(table[1])[:3] != ("name", "id", "hub"):
            self.mistakes.add(node, f"{rule.id}: no table of ids {table[1]!r}{suggestion(table[1], tables.names())}")
        return f"table or hf:{table[1]}" if table[2] else f"table:{table[1]}"

    def _enum(self, enum: type[E], node: yaml.Node, what: str) -> E | None:
        text = text_of(node, what, self.mistakes)
        if text is None:
            return None
        try:
            return enum(text)
        except ValueError:
            self.mistakes.add(node, f"{what}: no {text!r}{suggestion(text, [member.value for member in enum])}")
            return None

    def _try(self, node: yaml.Node, rule: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            self.mistakes.add(node, f"{rule}: {error}")
            return None


def _with_imports(code: str, patterns: tuple[str, ...]) -> str:
    """An example without an import gets one import a dotted root of its rule's patterns."""
    if re.search(r"\bimport\b", code):
        return code
    modules = {root for one in patterns if re.search(rf"\b{re.escape(root := one.partition('.')[0])}\b", code)}
    captured = re.match(r"\w+", code)
    if not modules and captured:
        modules = {captured[0]}
    return "".join(f"import {module}\n" for module in sorted(modules)) + code
