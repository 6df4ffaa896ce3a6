"""The rules that need no baseline: each looks at one usage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ptmscan.policy.identity import model_label
from ptmscan.policy.model import Finding, Rule
from ptmscan.policy.policy import Policy
from ptmscan.policy.rules import (
    DENIED_MODEL,
    NOT_ALLOWED_MODEL,
    OPEN_MODEL,
    REMOTE_CODE,
    UNKNOWN_MODEL,
    UNPINNED_MODEL,
    UNPINNED_SOURCE,
)
from ptmscan.records import ModelOutcome, ModelReference, Outcome, UsageRecord

# A full commit hash, as git and the hubs write it.
_COMMIT = re.compile(r"[0-9a-fA-F]{40}")

Check = Callable[[UsageRecord, Policy], Iterator[str]]


def policy_findings(usages: Iterable[UsageRecord], policy: Policy) -> Iterator[Finding]:
    """What the rules of a policy find in usages, in their order. Untrained networks are passed over."""
    active = [(rule, check, severity) for rule, check in CHECKS if (severity := policy.severity(rule)) is not None]
    for usage in usages:
        if usage.outcome is Outcome.UNTRAINED:
            continue
        for rule, check, severity in active:
            yield from (Finding(rule.id, severity, message, usage) for message in check(usage, policy))


def is_commit(revision: str | None) -> bool:
    """Whether a revision is the full hash of a commit, 40 hexadecimal digits, and so cannot be moved."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def _distant(usage: UsageRecord) -> list[ModelReference]:
    return [model for model in usage.models if model.outcome is not ModelOutcome.LOCAL]


def _unpinned(usage: UsageRecord, _: Policy) -> Iterator[str]:
    for model in _distant(usage):
        if model.hub == "huggingface" and not is_commit(model.revision):
            at = f"revision {model.revision} is no full commit hash" if model.revision else "no revision"
            yield f"{model_label(model)} is not pinned: {at}"


def _denied(usage: UsageRecord, policy: Policy) -> Iterator[str]:
    for model in _distant(usage):
        pattern = next((p for p in policy.deny if p.matches(model)), None)
        if pattern is not None:
            yield f"{model_label(model)} is denied by {pattern.text!r}"


def _not_allowed(usage: UsageRecord, policy: Policy) -> Iterator[str]:
    for model in _distant(usage) if policy.allow else ():
        if not any(pattern.matches(model) for pattern in policy.allow):
            yield f"{model_label(model)} is not among the allowed models"


def _remote_code(usage: UsageRecord, _: Policy) -> Iterator[str]:
    if usage.trust_remote_code and usage.outcome is not Outcome.LOCAL:
        labels = ", ".join(model_label(model) for model in _distant(usage))
        yield f"code of {labels or 'an unknown model'} is run (trust_remote_code=True)"


def _unpinned_source(usage: UsageRecord, _: Policy) -> Iterator[str]:
    for model in _distant(usage):
        if model.hub == "pytorch-hub" and not is_commit(model.revision):
            at = f"{model.revision} is no full commit hash" if model.revision else "its default branch"
            yield f"torch.hub runs code of {model_label(model)}: {at}"


def _unknown(usage: UsageRecord, _: Policy) -> Iterator[str]:
    if usage.outcome is Outcome.DYNAMIC:
        yield f"the model is not known: {usage.reason or usage.open_reason or 'no reason'}"


def _open(usage: UsageRecord, _: Policy) -> Iterator[str]:
    if usage.models and not usage.exhaustive:
        label = model_label(usage.models[0])
        yield f"other models than {label} are possible: {usage.open_reason or usage.reason or 'no reason'}"


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (UNPINNED_MODEL, _unpinned),
    (DENIED_MODEL, _denied),
    (NOT_ALLOWED_MODEL, _not_allowed),
    (REMOTE_CODE, _remote_code),
    (UNPINNED_SOURCE, _unpinned_source),
    (UNKNOWN_MODEL, _unknown),
    (OPEN_MODEL, _open),
)
