"""SARIF 2.1.0 as GitHub code scanning takes it: one result for each remark, evidence as code flows.

What GitHub reads and how much of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from ptmscan.policy.model import Rule, Severity
from ptmscan.records import DiagnosticCode, Evidence
from ptmscan.report.json_text import compact, write_array
from ptmscan.report.overview import title_of
from ptmscan.report.printable import printable
from ptmscan.report.remarks import MODEL_DEPENDENCY, Remark, call_name, remarks
from ptmscan.report.words import count

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Diagnostic, Json, ModelReference, ScanResult, UsageRecord
    from ptmscan.report.remarks import AnyFinding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# GitHub refuses a run with more results, and a file that is larger when it is compressed.
MAX_RESULTS = 25_000
MAX_COMPRESSED = 10_000_000
# Kept free for all that is not a result.
_RESERVED = 500_000
_MAX_NOTIFICATIONS = 1_000
_MAX_TEXT = 240
# GitHub refuses a result with more thread flow locations.
_MAX_STEPS = 10_000

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
# Two forms of text that viewers replace (SARIF 2.1.0, 3.11.5 and 3.11.6): `{0}` and `[text](target)`.
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_LINK = re.compile(r"\](?=\()")


def render(result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
    """Write the findings, or a note on each usage, as one run."""
    found = list(remarks(result, findings))
    rules = _rules(found)
    kept = _within_limits(found, {rule.id: number for number, rule in enumerate(rules)})
    stream.write(f'{{"$schema":{compact(SCHEMA)},"version":"2.1.0","runs":[{{\n')
    stream.write(f'"tool":{compact({"driver": _driver(result, rules)})},\n')
    stream.writelines(f'"{key}":{compact(value)},\n' for key, value in _about(result, len(found) - len(kept)).items())
    stream.write('"results":')
    write_array(kept, stream)
    stream.write("}]}\n")


def _rules(found: Iterable[Remark]) -> list[Rule]:
    used = {remark.rule.id: remark.rule for remark in found} or {MODEL_DEPENDENCY.id: MODEL_DEPENDENCY}
    return [used[rule_id] for rule_id in sorted(used)]


def _within_limits(found: list[Remark], rules: dict[str, int]) -> list[str]:
    """The results as JSON in their order; when they are too many, the graver ones stay."""
    by_severity = sorted(range(len(found)), key=lambda number: _SEVERITIES.index(found[number].severity))
    packer, size = zlib.compressobj(), 0
    kept: dict[int, str] = {}
    for number in by_severity[:MAX_RESULTS]:
        text = compact(_result(found[number], rules[found[number].rule.id]))
        size += len(packer.compress(text.encode()))
        if size > MAX_COMPRESSED - _RESERVED:
            break
        kept[number] = text
    return [kept[number] for number in sorted(kept)]


# --- the run ----------------------------------------------------------------------------------------------------------


def _driver(result: ScanResult, rules: Iterable[Rule]) -> Json:
    version = result.header.tool_version
    return {"name": result.header.tool, "version": version, "semanticVersion": version, "rules": [*map(_rule, rules)]}


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.help, "markdown": rule.help},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": ["supply-chain", "pre-trained-models"],
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _about(result: ScanResult, cut: int) -> dict[str, Json]:
    notes = [_notification(diagnostic) for diagnostic in result.diagnostics[:_MAX_NOTIFICATIONS]]
    if len(notes) < len(result.diagnostics):
        notes.append(_note(f"{len(result.diagnostics) - len(notes)} more diagnostics are left out."))
    if cut:
        limits = f"{MAX_RESULTS} results and {MAX_COMPRESSED // 1_000_000} MB compressed"
        notes.append(_note(f"{count(cut, 'result')} left out: GitHub code scanning takes {limits}."))
    header = result.header
    return {
        "automationDetails": {"id": "ptmscan/"},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top of the scanned repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*notes]}],
        "properties": {
            "repository": printable(header.repository, _MAX_TEXT),
            "commit": header.commit,
            "signaturesVersion": header.signatures_version,
        },
    }


def _note(text: str) -> Json:
    return {"level": "warning", "message": {"text": text}}


def _notification(found: Diagnostic) -> Json:
    level = "error" if found.code is DiagnosticCode.INTERNAL else "warning"
    where = "" if found.cell is None else f" (cell {found.cell}, line {found.line})"
    line = found.line if found.cell is None else None
    return {
        "level": level,
        "descriptor": {"id": found.code.value},
        "message": {"text": _text(found.message, _MAX_TEXT) + where},
        "locations": [_location(found.path, {"startLine": line} if line else None)],
    }


# --- results ----------------------------------------------------------------------------------------------------------


def _result(remark: Remark, rule: int) -> Json:
    usage = remark.usage
    found: dict[str, Json] = {
        "ruleId": remark.rule.id,
        "ruleIndex": rule,
        "level": remark.severity.value,
        "message": {"text": _text(remark.message)},
        "locations": [_located(_location(remark.path, _region(remark)), usage)],
    }
    if usage is not None:
        found["partialFingerprints"] = _fingerprints(usage)
        if flows := _code_flows(usage):
            found["codeFlows"] = flows
        found["properties"] = _properties(usage)
    return found


def _region(remark: Remark) -> dict[str, Json]:
    """GitHub wants a line; where none is known, the remark stands at the top and its message tells the place."""
    if (found := remark.region) is None:
        return {"startLine": 1}
    place = {
        "startLine": found.line,
        "startColumn": found.column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
    }
    return {name: value for name, value in place.items() if value is not None}


def _fingerprints(usage: UsageRecord) -> Json:
    """GitHub follows a result by the first of these; the other tells two results of a line apart."""
    lines: dict[str, Json] = {"primaryLocationLineHash": usage.line_hash} if usage.line_hash else {}
    return {**lines, "ptmscanUsage/v1": usage.fingerprint}


def _properties(usage: UsageRecord) -> Json:
    return {
        "signature": usage.signature,
        "component": usage.component.value,
        "outcome": usage.outcome.value,
        "confidence": usage.confidence,
        "models": [_model(model) for model in usage.models],
        **({} if usage.cell is None else {"cell": usage.cell, "line": usage.line}),
    }


def _model(model: ModelReference) -> Json:
    names = {"name": title_of(model), "hub": model.hub, "revision": model.revision}
    return {key: printable(value, _MAX_TEXT) for key, value in names.items() if value is not None}


# --- evidence ---------------------------------------------------------------------------------------------------------


def _code_flows(usage: UsageRecord) -> list[Json]:
    """One flow for each model, from its name to the call."""
    flows: list[Json] = []
    room = _MAX_STEPS
    for model in usage.models:
        steps = [*_steps(model, usage)]
        room -= len(steps)
        if model.evidence and room >= 0:
            flows.append({"threadFlows": [{"locations": [{"location": step} for step in steps]}]})
    return flows


def _steps(model: ModelReference, usage: UsageRecord) -> Iterator[Json]:
    for step in model.evidence:
        yield _step(step)
    last = model.evidence[-1] if model.evidence else None
    if last is None or (last.path, last.cell, last.line) != (usage.path, usage.cell, usage.line):
        yield _step(Evidence(usage.path, usage.line, "call", call_name(usage), usage.cell, usage.file_line))


def _step(step: Evidence) -> Json:
    where = "" if step.cell is None else f" (cell {step.cell}, line {step.line})"
    region: dict[str, Json] = {"startLine": step.line if step.cell is None else step.file_line or 1}
    text = f"{_text(step.step, _MAX_TEXT)}: {_text(step.text, _MAX_TEXT)}{where}"
    return {**_location(step.path, region), "message": {"text": text}}


# --- places -----------------------------------------------------------------------------------------------------------


def _location(path: str, region: dict[str, Json] | None) -> dict[str, Json]:
    place: dict[str, Json] = {"artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"}}
    return {"physicalLocation": {**place, "region": region} if region else place}


def _located(location: dict[str, Json], usage: UsageRecord | None) -> Json:
    if usage is None:
        return location
    kind = "module" if usage.scope == "<module>" else "member"
    places: list[Json] = [{"fullyQualifiedName": printable(usage.scope, _MAX_TEXT), "kind": kind}]
    if usage.cell is not None:
        places.append({"name": f"cell {usage.cell}, line {usage.line}", "kind": "element"})
    return {**location, "logicalLocations": places}


def uri(path: str) -> str:
    """A path as a relative URI; bytes that are not UTF-8 come back as they are in the file's name."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/")


def _text(text: str, limit: int | None = None) -> str:
    """A message that holds neither a placeholder nor a link for its viewer."""
    text = _PLACEHOLDER.sub(r"{{\1}}", printable(text, limit))
    if _LINK.search(text):
        text = text.replace("[", r"\[").replace("]", r"\]")
    return text
