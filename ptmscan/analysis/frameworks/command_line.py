"""The words of a command line against the options that a parser defines."""

from __future__ import annotations

from collections.abc import Sequence as Row
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ptmscan.analysis import containers
from ptmscan.analysis.frameworks.trees import behind_equals
from ptmscan.analysis.values import Const, Sequence, SequenceKind, Value, known

# The words behind a program's name, each as it is written and as a value with its place.
Words: TypeAlias = tuple[tuple[str, Value], ...]


class Option(Protocol):
    """What is needed of an option to find it in a command line."""

    @property
    def dest(self) -> str:
        """The name it is stored under."""

    @property
    def flags(self) -> tuple[str, ...]:
        """Its names, with their dashes; a name without is a positional argument's."""

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""

    @property
    def takes_many(self) -> bool:
        """Whether it takes several words as its value."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An option that takes one value, or none."""

    dest: str
    flags: tuple[str, ...]
    is_switch: bool = False
    takes_many: bool = False


def spelled(dest: str) -> tuple[str, ...]:
    """The usual flags of a name: with underscores and with dashes."""
    return tuple(dict.fromkeys([f"--{dest}", f"--{dest.replace('_', '-')}"]))


def known_words(value: Value) -> Words | None:
    """The items of a list of constant texts, each with its value; None when not all are known."""
    row = containers.elements(value)
    found: list[tuple[str, Value]] = []
    for item in row.items:
        single = item.single()
        if not isinstance(single, Const):
            return None
        found.append((str(single.value), item))
    return tuple(found) if row.complete and value.closed else None


def given_values(words: Words, option: Option, others: Row[Option], *, whole: bool = False) -> list[Value]:
    """The values that a command line gives an option: the last one wins, a list is one value.

    `whole`: only whole names of options count, not the beginning of one.
    """
    if not option.flags[0].startswith("-"):
        return _positional(words, option, others)
    found: list[Value] = []
    for i, (word, value) in enumerate(words):
        flag, joined, _ = word.partition("=")
        if flag not in option.flags and (whole or not _names(flag, option, others)):
            continue
        if option.is_switch:
            found.append(value)
        elif joined:
            found.append(behind_equals(value))
        else:
            rest = _until_flag(words[i + 1 :])
            if option.takes_many:
                found.append(known(Sequence(SequenceKind.LIST, tuple(v for _, v in rest))))
            elif rest:
                found.append(rest[0][1])
    return found[-1:]


def _names(flag: str, option: Option, others: Row[Option]) -> bool:
    """Whether a word is one of the option's names, or the beginning of one and of no other option's."""
    if flag in option.flags:
        return True
    begins = flag.startswith("--") and len(flag) > 3 and any(name.startswith(flag) for name in option.flags)
    if not begins or any(flag in o.flags for o in others):
        return False
    hits = {o.dest for o in others for name in o.flags if name.startswith(flag)}
    return hits == {option.dest}


def _until_flag(words: Words) -> Words:
    for i, (word, _) in enumerate(words):
        if is_flag(word):
            return words[:i]
    return words


def is_flag(word: str) -> bool:
    """Whether a word is an option's name, not a value: a dash, but no negative number."""
    return len(word) > 1 and word.startswith("-") and not word[1].isdigit() and word[1] != "."


def has_known_options(words: Words) -> bool:
    """Whether it is known which options a command line has: what is not known stands behind one, or at the end."""
    behind = ("", *(word for word, _ in words))
    return all(value.closed or is_flag(behind[i]) for i, (_, value) in enumerate(words[:-1]))


def _positional(words: Words, option: Option, others: Row[Option]) -> list[Value]:
    """The value of a positional argument: the words that no option takes, in the order of the definitions."""
    positionals = [o for o in others if not o.flags[0].startswith("-")]
    left: list[Value] = []
    i = 0
    while i < len(words):
        word, value = words[i]
        if is_flag(word):
            owner = next((o for o in others if _names(word.partition("=")[0], o, others)), None)
            taken = 0 if "=" in word or owner is None or owner.is_switch else 1
            if owner is not None and owner.takes_many:
                taken = len(_until_flag(words[i + 1 :]))
            i += 1 + taken
            continue
        left.append(value)
        i += 1
    position = next((k for k, o in enumerate(positionals) if o is option), 0)
    if option.takes_many:
        return [known(Sequence(SequenceKind.LIST, tuple(left[position:])))] if left[position:] else []
    return left[position : position + 1]
