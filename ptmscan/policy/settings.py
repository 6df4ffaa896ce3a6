"""The policy as a configuration file writes it: values as TOML gives them in, a Policy and every mistake out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ptmscan.policy.model import Severity
from ptmscan.policy.patterns import ModelPattern, parse_pattern
from ptmscan.policy.policy import Level, PathException, Policy
from ptmscan.policy.rules import find_rule, unknown_rule

POLICY_KEYS = ("fail-on", "allow", "deny", "rules", "per-path-ignores")
MAX_PATTERNS = 10_000

_Item = TypeVar("_Item")


def policy_from(table: Mapping[str, object], mistakes: list[str]) -> Policy:
    """The policy of a table of settings; keys that are not of the policy are left to others."""
    levels = _mapping("rules", table, mistakes, _level)
    paths = _mapping("per-path-ignores", table, mistakes, _exception)
    return Policy(
        allow=_patterns("allow", table, mistakes),
        deny=_patterns("deny", table, mistakes),
        levels=tuple(sorted(levels)),
        exceptions=tuple(paths),
        fail_on=parse_severity("fail-on", table.get("fail-on", Policy().fail_on.value), mistakes),
    )


def parse_severity(key: str, value: object, mistakes: list[str]) -> Severity:
    """error, warning or note; error where it is none of these, which is a mistake."""
    return Severity(_word(key, value, [str(severity) for severity in Severity], mistakes) or Severity.ERROR)


def _mapping(
    key: str,
    table: Mapping[str, object],
    mistakes: list[str],
    read: Callable[[str, object, list[str]], list[_Item]],
) -> list[_Item]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        mistakes.append(f"{key} must be a table")
        return []
    return [item for word, content in value.items() for item in read(word, content, mistakes)]


def _level(word: str, value: object, mistakes: list[str]) -> list[tuple[str, Level]]:
    rule = find_rule(word)
    if rule is None:
        mistakes.append(f"rules: {unknown_rule(word)}")
    level = _word(f"rules: {word}", value, [str(level) for level in Level], mistakes)
    return [(rule.id, Level(level))] if rule and level else []


def _exception(pattern: str, value: object, mistakes: list[str]) -> list[PathException]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        mistakes.append(f"per-path-ignores: {pattern!r} must be a list of rules")
        return []
    found = [find_rule(word) for word in value]
    mistakes += [f"per-path-ignores: {unknown_rule(w)}" for w, rule in zip(value, found, strict=True) if rule is None]
    return [PathException(pattern, frozenset(rule.id for rule in found if rule is not None))]


def _patterns(key: str, table: Mapping[str, object], mistakes: list[str]) -> tuple[ModelPattern, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        mistakes.append(f"{key} must be a list of strings")
        return ()
    if len(value) > MAX_PATTERNS:
        mistakes.append(f"{key}: more than {MAX_PATTERNS:,} patterns")
        return ()
    found = []
    for text in value:
        try:
            found.append(parse_pattern(text))
        except ValueError as error:
            mistakes.append(f"{key}: {error}")
    return tuple(found)


def _word(key: str, value: object, words: list[str], mistakes: list[str]) -> str | None:
    if isinstance(value, str) and value in words:
        return value
    from difflib import get_close_matches

    close = get_close_matches(value, words, n=1) if isinstance(value, str) else []
    hint = f", did you mean {close[0]!r}?" if close else ""
    mistakes.append(f"{key} must be one of {', '.join(words)}{hint}")
    return None
