"""The report for people: models first, then where each is loaded and why we believe it, then what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

from ptmscan.records import Component, DiagnosticCode, ModelOutcome, Outcome, Via
from ptmscan.report.overview import VIA_WORDS, ModelGroup, Overview, Pin, Use, by_calls, hub_name, overview
from ptmscan.report.page import Line, Span, Style, show
from ptmscan.report.printable import printable
from ptmscan.report.words import count, place

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Diagnostic, Evidence, ScanResult, Suspect, UsageRecord

# Names and reasons longer than this are cut: a report is to be read.
_MAX_TEXT = 240
_MAX_STEPS = 3
_MAX_DIAGNOSTICS = 5
_MAX_SUSPECTS = 20
_MAX_PLACE = 40

_PIN_STYLES = {
    Pin.COMMIT: Style.GOOD,
    Pin.MOVABLE: Style.CAREFUL,
    Pin.MIXED: Style.CAREFUL,
    Pin.NONE: Style.CAREFUL,
    Pin.LIBRARY: Style.ASIDE,
}


def render(result: ScanResult, stream: TextIO) -> None:
    """Write the report, for a terminal or plain."""
    show(_report(result), stream)


def _report(result: ScanResult) -> Iterator[Line]:
    view = overview(result)
    yield _title(result)
    for hub, groups in groupby(view.models, key=lambda group: group.hub):
        yield from _models(_hub_name(hub), groups)
    yield from _models("Names known in part", view.in_part)
    yield from _models("Local files", view.local)
    yield from _unknown(view.unknown)
    yield from _suspects(result.suspects)
    yield from _diagnostics(view)
    yield from _summary(result, view)


# --- the parts --------------------------------------------------------------------------------------------------------


def _title(result: ScanResult) -> Line:
    commit = f" at commit {result.header.commit[:12]}" if result.header.commit else ""
    return Line((Span(_short(result.header.repository), Style.TITLE), Span(printable(commit), Style.ASIDE)))


def _heading(text: str) -> Iterator[Line]:
    yield Line()
    yield Line((Span(text, Style.HEADING),))


def _models(title: str, groups: Iterable[ModelGroup]) -> Iterator[Line]:
    for number, cluster in enumerate(by_calls(groups)):
        if not number:
            yield from _heading(title)
        for group in cluster:
            yield _model(group)
        yield from _calls(cluster)


def _model(group: ModelGroup) -> Line:
    others = [name for name in group.other_names if not group.title.endswith("/" + name)]
    names = f"  written {', '.join(_short(name) for name in others)}" if others else ""
    stranger = Span("  not in the registry" if group.uses[0].model.known is False else "", Style.CAREFUL)
    return Line((Span(_short(group.title), Style.TITLE), Span(names, Style.ASIDE), stranger), 2, _pin(group), hang=2)


def _calls(cluster: Sequence[ModelGroup]) -> Iterator[Line]:
    """The calls that load all models of a cluster, each with what there is to say about it."""
    width = _place_width(use.usage for use in cluster[0].uses)
    mixed = any(group.pin is Pin.MIXED for group in cluster)
    for uses in zip(*(group.uses for group in cluster), strict=True):
        yield _call(uses[0].usage, width)
        if details := _details(uses, mixed=mixed):
            yield Line(details, 6)


def _pin(group: ModelGroup) -> Span | None:
    if group.uses[0].model.outcome is ModelOutcome.LOCAL:
        return None
    pin = group.pin
    match pin:
        case Pin.COMMIT:
            text = "pinned to " + " and ".join(revision[:12] for revision in group.revisions)
        case Pin.MOVABLE:
            text = "on " + " and ".join(_short(revision) for revision in group.revisions)
        case Pin.LIBRARY if group.revisions:
            text = " and ".join(_short(revision) for revision in group.revisions)
        case Pin.NONE | Pin.MIXED | Pin.LIBRARY:
            text = pin.value
    return Span(text, _PIN_STYLES[pin])


def _call(usage: UsageRecord, width: int) -> Line:
    component = "" if usage.component is Component.OTHER else usage.component.value
    where = Span(f"{_place(usage):<{width}}", Style.PLACE)
    return Line((where, Span(f"  {component:<9}  "), Span(_callee(usage))), 4, hang=4)


def _details(uses: Sequence[Use], *, mixed: bool) -> tuple[Span, ...]:
    """What makes a call differ from one with its model's name written in it, as spans with separators."""
    usage = uses[0].usage
    ways = dict.fromkeys(_way(use) for use in uses if use.model.via is not Via.LITERAL)
    if len(ways) > 1:
        ways = dict.fromkeys(VIA_WORDS[use.model.via] for use in uses if use.model.via is not Via.LITERAL)
    parts = [Span(way, Style.ASIDE) for way in ways]
    if mixed:
        revisions = dict.fromkeys(use.model.revision for use in uses)
        parts += [Span(f"revision {_short(r)}" if r else "no revision", Style.ASIDE) for r in revisions]
    if not usage.exhaustive and (reason := usage.open_reason or usage.reason):
        parts.append(Span(f"other models possible: {_short(reason)}", Style.CAREFUL))
    if usage.trust_remote_code:
        parts.append(Span("runs code from the hub (trust_remote_code)", Style.BAD))
    separated = [span for part in parts for span in (Span(" · ", Style.ASIDE), part)]
    return tuple(separated[1:])


