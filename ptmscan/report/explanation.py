"""Tells for the calls of one line what they load and the chain of evidence for it, one step a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ptmscan.records import ModelOutcome, Outcome
from ptmscan.report.overview import VIA_WORDS, hub_name
from ptmscan.report.page import Line, Span, Style, show
from ptmscan.report.printable import printable
from ptmscan.report.words import place

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.explanation import ExplainedCall, Explanation
    from ptmscan.records import LibraryRelease, ModelReference, UsageRecord

_MAX_TEXT = 240

_VERDICTS = {
    Outcome.RESOLVED: ("loads", Style.GOOD),
    Outcome.PARTIAL: ("loads, and not all is known", Style.CAREFUL),
    Outcome.DYNAMIC: ("loads a model that is not known", Style.CAREFUL),
    Outcome.LOCAL: ("loads local files", Style.PLAIN),
    Outcome.UNTRAINED: ("loads no trained weights", Style.PLAIN),
}
_MODEL_WORDS = {
    ModelOutcome.RESOLVED: "",
    ModelOutcome.PARTIAL: " (known in part)",
    ModelOutcome.LOCAL: " (local)",
}


def render_explanation(explanation: Explanation, stream: TextIO) -> None:
    """Write the explanation, for a terminal or plain."""
    show(_lines(explanation), stream)


def _lines(explanation: Explanation) -> Iterator[Line]:
    for number, call in enumerate(explanation.calls):
        if number:
            yield Line()
        yield _head(call)
        if not call.usages:
            yield _entry("verdict", "no load that a signature describes")
            if call.reason:
                yield _entry("because", _short(call.reason))
        for usage in call.usages:
            yield from _usage(usage)


def _head(call: ExplainedCall) -> Line:
    cell = "" if call.cell is None else f"{call.cell}:"
    where = f"{_short(call.path)}:{cell}{call.line}:{call.column}"
    return Line((Span(where, Style.PLACE), Span(f"  {_short(call.text)}", Style.TITLE)), hang=4)


def _usage(usage: UsageRecord) -> Iterator[Line]:
    words, style = _VERDICTS[usage.outcome]
    yield _entry("verdict", words, style)
    yield _entry("signature", f"{usage.signature} ({usage.component} of {_short(usage.library)})")
    if usage.callee != usage.resolved_to:
        yield _entry("called as", f"{_short(usage.callee)}, which is {_short(usage.resolved_to)}")
    else:
        yield _entry("called as", _short(usage.callee))
    for model in usage.models:
        yield from _model(model)
    if usage.release:
        yield from _release(usage.release)
    if usage.reason:
        yield _entry("because", _short(usage.reason), Style.CAREFUL)
    if usage.open_reason and usage.open_reason != usage.reason:
        yield _entry("open", f"other models are possible: {_short(usage.open_reason)}", Style.CAREFUL)
    if usage.trust_remote_code:
        yield _entry("risk", "runs code from the hub (trust_remote_code)", Style.BAD)
    yield _entry("confidence", f"{usage.confidence:.2f}, confirmed by {usage.confirmed_by}", Style.ASIDE)


def _model(model: ModelReference) -> Iterator[Line]:
    yield _entry("model", f"{_short(model.id or model.name)}{_MODEL_WORDS[model.outcome]}", Style.TITLE)
    facts = [f"written {_short(model.name)}"] if model.id not in (None, model.name) else []
    if model.outcome is not ModelOutcome.LOCAL:
        facts.append(f"hub: {_short(hub_name(model.hub))}")
        facts.append(f"revision {_short(model.revision)}" if model.revision else "no revision")
    yield _entry("", ", ".join([*facts, VIA_WORDS[model.via]]), Style.ASIDE)
    width = max((len(place(step)) for step in model.evidence), default=0)
    names = max((len(step.step) for step in model.evidence), default=0)
    for step in model.evidence:
        where = Span(f"{_short(place(step)):<{min(width, 40)}}", Style.PLACE)
        yield Line((where, Span(f"  {_short(step.step):<{min(names, 20)}}  {_short(step.text)}")), _INDENT, hang=4)


def _release(release: LibraryRelease) -> Iterator[Line]:
    asked = (
        f"{_short(release.requirement)}, asked for in {_short(str(release.path))}:{release.line}"
        if (release.requirement)
        else "the newest: the repository asks for none"
    )
    yield _entry("release", f"{release.distribution}: {asked}")
    for other in release.alternatives:
        revision = f" at {_short(other.revision)}" if other.revision else ""
        yield _entry(
            "", f"{_short(other.versions)} loads {_short(other.id or other.name or 'no model')}{revision}", Style.ASIDE
        )


_INDENT = 14


def _entry(label: str, text: str, style: Style = Style.PLAIN) -> Line:
    return Line((Span(f"{label:<12}", Style.ASIDE), Span(text, style)), 2, hang=12)


def _short(text: str) -> str:
    return printable(text, _MAX_TEXT)
