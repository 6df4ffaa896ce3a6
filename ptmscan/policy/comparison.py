"""Usages against a baseline: what is new, what is re-pinned, and what of the baseline is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ptmscan.policy.baseline import Baseline, Entry
from ptmscan.policy.identity import Pinned, dependencies, pinned_models
from ptmscan.policy.model import Finding, Rule
from ptmscan.policy.policy import Policy
from ptmscan.policy.rules import NEW_MODEL, NEW_USE, REPINNED_MODEL
from ptmscan.records import UsageRecord


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings of the baseline's rules, and the entries that no usage of the scanned files has any more."""

    findings: tuple[Finding, ...]
    gone: tuple[Entry, ...]


def compare(
    usages: Iterable[UsageRecord], baseline: Baseline, policy: Policy, is_scanned: Callable[[str], bool]
) -> Comparison:
    """Compare the usages of a scan with what is accepted.

    A model is new when no entry lists it; where it is loaded is of no account, so code may move between files. A load
    whose model is not known is its entry's own: by fingerprint, or by signature and scope of one that is gone.
    `is_scanned` tells whether a path of the baseline was scanned, or would have been if it existed.
    """
    found = tuple(dependencies(usages))
    present = {usage.fingerprint for usage in found}
    gone = tuple(e for e in baseline.entries if e.fingerprint not in present and is_scanned(e.path))
    judge = _Judge(baseline, gone)
    findings = []
    for usage in found:
        for rule, message in judge.complaints(usage):
            severity = policy.severity(rule)
            if severity is not None:
                findings.append(Finding(rule.id, severity, message, usage))
    return Comparison(tuple(findings), gone)


class _Judge:
    """The accepted models, looked up in every way that is needed."""

    def __init__(self, baseline: Baseline, gone: Sequence[Entry]) -> None:
        self._entries = {entry.fingerprint: entry for entry in baseline.entries}
        self._pins = {pin for entry in baseline.entries for pin in entry.models}
        self._revisions: dict[str, set[str]] = {}
        for pin in self._pins:
            self._revisions.setdefault(pin.model, set()).add(pin.revision)
        self._moved = Counter((entry.signature, entry.scope) for entry in gone if not entry.models)

    def complaints(self, usage: UsageRecord) -> Iterator[tuple[Rule, str]]:
        entry = self._entries.get(usage.fingerprint)
        models = pinned_models(usage)
        if not models and entry is None and not self._has_moved(usage):
            yield NEW_MODEL, "new load of a model that is not known"
        unlisted = [pin for pin in models if pin not in self._pins]
        yield from (self._unlisted(pin) for pin in unlisted)
        changed = () if entry is None or unlisted else [pin for pin in models if self._is_changed(pin, entry)]
        yield from (self._unlisted(pin) for pin in changed)
        if entry is None and models and not unlisted:
            yield NEW_USE, f"new use of {models[0].model}"

    def _unlisted(self, pin: Pinned) -> tuple[Rule, str]:
        before = self._revisions.get(pin.model)
        if before is None:
            return NEW_MODEL, f"new model {pin.model}{f' at {pin.revision}' if pin.revision else ''}"
        accepted = " or ".join(revision or "no revision" for revision in sorted(before))
        return REPINNED_MODEL, f"{pin.model} at {pin.revision or 'no revision'}; the baseline lists it at {accepted}"

    @staticmethod
    def _is_changed(pin: Pinned, entry: Entry) -> bool:
        """Whether this very usage was accepted with another revision, be that one listed for other usages or not."""
        return pin not in entry.models and any(pin.model == listed.model for listed in entry.models)

    def _has_moved(self, usage: UsageRecord) -> bool:
        key = (usage.signature, usage.scope)
        self._moved[key] -= 1
        return self._moved[key] >= 0