def _way(use: Use) -> str:
    chain = _chain(use.model.evidence, use.usage)
    return VIA_WORDS[use.model.via] + (f": {chain}" if chain else "")


def _unknown(usages: tuple[UsageRecord, ...]) -> Iterator[Line]:
    if not usages:
        return
    yield from _heading("Model not known")
    width = _place_width(usages)
    for usage in usages:
        yield _call(usage, width)
        if usage.reason:
            yield Line((Span(_short(usage.reason), Style.CAREFUL),), 6)


def _suspects(suspects: Sequence[Suspect]) -> Iterator[Line]:
    """Calls that may be loads though no signature says so; they count nowhere."""
    if not suspects:
        return
    yield from _heading("Known models given to calls that no signature describes")
    for suspect in suspects[:_MAX_SUSPECTS]:
        what = Span(f"  {_short(suspect.callee)}: {_short(suspect.name)}")
        yield Line((Span(_place(suspect), Style.PLACE), what), 2, hang=4)
    if len(suspects) > _MAX_SUSPECTS:
        more = f"{len(suspects) - _MAX_SUSPECTS} more; --format jsonl lists all"
        yield Line((Span(more, Style.ASIDE),), 2)


def _diagnostics(view: Overview) -> Iterator[Line]:
    if not view.diagnostics:
        return
    yield from _heading("Not read, or read in part")
    for code, found in view.diagnostics:
        for diagnostic in found[:_MAX_DIAGNOSTICS]:
            message = Span(f"  {code.value}: {_short(diagnostic.message)}")
            yield Line((Span(_place(diagnostic), Style.PLACE), message), 2, hang=4)
        if len(found) > _MAX_DIAGNOSTICS:
            more = f"{len(found) - _MAX_DIAGNOSTICS} more of {code.value}; --format jsonl lists all"
            yield Line((Span(more, Style.ASIDE),), 2)


def _summary(result: ScanResult, view: Overview) -> Iterator[Line]:
    yield from _heading("Summary")
    if result.usages:
        yield _counted(len(view.models), "model", _tally(Pin, [group.pin for group in view.models]))
        yield _counted(len(result.usages), "call", _tally(Outcome, [usage.outcome for usage in result.usages]))
    else:
        yield Line((Span("No call that loads a pre-trained model was found."),), 2)
    codes = _tally(DiagnosticCode, [diagnostic.code for diagnostic in result.diagnostics])
    yield _counted(result.header.files, "file", [f"{result.header.files_read} read", *codes])
    if risky := sum(usage.trust_remote_code is True for usage in result.usages):
        yield Line((Span(f"{_aligned(risky, 'call')}with trust_remote_code=True", Style.BAD),), hang=14)


def _counted(total: int, noun: str, parts: Iterable[str]) -> Line:
    return Line((Span(_aligned(total, noun)), Span(" · ".join(parts), Style.ASIDE)), hang=14)


def _aligned(number: int, noun: str) -> str:
    digits, _, word = count(number, noun).partition(" ")
    return f"{digits:>5} {word:<6}  "


def _tally(kinds: type[Enum], found: Iterable[Enum]) -> list[str]:
    """How many there are of each kind, in the order of the enumeration."""
    numbers = Counter(found)
    return [f"{numbers[kind]} {kind.value}" for kind in kinds if numbers[kind]]


# --- words ------------------------------------------------------------------------------------------------------------


def _short(text: str) -> str:
    return printable(text, _MAX_TEXT)


def _place(item: UsageRecord | Diagnostic | Evidence | Suspect) -> str:
    return _short(place(item))


def _place_width(usages: Iterable[UsageRecord]) -> int:
    """A common width for the places of a group; a place beyond the limit stands out by itself."""
    return max((len(where) for usage in usages if len(where := _place(usage)) <= _MAX_PLACE), default=0)


def _callee(usage: UsageRecord) -> str:
    """`Class.method` without its package, or the whole dotted name of a function."""
    *_, owner, name = ["", *usage.callee.split(".")]
    return _short(f"{owner}.{name}" if owner[:1].isupper() else usage.callee)


def _chain(steps: tuple[Evidence, ...], usage: UsageRecord) -> str:
    """Where the name comes from and passes: `config.py:3 → :8 → line 6`, with the path only where it is another one."""
    places, before = [], (usage.path, usage.cell)
    here = before
    for step in steps:
        file = (step.path, step.cell)
        if file == here and step.line == usage.line:
            continue
        places.append(f"line {step.line}" if file == here else f":{step.line}" if file == before else _place(step))
        before = file
    if len(places) > _MAX_STEPS:
        places = [places[0], "…", *places[-(_MAX_STEPS - 1) :]]
    return " → ".join(places)


def _hub_name(hub: str | None) -> str:
    return _short(hub_name(hub))
