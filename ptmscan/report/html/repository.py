"""The report of one scan: its models, where they are loaded and why we think so, risks, and what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ptmscan.policy.checks import policy_findings
from ptmscan.policy.model import Rule, Severity
from ptmscan.policy.policy import Policy
from ptmscan.policy.rules import UNKNOWN_MODEL
from ptmscan.records import ModelOutcome, Via
from ptmscan.report.html.page import capped, whole_link, write_page
from ptmscan.report.hub_links import HubLink, hub_link
from ptmscan.report.overview import VIA_WORDS, ModelGroup, Overview, Pin, Use, hub_name, overview
from ptmscan.report.remarks import Remark, remarks
from ptmscan.report.words import place

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Evidence, ScanResult, UsageRecord
    from ptmscan.report.remarks import AnyFinding

# What a page shows of one kind; it says how many more there are.
MAX_MODELS, MAX_PLACES, MAX_OTHERS = 2000, 100, 500
# Of all models together: a page of more than some megabytes is slow on a phone.
MAX_ALL_PLACES = 10_000

_GRAVEST_FIRST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_PIN_WORDS = {
    Pin.COMMIT: "commit",
    Pin.MOVABLE: "branch or tag",
    Pin.MIXED: "pinned in part",
    Pin.NONE: "not pinned",
    Pin.LIBRARY: "library version",
}


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One call that loads a model: where, how the name reaches it, and the steps of that way."""

    usage: UsageRecord
    where: str
    way: str
    steps: tuple[tuple[str, Evidence], ...]
    revision: str | None
    risky: bool


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model as a row that unfolds. `pin` is a word for the style sheet, `version` what people read."""

    title: str
    written: tuple[str, ...]
    hub: str
    link: HubLink | None
    pin: str
    version: str
    stranger: bool
    risky: bool
    open_ended: bool
    calls: int
    libraries: tuple[str, ...]
    places: Sequence[PlaceView]
    more: int


@dataclass(frozen=True, slots=True)
class RuleView:
    """What one rule of the policy found."""

    rule: Rule
    severity: Severity
    count: int
    remarks: Sequence[tuple[str, Remark]]
    more: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Calls whose model is not known for one and the same reason."""

    reason: str
    count: int
    calls: Sequence[tuple[str, UsageRecord]]
    more: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures at the top."""

    models: int
    pinned: int
    calls: int
    unknown: int
    open_ended: int
    risky: int


def render(result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
    """Write the report; without findings those of the default policy are shown, which records alone can tell."""
    view = overview(result)
    found = list(policy_findings(result.usages, Policy())) if findings is None else list(findings)
    models, more_models = capped(view.models, MAX_MODELS)
    diagnostics, more_diagnostics = capped((d for _, group in view.diagnostics for d in group), MAX_OTHERS)
    untrained, more_untrained = capped(view.untrained, MAX_OTHERS)
    suspects, more_suspects = capped(result.suspects, MAX_OTHERS)
    values = {
        "header": result.header,
        "numbers": _numbers(result, view),
        "models": _models(models),
        "more_models": more_models,
        "other_groups": [
            (title, note, _models(shown), more)
            for title, note, groups in _others(view)
            for shown, more in (capped(groups, MAX_OTHERS),)
        ],
        "hubs": sorted({hub_name(group.hub) for group in models}),
        "pins": sorted({_PIN_WORDS[group.pin] for group in models}),
        "rules": _rules(result, found),
        "policy_given": findings is not None,
        "unknown": _unknown(view.unknown),
        "untrained": [(place(usage), usage) for usage in untrained],
        "more_untrained": more_untrained,
        "diagnostics": [(place(item), item) for item in diagnostics],
        "more_diagnostics": more_diagnostics,
        "suspects": [(place(item), item) for item in suspects],
        "more_suspects": more_suspects,
    }
    write_page("repository.html.j2", "repository.js", values, stream)


def _numbers(result: ScanResult, view: Overview) -> Numbers:
    return Numbers(
        models=len(view.models),
        pinned=sum(group.pin is Pin.COMMIT for group in view.models),
        calls=len(result.usages),
        unknown=len(view.unknown),
        open_ended=sum(bool(usage.models) and not usage.exhaustive for usage in result.usages),
        risky=sum(usage.trust_remote_code is True for usage in result.usages),
    )


def _others(view: Overview) -> tuple[tuple[str, str, tuple[ModelGroup, ...]], ...]:
    groups = (
        ("Names known in part", "Braces stand for what only the running program knows.", view.in_part),
        ("Local files", "These calls read files of the machine or of the repository.", view.local),
    )
    return tuple(group for group in groups if group[2])


# --- models -----------------------------------------------------------------------------------------------------------


def _models(groups: Iterable[ModelGroup]) -> list[ModelView]:
    room, views = MAX_ALL_PLACES, []
    for group in groups:
        views.append(_model(group, min(room, MAX_PLACES)))
        room -= len(views[-1].places)
    return views


def _model(group: ModelGroup, limit: int) -> ModelView:
    reference = group.uses[0].model
    uses, more = capped(group.uses, limit)
    mixed = len({use.model.revision for use in group.uses}) > 1
    return ModelView(
        title=group.title,
        written=tuple(name for name in group.other_names if not group.title.endswith("/" + name)),
        hub=hub_name(group.hub),
        link=whole_link(hub_link(reference)),
        pin=_PIN_WORDS[group.pin],
        version=_version(group),
        stranger=reference.known is False,
        risky=any(use.usage.trust_remote_code is True for use in group.uses),
        open_ended=any(not use.usage.exhaustive for use in group.uses),
        calls=len(group.uses),
        libraries=tuple(sorted({use.usage.library for use in group.uses})),
        places=[_place(use, mixed=mixed) for use in uses],
        more=more,
    )


def _version(group: ModelGroup) -> str:
    """The version column: the revisions, else a word for their absence; nothing for files of the machine."""
    if group.uses[0].model.outcome is ModelOutcome.LOCAL:
        return ""
    if not group.revisions:
        return _PIN_WORDS[group.pin]
    commits = group.pin is Pin.COMMIT
    revisions = ", ".join(revision[:12] if commits else revision for revision in group.revisions)
    return f"{revisions} in part" if group.pin is Pin.MIXED else revisions


def _place(use: Use, *, mixed: bool) -> PlaceView:
    """The call; where other calls load other revisions of the model (`mixed`), its own."""
    usage, model = use.usage, use.model
    here = (usage.path, usage.cell, usage.line)
    steps = tuple((place(step), step) for step in model.evidence)
    if model.via is Via.LITERAL and all((step.path, step.cell, step.line) == here for step in model.evidence):
        steps = ()
    return PlaceView(
        usage=usage,
        where=place(usage),
        way=VIA_WORDS[model.via],
        steps=steps,
        revision=(model.revision or "none") if mixed else None,
        risky=usage.trust_remote_code is True,
    )


# --- risks and gaps ---------------------------------------------------------------------------------------------------


def _rules(result: ScanResult, found: Sequence[AnyFinding]) -> list[RuleView]:
    """The findings by rule, the gravest first. Loads that are not known have a part of the page for themselves."""
    told_elsewhere = (UNKNOWN_MODEL.id, Severity.NOTE)
    shown_here = [finding for finding in found if (finding.rule, finding.severity) != told_elsewhere]
    every = sorted(remarks(result, shown_here), key=lambda one: (_GRAVEST_FIRST[one.severity], one.rule.id))
    views = []
    for (severity, rule), group in groupby(every, key=lambda one: (one.severity, one.rule)):
        shown, more = capped(group, MAX_PLACES)
        views.append(RuleView(rule, severity, len(shown) + more, [(_where(one), one) for one in shown], more))
    return views


def _where(remark: Remark) -> str:
    if remark.usage is not None:
        return place(remark.usage)
    return remark.path if remark.region is None else f"{remark.path}:{remark.region.line}"


def _unknown(usages: Iterable[UsageRecord]) -> list[Unknown]:
    """Calls by the reason why their model is not known, the most frequent first."""
    by_reason: dict[str, list[UsageRecord]] = {}
    for usage in usages:
        by_reason.setdefault(usage.reason or usage.open_reason or "no reason is recorded", []).append(usage)
    views = []
    for reason, calls in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        shown, more = capped(calls, MAX_PLACES)
        views.append(Unknown(reason, len(calls), [(place(usage), usage) for usage in shown], more))
    return views
