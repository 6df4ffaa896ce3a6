"""The baseline: the usages that a repository has accepted, one a line of a JSON file that people review.

Each record's line begins with its comma, so adding or removing one changes that line and no other, and git's union
merge of two baselines is a baseline again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ptmscan.errors import PtmscanError
from ptmscan.policy.identity import Pinned, dependencies, pinned_models
from ptmscan.records import UsageRecord

BASELINE_FILE = ".ptmscan-baseline.json"
VERSION = 1
MAX_BYTES = 50_000_000

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class BaselineError(PtmscanError):
    """A baseline file is none. The text says where and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted usage. `accepts` are the ids of the policy's rules that are accepted for it as well."""

    path: str
    scope: str
    signature: str
    models: tuple[Pinned, ...]
    fingerprint: str
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted usages in the order of the file."""

    entries: tuple[Entry, ...] = ()

    def accepted(self) -> frozenset[tuple[str, str]]:
        """(fingerprint, rule id) of everything of the policy that is accepted."""
        return frozenset((entry.fingerprint, rule) for entry in self.entries for rule in entry.accepts)


def entry_of(usage: UsageRecord, accepts: Iterable[str] = ()) -> Entry:
    """The entry that accepts a usage, and findings of these rules about it."""
    return Entry(
        usage.path,
        usage.scope,
        usage.signature,
        pinned_models(usage),
        usage.fingerprint,
        tuple(sorted(set(accepts))),
    )


def baseline_of(usages: Iterable[UsageRecord], accepted: Iterable[tuple[str, str]] = ()) -> Baseline:
    """The baseline that accepts all of these usages; `accepted` holds (fingerprint, rule id) of the policy."""
    rules: dict[str, list[str]] = {}
    for fingerprint, rule in accepted:
        rules.setdefault(fingerprint, []).append(rule)
    entries = [entry_of(usage, rules.get(usage.fingerprint, ())) for usage in dependencies(usages)]
    return Baseline(tuple(sorted(entries, key=lambda e: (e.path, e.scope, e.signature, e.models, e.fingerprint))))


# --- the file ---------------------------------------------------------------------------------------------------------


def format_baseline(baseline: Baseline) -> str:
    """The text of the file: ASCII, whatever the names hold."""
    lines = [f'[{{"ptmscan-baseline": {VERSION}}}']
    lines += [f",{json.dumps(_entry_json(entry))}" for entry in baseline.entries]
    return "\n".join([*lines, "]\n"])


def parse_baseline(text: str, where: str) -> Baseline:
    """The baseline in a text; order and repetition are of no account, as a merge may leave them.

    Raises:
        BaselineError: it is no baseline, holds merge conflicts, or is of a later version; the message begins with
            `where`.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_MARKERS):
            raise BaselineError(f"{where}:{number}: merge conflict; resolve it, or keep one side and update the file")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{where}: not JSON: {error}") from error
    header = document[0] if isinstance(document, list) and document else None
    version = header.get("ptmscan-baseline") if isinstance(header, dict) else None
    if version is None:
        raise BaselineError(f"{where}: not a baseline of ptmscan")
    if version != VERSION:
        raise BaselineError(f"{where}: version {version!r}, and this ptmscan reads version {VERSION}")
    try:
        return Baseline(tuple(dict.fromkeys(_entry(item) for item in document[1:])))
    except (KeyError, TypeError, AttributeError) as error:
        raise BaselineError(f"{where}: an entry is incomplete or of a wrong type ({error})") from error


def _entry_json(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": entry.path,
        "scope": entry.scope,
        "signature": entry.signature,
        "models": [{"model": m.model} | ({"revision": m.revision} if m.revision else {}) for m in entry.models],
    }
    if entry.accepts:
        found["accepts"] = list(entry.accepts)
    return found | {"fingerprint": entry.fingerprint}


def _entry(item: dict[str, Any]) -> Entry:
    models = tuple(Pinned(_text(m["model"]), _text(m.get("revision", ""))) for m in item["models"])
    return Entry(
        _text(item["path"]),
        _text(item["scope"]),
        _text(item["signature"]),
        models,
        _text(item["fingerprint"]),
        tuple(_text(rule) for rule in item.get("accepts", ())),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
