"""YAML through the parser's events: no recursion, no constructors, aliases shared and not expanded.

YAML 1.1 as PyYAML 6.0 resolves it (https://yaml.org/type/, https://pyyaml.org/wiki/PyYAMLDocumentation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ptmscan.documents.model import MAX_DEPTH, MAX_NODES, DocumentError, Items, Node, Opaque, Plain, Scalar, table

_CORE = "tag:yaml.org,2002:"
_MERGE = "<<"


@dataclass(slots=True)
class _Open:
    """A collection that is being read; for a table, keys and values alternate in `nodes`."""

    is_table: bool
    anchor: str | None
    tag: str | None
    line: int
    nodes: list[Node] = field(default_factory=list)


def read_yaml(text: str) -> Node | None:
    """The first document of a YAML text; None when it is empty.

    Raises:
        DocumentError: malformed, or beyond a limit.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer().compose(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise DocumentError(f"malformed YAML{where}") from error


class _Composer:
    """Builds nodes out of parsing events."""

    def __init__(self) -> None:
        from yaml.constructor import SafeConstructor
        from yaml.resolver import Resolver

        self._resolver: Any = Resolver()
        self._constructor = SafeConstructor()
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def compose(self, events: Iterator[Any]) -> Node | None:
        """The first document."""
        for event in events:
            node = self._node(event)
            if node is None:
                continue
            self._count += 1
            if self._count > MAX_NODES:
                raise DocumentError(f"more than {MAX_NODES:,} values")
            if not self._open:
                return node
            self._open[-1].nodes.append(node)
        return None

    def _node(self, event: Any) -> Node | None:
        """The node that an event completes."""
        import yaml

        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                return self._anchored(event.anchor, self._scalar(event, line))
            case yaml.AliasEvent(anchor=anchor):
                return self._anchors.get(str(anchor), Opaque("an alias of something around it", line))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                is_table = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(is_table, event.anchor, event.tag, line))
                if len(self._open) > MAX_DEPTH:
                    raise DocumentError(f"nested more than {MAX_DEPTH} deep")
                return None
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                closed = self._open.pop()
                return self._anchored(closed.anchor, _collection(closed))
            case _:
                return None

    def _anchored(self, anchor: str | None, node: Node) -> Node:
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _scalar(self, event: Any, line: int) -> Node:
        from yaml import ScalarNode, YAMLError

        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(ScalarNode, event.value, event.implicit)
        kind = tag.removeprefix(_CORE)
        if kind in ("str", "merge", "value"):
            return Scalar(event.value, line)
        if not tag.startswith(_CORE) or kind not in ("null", "bool", "int", "float"):
            return Opaque(f"a value of type {tag}", line)
        try:
            return Scalar(self._constructor.construct_object(ScalarNode(tag, event.value)), line)
        except (ValueError, YAMLError):
            return Opaque(f"no {kind}", line)


def _collection(closed: _Open) -> Node:
    if closed.tag is not None and closed.tag.removeprefix(_CORE) not in ("seq", "map", "!", "omap", "set"):
        return Opaque(f"a value of type {closed.tag}", closed.line)
    if not closed.is_table:
        return Items(tuple(closed.nodes), closed.line)
    merged: list[tuple[Plain, Node]] = []
    own: list[tuple[Plain, Node]] = []
    for key, value in zip(closed.nodes[::2], closed.nodes[1::2], strict=True):
        if isinstance(key, Scalar) and key.value == _MERGE:
            merged += _merged(value)
        elif isinstance(key, Scalar):
            own.append((key.value, _at_line_of(key, value)))
    if len(merged) > MAX_NODES:
        raise DocumentError(f"more than {MAX_NODES:,} values")
    return table([*merged, *own], closed.line)


def _at_line_of(key: Scalar, value: Node) -> Node:
    """A short value stands at the line of its key, also where it is written below it or is an alias."""
    return Scalar(value.value, key.line) if isinstance(value, Scalar) else value


def _merged(value: Node) -> list[tuple[Plain, Node]]:
    """The pairs that `<<: value` takes over, earlier tables before later ones."""
    tables = value.nodes if isinstance(value, Items) else (value,)
    return [pair for t in reversed(tables) for pair in getattr(t, "pairs", ())]
