"""Folders that launches write to, by the options that name them: what one launch trains, another one loads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ptmscan.analysis.frameworks.command_line import Words, is_flag
from ptmscan.analysis.values import Value

_WRITES = re.compile(r"--(?:\w+[_-])?(?:out|output|save)[_-](?:dir|path|folder)", re.IGNORECASE)


def written_folders(launches: Iterable[Words]) -> frozenset[str]:
    """What launches name as a folder to write to, and no launch that writes there passes as anything else."""
    written: set[str] = set()
    unclear: set[str] = set()
    for words in launches:
        outputs: set[str] = set()
        others: set[str] = set()
        for flag, value in _given(words):
            (outputs if _WRITES.fullmatch(flag) else others).update(value)
        written |= outputs
        unclear |= outputs & others
    return frozenset(written - unclear)


def _given(words: Words) -> Iterator[tuple[str, list[str]]]:
    """Each text of a launch behind the option before it; a positional one behind what stands before it."""
    before = ""
    for word, value in words:
        flag, joined, _ = word.partition("=")
        if not is_flag(word):
            yield before, _texts(value)
            before = ""
        elif joined:
            yield flag, [text.partition("=")[2] for text in _texts(value)]
            before = ""
        else:
            before = flag


def _texts(value: Value) -> list[str]:
    return [str(const.value) for const in value.consts()]
