"""Reading YAML with line numbers: nodes instead of objects, every mistake collected, no anchors, no bombs."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_BYTES = 4_000_000
MAX_DEPTH = 20

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Mistakes:
    """Every mistake of one file, as ``file:line: text``."""

    file: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, node: yaml.Node | int, text: str) -> None:
        """Note a mistake at a node or a 1-based line."""
        self.found.append((node if isinstance(node, int) else line(node), text))

    def lines(self) -> tuple[str, ...]:
        """All mistakes in the order of their lines."""
        return tuple(f"{self.file}:{number}: {text}" for number, text in sorted(self.found))


def line(node: yaml.Node) -> int:
    """The 1-based line where a node begins."""
    return int(node.start_mark.line) + 1


def compose(text: str, mistakes: Mistakes) -> yaml.Node | None:
    """The root node of a YAML text; None, with the mistake noted, when it is too large, too deep or no YAML."""
    if len(text) > MAX_BYTES:
        mistakes.add(1, f"larger than {MAX_BYTES // 1_000_000} MB")
        return None
    try:
        if not _is_plain(text, mistakes):
            return None
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        mistakes.add(mark.line + 1 if mark else 1, f"no YAML: {error.problem or error.context}")
        return None
    except yaml.YAMLError as error:
        mistakes.add(1, f"no YAML: {error}")
        return None
    if root is None:
        mistakes.add(1, "the file is empty")
    return root


def _is_plain(text: str, mistakes: Mistakes) -> bool:
    """Look at the events alone, without recursion, before nodes are built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            mistakes.add(_line(event), "aliases (`*name`) are not allowed")
            return False
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mistakes.add(_line(event), f"nested deeper than {MAX_DEPTH} levels")
            return False
    return True


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def suggestion(word: str, known: Collection[str]) -> str:
    """``; did you mean 'x'?`` or nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def mapping(
    node: yaml.Node, what: str, mistakes: Mistakes, known: Collection[str] | None = None
) -> dict[str, yaml.Node]:
    """The entries of a mapping node by key. Duplicate keys, keys that are no text, and unknown keys are mistakes."""
    found: dict[str, yaml.Node] = {}
    if not isinstance(node, yaml.MappingNode):
        mistakes.add(node, f"{what} must be a mapping")
        return found
    lines: dict[str, int] = {}
    for key, value in node.value:
        name = text_of(key, f"a key of {what}", mistakes)
        if name is None:
            continue
        if name in found:
            mistakes.add(key, f"{what}: {name!r} stands here a second time, first on line {lines[name]}")
        elif known is not None and name not in known:
            mistakes.add(key, f"{what}: unknown key {name!r}{suggestion(name, known)}")
        else:
            found[name], lines[name] = value, line(key)
    return found


def text_of(node: yaml.Node, what: str, mistakes: Mistakes) -> str | None:
    """The text of a scalar node, as written; None, with the mistake noted, for anything else."""
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        mistakes.add(node, f"{what} must be text")
        return None
    return str(node.value)


def texts(node: yaml.Node, what: str, mistakes: Mistakes) -> tuple[str, ...]:
    """The texts of a list node; a scalar counts as a list of one."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(text for item in nodes if (text := text_of(item, what, mistakes)) is not None)
