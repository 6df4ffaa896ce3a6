"""What the formats of other tools report: the findings of a policy or, without one, a note on each usage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.policy.model import CommentFinding, Finding, Rule, Severity
from ptmscan.policy.rules import RULES
from ptmscan.records import ModelOutcome, ModelReference, Outcome
from ptmscan.report.overview import HUB_NAMES, Pin, pin_of, title_of
from ptmscan.report.printable import printable

if TYPE_CHECKING:
    from ptmscan.records import ScanResult, UsageRecord

AnyFinding: TypeAlias = Finding | CommentFinding

_MAX_NAME = 120
_MAX_NAMES = 3
_MAX_REASON = 240
MAX_MESSAGE = 1000

MODEL_DEPENDENCY = Rule(
    "PTM000",
    "model-dependency",
    "The code builds or loads a model by a call that the catalogue describes.",
    Severity.NOTE,
    "Nothing has to be done: this is the inventory. `ptmscan explain PATH:LINE` shows how the name reaches the call.",
)
_KNOWN = {rule.id: rule for rule in (MODEL_DEPENDENCY, *RULES)}


@dataclass(frozen=True, slots=True)
class Region:
    """Where in a file. Lines and columns are 1-based, columns in code points; the end is the column behind the last.

    Without columns it is whole lines.
    """

    line: int
    column: int | None
    end_line: int
    end_column: int | None


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to report at one place. `message` is one printable line; `identity` stays when code moves.

    `region` counts lines of the file, in a notebook those of its JSON; None where these are not known.
    """

    rule: Rule
    severity: Severity
    message: str
    path: str
    region: Region | None
    identity: str
    usage: UsageRecord | None


def remarks(result: ScanResult, findings: Iterable[AnyFinding] | None) -> Iterator[Remark]:
    """The findings as remarks in their order; without a policy (None), a note on each usage."""
    if findings is None:
        for usage in result.usages:
            yield _on_usage(MODEL_DEPENDENCY, MODEL_DEPENDENCY.severity, describe(usage), usage)
        return
    for finding in findings:
        rule = rule_of(finding.rule, finding.severity)
        match finding:
            case Finding():
                yield _on_usage(rule, finding.severity, finding.message, finding.usage)
            case CommentFinding():
                yield _on_comment(rule, finding)


def rule_of(rule_id: str, severity: Severity) -> Rule:
    """The rule of that id, or a stand-in that says no more than the id."""
    return _KNOWN.get(rule_id) or Rule(rule_id, rule_id.lower(), f"Rule {rule_id}.", severity, f"Rule {rule_id}.")


def _on_usage(rule: Rule, severity: Severity, message: str, usage: UsageRecord) -> Remark:
    region = _region(usage)
    message = _message(message, usage.cell, usage.line)
    return Remark(rule, severity, message, usage.path, region, usage.fingerprint, usage)


def _region(usage: UsageRecord) -> Region | None:
    """The call; in a notebook the line of the file on which it begins, whose columns are not those of the cell."""
    if usage.cell is None:
        return Region(usage.line, usage.column, usage.end_line, usage.end_column)
    return None if usage.file_line is None else Region(usage.file_line, None, usage.file_line, None)


def _on_comment(rule: Rule, found: CommentFinding) -> Remark:
    region = Region(found.line, found.column, found.line, None) if found.cell is None else None
    message = _message(found.message, found.cell, found.line)
    return Remark(rule, found.severity, message, found.path, region, message, None)


def _message(text: str, cell: int | None, line: int) -> str:
    where = "" if cell is None else f" In cell {cell}, line {line}."
    return printable(text, MAX_MESSAGE) + where


# --- a usage in words -------------------------------------------------------------------------------------------------


def describe(usage: UsageRecord) -> str:
    """What is known of a usage, in one line of one or two sentences."""
    risk = " It runs Python code of the model's repository (trust_remote_code=True)." if usage.trust_remote_code else ""
    return f"{call_name(usage)} {_verdict(usage)}.{risk}"


def call_name(usage: UsageRecord) -> str:
    """The last two parts of the called name."""
    return printable(".".join(usage.callee.split(".")[-2:]), _MAX_NAME)


def _verdict(usage: UsageRecord) -> str:
    reason = usage.open_reason or usage.reason
    why = f": {printable(reason, _MAX_REASON)}" if reason else ""
    if usage.outcome is Outcome.UNTRAINED:
        return f"builds a model without trained weights{why}"
    if not usage.models:
        return f"loads a model that is not known{why}"
    return f"loads {_names(usage.models)}" + ("" if usage.exhaustive else f"; others are possible{why}")


def _names(models: tuple[ModelReference, ...]) -> str:
    named = [_name(model) for model in models[:_MAX_NAMES]]
    if len(models) > _MAX_NAMES:
        named.append(f"{len(models) - _MAX_NAMES} more")
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _name(model: ModelReference) -> str:
    title = printable(title_of(model), _MAX_NAME)
    if model.outcome is ModelOutcome.PARTIAL:
        return f"{title} (known in part)"
    if model.hub is None or model.hub == "local":
        return f"{title} (local)" if model.hub else title
    hub = HUB_NAMES.get(model.hub) or printable(model.hub, _MAX_NAME)
    pin = pin_of(model)
    version = f"revision {printable(model.revision, _MAX_NAME)}" if model.revision else pin.value
    return f"{title} ({hub}, {version})" if pin is not Pin.LIBRARY or model.revision else f"{title} ({hub})"
