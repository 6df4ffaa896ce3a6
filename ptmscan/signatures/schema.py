"""The schema of signatures.yaml: from nodes to signatures and their examples, with every mistake collected.

docs/signatures.md describes the notation; the header of signatures.yaml is its short form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from ptmscan.errors import SignatureFileError
from ptmscan.records import Component
from ptmscan.signatures.document import Mistakes, compose, mapping, suggestion, text_of, texts
from ptmscan.signatures.examples import Example, read_examples
from ptmscan.signatures.rules import INHERITED, RULE_KEYS, Nodes, RuleReader

if TYPE_CHECKING:
    from ptmscan.signatures.model import Signature

SCHEMA = 1
_LIBRARY_KEYS = (*INHERITED, "no_match")


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
class _Reader:
    mistakes: Mistakes
    signatures: list[Signature] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    components: tuple[tuple[str, Component], ...] = ()
    ids: set[str] = field(default_factory=set)

    def read(self, root: yaml.Node) -> None:
        top = mapping(root, "the file", self.mistakes, ("schema", "components", "libraries", "families"))
        if "schema" not in top:
            self.mistakes.add(root, f"`schema: {SCHEMA}` is missing")
        elif text_of(top["schema"], "schema", self.mistakes) != str(SCHEMA):
            self.mistakes.add(top["schema"], f"this ptmscan reads schema {SCHEMA}")
        if "components" in top:
            self._components(top["components"])
        for name, node in mapping(top["libraries"], "libraries", self.mistakes).items() if "libraries" in top else ():
            self._library(name, node)
        for name, node in mapping(top["families"], "families", self.mistakes).items() if "families" in top else ():
            self._family(name, node)

    def _components(self, node: yaml.Node) -> None:
        found: list[tuple[str, Component]] = []
        known = [component.value for component in Component]
        for suffix, value in mapping(node, "components", self.mistakes).items():
            text = text_of(value, "a component", self.mistakes)
            if text in known:
                found.append((suffix, Component(text)))
            elif text is not None:
                self.mistakes.add(value, f"no component {text!r}{suggestion(text, known)}")
        self.components = tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))

    def _library(self, name: str, node: yaml.Node) -> None:
        entries = mapping(node, f"library {name!r}", self.mistakes)
        shared, calls = self._split(name, entries, _LIBRARY_KEYS)
        if not calls:
            self.mistakes.add(node, f"library {name!r} has no call")
        shows = [self._rule(name, call, child, shared, None) for call, child in calls.items()]
        if "no_match" in entries:
            self._add_examples(name, entries["no_match"], frozenset(), None, matches=False)
        elif calls and not any(shows):
            self.mistakes.add(node, f"library {name!r} has no `no_match` example")

    def _family(self, name: str, node: yaml.Node) -> None:
        entries = mapping(node, f"family {name!r}", self.mistakes)
        if "libraries" not in entries:
            self.mistakes.add(node, f"family {name!r} names no `libraries`")
            return
        shared, calls = self._split(name, entries, (*_LIBRARY_KEYS, "libraries"))
        before = len(self.mistakes.found)
        for written in texts(entries["libraries"], f"a library of {name!r}", self.mistakes):
            if len(self.mistakes.found) > before:
                return  # the other libraries would only repeat the mistakes of the first
            root, _, library = (part.strip() for part in written.partition("="))
            for call, child in calls.items():
                self._rule(library or root, call, child, shared, root)
            if "no_match" in entries:
                self._add_examples(library or root, entries["no_match"], frozenset({root}), root, matches=False)

    def _split(self, name: str, entries: Nodes, known: tuple[str, ...]) -> tuple[Nodes, Nodes]:
        """The keys that hold for all calls of a library, and its calls."""
        calls = {key: node for key, node in entries.items() if key not in known and re.search(r"[.(<]", key)}
        for key in entries:
            if key not in known and key not in calls:
                self.mistakes.add(entries[key], f"{name}: neither a key nor a call: {key!r}{suggestion(key, known)}")
        return {key: node for key, node in entries.items() if key in INHERITED}, calls

    def _rule(self, library: str, call: str, node: yaml.Node, shared: Nodes, root: str | None) -> bool:
        """Read one rule; whether it shows what it does not match."""
        entries = {"match": node}
        if isinstance(node, yaml.MappingNode):
            entries = mapping(node, f"{library}: {_short(call)}", self.mistakes, RULE_KEYS)
        id_ = f"{library}/{_short(call)}"
        if "id" in entries:
            id_ = f"{library}/{text_of(entries['id'], 'id', self.mistakes)}"
        if id_ in self.ids:
            self.mistakes.add(node, f"there are two rules {id_}; give this one an `id`")
        self.ids.add(id_)
        if "match" not in entries:
            self.mistakes.add(node, f"{id_} has no `match` example")
        elif ("if" in entries or "if_any" in entries) and "no_match" not in entries:
            self.mistakes.add(node, f"{id_} has conditions and no `no_match` example")
        rule = RuleReader(id_, library, node, call, {**shared, **entries}, self.mistakes, self.components, root)
        self.signatures += rule.signatures()
        for key in ("match", "no_match"):
            if key in entries:
                self._add_examples(id_, entries[key], rule.roots(), root, matches=key == "match")
        return "no_match" in entries

    def _add_examples(
        self, rule: str, node: yaml.Node, roots: frozenset[str], root: str | None, *, matches: bool
    ) -> None:
        self.examples += read_examples(rule, node, roots, root, self.mistakes, matches=matches)


def _short(call: str) -> str:
    """The name of a rule without an `id`: its call behind the root, without wildcards, the first of alternatives."""
    name = re.sub(r"\{([^{},]*)[^{}]*\}", r"\1", call.rpartition(" -> ")[0] or call)
    name = re.sub(r"\((?!\)).*", "", name).replace("()", "").replace("[]", "")
    parts = [part.strip("<>*") for part in name.split(".")]
    return ".".join(part for part in parts[1:] if part) or parts[0]
