"""CycloneDX 1.6 as an ML-BOM: a component for each model and revision, with every place where it is loaded.

https://cyclonedx.org/docs/1.6/json/. Neither serial number nor time stamp: the same result gives the same document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.records import ModelOutcome
from ptmscan.report.hub_links import LinkKind, hub_link
from ptmscan.report.json_text import compact, write_array
from ptmscan.report.overview import Overview, Use, overview, title_of
from ptmscan.report.printable import printable
from ptmscan.report.purl import is_commit, purl_of
from ptmscan.report.tasks import task_of

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Evidence, Json, ModelReference, ScanResult, UsageRecord

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"

# The schema allows 1,024 characters for a version.
_MAX_NAME = 1000
_MAX_TEXT = 240
_ROOT = "repository"
_REFERENCE_TYPES = {LinkKind.MODEL_CARD: "model-card", LinkKind.FILE: "distribution", LinkKind.SOURCES: "vcs"}
# Here a revision is a branch or the name of weights, unless it is a commit; elsewhere it is the hub's version.
_NO_VERSIONS = frozenset({"huggingface", "torchvision", "torchaudio", "torchtext", "spacy", "keras", "library"})


@dataclass(frozen=True, slots=True)
class Component:
    """One model at one revision, with all calls that load it."""

    model: ModelReference
    uses: tuple[Use, ...]

    @property
    def ref(self) -> str:
        """What other parts of the document call it: the same for the same model, and never longer."""
        key = json.dumps([self.model.hub, title_of(self.model), self.model.revision])
        return f"model-{hashlib.sha256(key.encode()).hexdigest()[:16]}"

    @property
    def strongest(self) -> Use:
        """The use whose model is known best, the first of several."""
        return max(self.uses, key=lambda use: use.usage.confidence)


def render(result: ScanResult, stream: TextIO) -> None:
    """Write the document. Names that are known in part, and calls whose model is not known, have no component."""
    view = overview(result)
    components = [*_components(view)]
    stream.write(f'{{"$schema":{compact(SCHEMA)},"bomFormat":"CycloneDX","specVersion":"1.6","version":1,\n')
    stream.write(f'"metadata":{compact(_metadata(result))},\n"components":')
    write_array((compact(_component(component)) for component in components), stream)
    stream.write(',\n"dependencies":')
    write_array(map(compact, _dependencies(components)), stream)
    stream.write(f',\n"compositions":{compact([_composition(result, view)])}}}\n')


def _components(view: Overview) -> Iterator[Component]:
    for group in (*view.models, *view.local):
        by_revision: dict[str, list[Use]] = {}
        for use in group.uses:
            by_revision.setdefault(use.model.revision or "", []).append(use)
        for revision in sorted(by_revision):
            uses = by_revision[revision]
            yield Component(uses[0].model, tuple(uses))


# --- the document -----------------------------------------------------------------------------------------------------


def _metadata(result: ScanResult) -> Json:
    header = result.header
    title = _whole(header.repository)
    owner, _, name = title.rpartition("/")
    repository: dict[str, Json] = {"type": "application", "bom-ref": _ROOT, "name": name or title}
    if owner:
        repository["group"] = owner
    if header.commit:
        repository["version"] = header.commit
    return {
        "lifecycles": [{"phase": "pre-build"}],
        "tools": {"components": [{"type": "application", "name": header.tool, "version": header.tool_version}]},
        "component": repository,
        "properties": [_property("signatures_version", header.signatures_version)],
    }


def _dependencies(components: Sequence[Component]) -> Iterator[Json]:
    refs: list[Json] = [*sorted(component.ref for component in components)]
    yield {"ref": _ROOT, "dependsOn": refs}
    yield from ({"ref": ref} for ref in refs)


def _composition(result: ScanResult, view: Overview) -> Json:
    """Known to be incomplete when a call may load more than is listed; else no claim is made."""
    is_open = any(not usage.exhaustive for usage in result.usages)
    aggregate = "incomplete" if is_open or view.in_part or view.unknown or result.incomplete else "unknown"
    return {"aggregate": aggregate, "dependencies": [_ROOT]}


# --- a component ------------------------------------------------------------------------------------------------------


def _component(component: Component) -> Json:
    model, purl = component.model, purl_of(component.model)
    title = _whole(title_of(model))
    owner, _, name = title.rpartition("/") if model.hub == "huggingface" else ("", "", title)
    found: dict[str, Json] = {"type": "machine-learning-model", "bom-ref": component.ref}
    if owner and name:
        found["group"] = owner
    found["name"] = name or title
    if model.revision and _is_version(model):
        found["version"] = _whole(model.revision)
    if purl:
        found["purl"] = purl
    if links := _links(model):
        found["externalReferences"] = links
    if task := _task(component):
        found["modelCard"] = {"modelParameters": {"task": task}}
    found["properties"] = _properties(component)
    found["evidence"] = _evidence(component, purl)
    return found


def _is_version(model: ModelReference) -> bool:
    return is_commit(model.revision) or model.hub not in _NO_VERSIONS


def _links(model: ModelReference) -> list[Json]:
    link = hub_link(model)
    return [{"type": _REFERENCE_TYPES[link.kind], "url": link.url}] if link else []


def _task(component: Component) -> str | None:
    """The one task for which all calls load the model, if any of them tells."""
    tasks = {task for use in component.uses if (task := task_of(use.usage))}
    return tasks.pop() if len(tasks) == 1 else None


def _properties(component: Component) -> list[Json]:
    model, usages = component.model, [use.usage for use in component.uses]
    names = {use.model.name for use in component.uses} - {title_of(model)}
    pairs = [
        *([("hub", model.hub)] if model.hub else []),
        *(("written_as", name) for name in sorted(names)),
        *([("revision", model.revision)] if model.revision and not _is_version(model) else []),
        *([("outcome", "local")] if model.outcome is ModelOutcome.LOCAL else []),
        *(("component", value) for value in sorted({usage.component.value for usage in usages})),
        *(("library", value) for value in sorted({usage.library for usage in usages})),
        *([("trust_remote_code", "true")] if any(usage.trust_remote_code for usage in usages) else []),
    ]
    return [_property(name, value) for name, value in pairs]


def _property(name: str, value: str) -> Json:
    return {"name": f"ptmscan:{name}", "value": _whole(value)}


# --- evidence ---------------------------------------------------------------------------------------------------------


def _evidence(component: Component, purl: str | None) -> Json:
    strongest = component.strongest
    concluded = purl or _whole(title_of(component.model))
    method: Json = {
        "technique": "source-code-analysis",
        "confidence": strongest.usage.confidence,
        "value": _whole(strongest.model.name),
    }
    return {
        "identity": [
            {
                "field": "purl" if purl else "name",
                "confidence": strongest.usage.confidence,
                "concludedValue": concluded,
                "methods": [method],
            }
        ],
        "occurrences": [_occurrence(use.usage) for use in component.uses],
        "callstack": {"frames": [*_frames(strongest)]},
    }


def _occurrence(usage: UsageRecord) -> Json:
    where = f"{usage.scope}" if usage.cell is None else f"cell {usage.cell}: {usage.scope}"
    return {
        "location": usage.path,
        "line": usage.line,
        "symbol": _short(usage.callee),
        "additionalContext": _short(where),
    }


def _frames(use: Use) -> Iterator[Json]:
    """The steps of the evidence as frames, from the name to the call."""
    usage = use.usage
    for step in use.model.evidence:
        if (step.path, step.cell, step.line, step.step) != (usage.path, usage.cell, usage.line, "call"):
            yield _frame(step)
    yield _call_frame(usage)


def _frame(step: Evidence) -> Json:
    return {"module": _module(step.path), "function": step.step, "line": step.line, "fullFilename": step.path}


def _call_frame(usage: UsageRecord) -> Json:
    return {
        "module": _module(usage.path),
        "function": _short(usage.callee),
        "line": usage.line,
        "column": usage.column,
        "fullFilename": usage.path,
    }


def _module(path: str) -> str:
    """A file as a dotted name."""
    return path.removesuffix(".py").removesuffix(".ipynb").replace("/", ".")


def _whole(text: str) -> str:
    """A name, in full unless it is absurd."""
    return printable(text, _MAX_NAME)[:_MAX_NAME]


def _short(text: str) -> str:
    return printable(text, _MAX_TEXT)
