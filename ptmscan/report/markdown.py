"""Markdown for issues, pull requests and job summaries (GitHub's dialect): tables that hostile names cannot leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ptmscan.records import ModelOutcome, Outcome, Via
from ptmscan.report.overview import HUB_NAMES, VIA_WORDS, ModelGroup, Overview, Pin, Use, overview
from ptmscan.report.printable import printable
from ptmscan.report.words import count, place

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Diagnostic, ScanResult, UsageRecord

_MAX_TEXT = 240
_MAX_PLACES = 10
_MAX_DIAGNOSTICS = 50
# A job summary of GitHub Actions holds no more bytes of one step
# (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits).
MAX_BYTES = 1024 * 1024

_HUGGING_FACE_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}", re.ASCII)
_CUT = "\n**The report is cut here: a job summary holds 1 MiB. `ptmscan scan --format jsonl` lists all.**\n"
# What cannot end a code span, a table cell or a line; anything else is written as HTML with entities.
_PLAIN = re.compile(r"[^`|\\<>&]+")
_SPECIAL = re.compile(r"[^A-Za-z0-9 ,/-]")


def render(result: ScanResult, stream: TextIO) -> None:
    """Write the report as Markdown; what is beyond the size of a job summary is left out, and the report says so."""
    room = MAX_BYTES - len(_CUT.encode())
    for line in _report(result):
        room -= len(line.encode()) + 1
        if room < 0:
            stream.write(_CUT)
            break
        stream.write(line + "\n")


def _report(result: ScanResult) -> Iterator[str]:
    view = overview(result)
    commit = f" at {_code(result.header.commit[:12])}" if result.header.commit else ""
    yield f"## Pre-trained models in {_code(result.header.repository)}{commit}"
    yield ""
    yield _summary(result, view)
    yield from _models("Models", view.models)
    yield from _models("Names known in part", view.in_part)
    yield from _models("Local files", view.local)
    yield from _table("Model not known", ("Loaded at", "Call", "Reason"), map(_unknown_row, view.unknown))
    found = [diagnostic for _, group in view.diagnostics for diagnostic in group]
    rows = [_diagnostic_row(diagnostic) for diagnostic in found[:_MAX_DIAGNOSTICS]]
    yield from _table("Not read, or read in part", ("Place", "Code", "Message"), rows)
    if len(found) > _MAX_DIAGNOSTICS:
        yield f"\nand {len(found) - _MAX_DIAGNOSTICS} more."


def _summary(result: ScanResult, view: Overview) -> str:
    pinned = sum(group.pin is Pin.COMMIT for group in view.models)
    risky = sum(usage.trust_remote_code is True for usage in result.usages)
    untrained = sum(usage.outcome is Outcome.UNTRAINED for usage in result.usages)
    models, calls = count(len(view.models), "model"), count(len(result.usages), "call")
    parts = [
        f"**{models}** ({pinned} pinned to a commit) in {calls}",
        f"{count(len(view.unknown), 'call')} whose model is not known" if view.unknown else "",
        f"{count(untrained, 'call')} without trained weights" if untrained else "",
        f"**{count(risky, 'call')} with `trust_remote_code=True`**" if risky else "",
        f"{result.header.files_read} of {count(result.header.files, 'file')} read",
    ]
    return "; ".join(part for part in parts if part) + "."


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield from ("", f"### {title}", "", f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns), *lines)


def _models(title: str, groups: Sequence[ModelGroup]) -> Iterator[str]:
    yield from _table(title, ("Model", "Hub", "Version", "Loaded at", "How"), map(_model_row, groups))


def _model_row(group: ModelGroup) -> tuple[str, ...]:
    places = [_code(place(use.usage)) for use in group.uses]
    if len(places) > _MAX_PLACES:
        places = [*places[:_MAX_PLACES], f"and {len(places) - _MAX_PLACES} more"]
    hub = HUB_NAMES.get(group.hub) or _code(str(group.hub)) if group.hub else ""
    return _name(group), hub, _version(group), "<br>".join(places), _how(group.uses)


def _name(group: ModelGroup) -> str:
    code = _code(group.title)
    if group.hub == "huggingface" and _HUGGING_FACE_ID.fullmatch(group.title):
        return f"[{code}](https://huggingface.co/{group.title})"
    return code


def _version(group: ModelGroup) -> str:
    revisions = ", ".join(_code(revision) for revision in group.revisions)
    match group.pin:
        case Pin.COMMIT | Pin.MOVABLE:
            return revisions
        case Pin.MIXED:
            return f"{revisions} in part"
        case Pin.LIBRARY if revisions:
            return revisions
        case Pin.NONE | Pin.LIBRARY:
            return "" if group.uses[0].model.outcome is ModelOutcome.LOCAL else group.pin.value


def _how(uses: Sequence[Use]) -> str:
    ways = {VIA_WORDS[use.model.via] for use in uses if use.model.via is not Via.LITERAL}
    open_reasons = {use.usage.open_reason for use in uses if use.usage.open_reason and not use.usage.exhaustive}
    risky = {"**`trust_remote_code=True`**" for use in uses if use.usage.trust_remote_code}
    return "<br>".join(
        [*sorted(ways), *(f"others possible: {_code(reason)}" for reason in sorted(open_reasons)), *risky]
    )


def _unknown_row(usage: UsageRecord) -> tuple[str, ...]:
    return _code(place(usage)), _code(usage.callee), _code(usage.reason) if usage.reason else ""


def _diagnostic_row(diagnostic: Diagnostic) -> tuple[str, ...]:
    return _code(place(diagnostic)), diagnostic.code.value, _code(diagnostic.message)


# --- words ------------------------------------------------------------------------------------------------------------


def _code(text: str) -> str:
    """Scanned text as code, in which nothing is markup, a mention or a link."""
    text = printable(text, _MAX_TEXT)
    if _PLAIN.fullmatch(text) and text == text.strip():
        return f"`{text}`"
    return f"<code>{_SPECIAL.sub(lambda found: f'&#{ord(found[0])};', text)}</code>"
