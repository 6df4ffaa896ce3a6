"""A match becomes a usage record: positions, models with their evidence, the verdict.

Keys and meanings are those of docs/records.md. Repository, commit and fingerprints are the scan's to fill in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from ptmscan.analysis.matcher import Match, Reading
from ptmscan.analysis.named_models import Candidate
from ptmscan.analysis.program import Module, Program
from ptmscan.analysis.releases import Other
from ptmscan.analysis.values import Step, StepKind, Trace, weightier
from ptmscan.records import (
    Component,
    ConfirmedBy,
    Evidence,
    Json,
    LibraryRelease,
    ModelOutcome,
    ModelReference,
    Origin,
    OtherRelease,
    Outcome,
    UsageRecord,
    Via,
    confidence,
)
from ptmscan.signatures.model import Signature

MAX_EVIDENCE_TEXT = 200

# The hardest step of a trace tells how a name reached the call; later entries are harder.
_VIA_OF_STEP = {
    StepKind.LITERAL: Via.LITERAL,
    StepKind.DEFINITION: Via.CONSTANT,
    StepKind.IMPORT: Via.CONSTANT,
    StepKind.ASSIGNMENT: Via.CONSTANT,
    StepKind.MODULE_CONSTANT: Via.CONSTANT,
    StepKind.FORMAT: Via.CONSTANT,
    StepKind.LOOP: Via.CONSTANT,
    StepKind.CONDITION: Via.CONSTANT,
    StepKind.RETURN: Via.CONSTANT,
    StepKind.CONTAINER: Via.CONTAINER,
    StepKind.ATTRIBUTE: Via.ATTRIBUTE,
    StepKind.DECLARATION: Via.ATTRIBUTE,
    StepKind.ARGUMENT: Via.CALL_SITE,
    StepKind.DEFAULT: Via.DEFAULT,
    StepKind.OPTION: Via.OPTION,
    StepKind.ENVIRONMENT: Via.ENVIRONMENT,
    StepKind.CONFIG_FILE: Via.CONFIG_FILE,
    StepKind.COMMAND_LINE: Via.COMMAND_LINE,
    StepKind.LIBRARY_DEFAULT: Via.LIBRARY_DEFAULT,
}
_HARDNESS = {via: i for i, via in enumerate(Via)}


@dataclass(frozen=True, slots=True)
class Origins:
    """What all records of one scan share."""

    repository: str
    commit: str | None


def usage_record(module: Module, match: Match, origins: Origins, confirmed_by: ConfirmedBy) -> UsageRecord:
    """The record of one match. Line hash and fingerprint are empty: they need the whole file and its other records."""
    source = module.source
    start, end = source.position(match.span[0]), source.position(match.span[1])
    models = tuple(_model(module, match, c) for c in _candidates(match))
    reason = reduce(weightier, (r.open_reason for r in match.readings), None)
    pretrained = _joined([r.loads for r in match.readings])
    outcome = _outcome(models, reason, pretrained)
    first = match.readings[0]
    scope = module.scope(match.scope)
    vias = [m.via for m in models]
    return UsageRecord(
        repository=origins.repository,
        commit=origins.commit,
        path=module.path,
        cell=start.cell,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        scope=scope.qualified_name or "<module>",
        source_line=text_of_line(module, match.span),
        line_hash="",
        signature=match.signature.id,
        library=match.signature.library,
        callee=first.callee,
        resolved_to="|".join(dict.fromkeys(r.resolved_to for r in match.readings)),
        component=_component(match.signature, first.resolved_to),
        pretrained=pretrained,
        arguments=_common_arguments(match.readings),
        trust_remote_code=_joined([r.trust for r in match.readings]),
        models=models,
        exhaustive=reason is None,
        open_reason=reason,
        outcome=outcome,
        reason=_reason(outcome, reason),
        confirmed_by=confirmed_by,
        confidence=confidence(outcome, vias, confirmed_by),
        fingerprint="",
        release=_release(match),
    )


def text_of_line(module: Module, span: tuple[int, int]) -> str:
    """The line on which a call begins, as far as a record holds it."""
    return module.source.line_text(span[0]).strip()[:MAX_EVIDENCE_TEXT]


def evidence_of(module: Module, span: tuple[int, int], trace: Trace, name: str = "") -> tuple[Evidence, ...]:
    """The steps from a name to the call at a span of a module; each is the line on which its statement begins.

    Where none of these lines shows the name, the line inside one of the statements on which it is written comes first.
    """
    steps = (*_evidence(module.program, trace), _step_at(module, span, "call"))
    if not name or any(name in step.text for step in steps):
        return steps
    statements = [(m, s.span) for s in trace if s.place is None and (m := module.program.module(s.path)) is not None]
    found = next((w for m, inside in (*statements, (module, span)) if (w := _written(m, inside, name))), None)
    return steps if found is None else (found, *steps)


def _written(module: Module, span: tuple[int, int], name: str) -> Evidence | None:
    """The line on which a name stands as a whole text inside a span."""
    data, text = module.source.data, name.encode()
    places = [data.find(quote + text + quote, *span) for quote in (b'"', b"'")]
    at = min((place for place in places if place >= 0), default=None)
    return None if at is None else _step_at(module, (at, at), StepKind.LITERAL)


def _joined(answers: list[bool | None]) -> bool | None:
    """One answer for all contexts: what they agree on, True before unknown when some load."""
    if all(a is answers[0] for a in answers):
        return answers[0]
    return True if True in answers else None


def _candidates(match: Match) -> list[Candidate]:
    """The models of all readings, one each, those of loading contexts only when there are any."""
    loading = [r for r in match.readings if r.loads is not False] or list(match.readings)
    found: dict[tuple[str, str | None, str | None], Candidate] = {}
    for reading in loading:
        for candidate in reading.models:
            key = (candidate.identity.name, candidate.identity.id, candidate.revision)
            if key not in found or len(candidate.trace) < len(found[key].trace):
                found[key] = candidate
    return [found[key] for key in sorted(found, key=lambda k: (k[0], k[1] or "", k[2] or ""))]


def _model(module: Module, match: Match, candidate: Candidate) -> ModelReference:
    identity = candidate.identity
    via = _via(candidate)
    return ModelReference(
        name=identity.name,
        id=identity.id,
        hub=identity.hub,
        revision=candidate.revision,
        outcome=identity.outcome,
        origin=_origin(candidate, via),
        via=via,
        evidence=evidence_of(module, match.span, candidate.trace, identity.name),
    )


def _via(candidate: Candidate) -> Via:
    if candidate.from_library:
        return Via.LIBRARY_DEFAULT
    return max((_VIA_OF_STEP[s.kind] for s in candidate.trace), key=_HARDNESS.__getitem__, default=Via.LITERAL)


def _origin(candidate: Candidate, via: Via) -> Origin:
    if candidate.from_library:
        return Origin.LIBRARY_DEFAULT
    return Origin.CONFIG if via in (Via.CONFIG_FILE, Via.COMMAND_LINE) else Origin.CODE


def _evidence(program: Program, trace: Trace) -> tuple[Evidence, ...]:
    """The steps of a trace, one for each place, in the order in which the value travels."""
    found: dict[tuple[str, int, int | None], Evidence] = {}
    for step in trace:
        evidence = _step_in_text(step) if step.place is not None else _step_in_module(program, step)
        if evidence is not None:
            found.setdefault((evidence.path, evidence.line, evidence.cell), evidence)
    return tuple(found.values())


def _step_in_text(step: Step) -> Evidence | None:
    place = step.place
    if place is None:
        return None
    return Evidence(step.path, place.line, str(step.kind), place.text.strip()[:MAX_EVIDENCE_TEXT], place.cell)


def _step_in_module(program: Program, step: Step) -> Evidence | None:
    module = program.module(step.path)
    return None if module is None else _step_at(module, step.span, step.kind, step)


def _step_at(module: Module, span: tuple[int, int], kind: str, step: Step | None = None) -> Evidence:
    position = module.source.position(span[0])
    text = step.label if step is not None and step.label is not None else module.source.line_text(span[0]).strip()
    return Evidence(module.path, position.line, str(kind), text[:MAX_EVIDENCE_TEXT], position.cell)


def _release(match: Match) -> LibraryRelease | None:
    """What decided between releases, where a model depends on it, and what the other releases would load."""
    found = [c.release for r in match.readings for c in r.models] + [r.release for r in match.readings]
    decided = [one for one in found if one is not None]
    if not any(one.requirement or one.others for one in decided):
        return None
    first = decided[0]
    asked = first.requirement
    others = {
        (other.identity and other.identity.id, other.revision, other.versions): _other_release(other)
        for one in decided
        for other in one.others
    }
    return LibraryRelease(
        distribution=first.distribution,
        requirement=asked.text if asked else None,
        path=asked.path if asked else None,
        line=asked.line if asked else None,
        alternatives=tuple(others.values()),
    )


def _other_release(other: Other) -> OtherRelease:
    if other.identity is None:
        return OtherRelease(other.versions, None, None, None, None)
    return OtherRelease(other.versions, other.identity.name, other.identity.id, other.identity.hub, other.revision)


def _outcome(models: tuple[ModelReference, ...], reason: str | None, pretrained: bool | None) -> Outcome:
    if pretrained is False:
        return Outcome.UNTRAINED
    if not models:
        return Outcome.DYNAMIC
    outcomes = {m.outcome for m in models}
    if outcomes == {ModelOutcome.LOCAL}:
        return Outcome.LOCAL if reason is None else Outcome.PARTIAL
    if reason is None and ModelOutcome.PARTIAL not in outcomes:
        return Outcome.RESOLVED
    return Outcome.PARTIAL


def _reason(outcome: Outcome, reason: str | None) -> str | None:
    match outcome:
        case Outcome.DYNAMIC:
            return reason or "the call names no model"
        case Outcome.PARTIAL:
            return reason or "a name is known in part only"
        case Outcome.UNTRAINED:
            return "the call builds the architecture only"
        case _:
            return None


def _component(signature: Signature, resolved_to: str) -> Component:
    """By the class that the callee belongs to, where the signature tells classes apart."""
    parts = resolved_to.split(".")
    name = parts[-2] if len(parts) > 1 else parts[-1]
    for suffix, component in signature.component_by_class:
        if name.endswith(suffix):
            return component
    return signature.component


def _common_arguments(readings: tuple[Reading, ...]) -> dict[str, Json]:
    """The arguments that are the same in every context."""
    first = dict(readings[0].arguments)
    others = [dict(r.arguments) for r in readings[1:]]
    return {k: v for k, v in first.items() if all(k in o and o[k] == v for o in others)}
