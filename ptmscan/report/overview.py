"""A result from a person's view: which models, pinned to what, loaded where; and what is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

from ptmscan.records import (
    Diagnostic,
    DiagnosticCode,
    ModelOutcome,
    ModelReference,
    Outcome,
    ScanResult,
    UsageRecord,
    Via,
)

# Where the version of the library, or of the package that holds the model, decides what is loaded.
_BY_VERSION = {"torchvision", "torchaudio", "torchtext", "spacy", "keras", "library"}
# Also abbreviated, as git writes it and as the defaults of transformers pipelines do.
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)

HUB_NAMES = {
    "huggingface": "Hugging Face",
    "pytorch-hub": "PyTorch Hub",
    "torchvision": "torchvision",
    "torchaudio": "torchaudio",
    "torchtext": "torchtext",
    "spacy": "spaCy",
    "keras": "Keras applications",
    "kaggle": "Kaggle",
    "tensorflow-hub": "TensorFlow Hub",
    "modelscope": "ModelScope",
    "paddle": "PaddlePaddle",
    "ngc": "NVIDIA NGC",
    "ollama": "Ollama",
    "url": "Downloads by URL",
    "library": "Named by the library",
    None: "Hub not known",
}

VIA_WORDS = {
    Via.LITERAL: "written in the call",
    Via.CONSTANT: "from a constant",
    Via.CONTAINER: "from a container",
    Via.ATTRIBUTE: "from an attribute",
    Via.PARAMETER: "from a parameter",
    Via.CALL_SITE: "from the callers",
    Via.DEFAULT: "from a default value",
    Via.OPTION: "from an option's default",
    Via.ENVIRONMENT: "from an environment variable's default",
    Via.CONFIG_FILE: "from a configuration file",
    Via.COMMAND_LINE: "from a command line",
    Via.LIBRARY_DEFAULT: "the library's default",
}


def hub_name(hub: str | None) -> str:
    """The hub for people; a hub of somebody's own signatures is called as they call it, printable or not."""
    return HUB_NAMES.get(hub) or str(hub)


class Pin(Enum):
    """How firmly a model is tied to one version."""

    COMMIT = "pinned to a commit"
    MOVABLE = "on a branch or tag"
    MIXED = "pinned in part"
    NONE = "not pinned"
    LIBRARY = "by library version"


@dataclass(frozen=True, slots=True)
class Use:
    """One call and one of the models that it loads."""

    usage: UsageRecord
    model: ModelReference


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """One model with all calls that load it. `title` is its id on the hub, else its name as written."""

    title: str
    hub: str | None
    uses: tuple[Use, ...]

    @property
    def pin(self) -> Pin:
        """The weakest pin of all calls, or MIXED when only some are tied to a commit."""
        pins = {pin_of(use.model) for use in self.uses}
        if len(pins) > 1 and Pin.COMMIT in pins:
            return Pin.MIXED
        return next(pin for pin in (Pin.NONE, Pin.MOVABLE, Pin.LIBRARY, Pin.COMMIT) if pin in pins)

    @property
    def revisions(self) -> tuple[str, ...]:
        """The revisions that the calls ask for, sorted; an abbreviated commit is left out beside its full hash."""
        found = sorted({use.model.revision for use in self.uses if use.model.revision is not None})
        longer = [other for name, other in pairwise(found) if other.startswith(name) and _COMMIT.fullmatch(name)]
        return tuple(name for name in found if not any(other.startswith(name) and other != name for other in longer))

    @property
    def other_names(self) -> tuple[str, ...]:
        """How the code writes the model, where that is not the title."""
        return tuple(sorted({use.model.name for use in self.uses} - {self.title}))


@dataclass(frozen=True, slots=True)
class Overview:
    """The parts of a result, each sorted by title and place."""

    models: tuple[ModelGroup, ...]
    in_part: tuple[ModelGroup, ...]
    local: tuple[ModelGroup, ...]
    unknown: tuple[UsageRecord, ...]
    untrained: tuple[UsageRecord, ...]
    diagnostics: tuple[tuple[DiagnosticCode, tuple[Diagnostic, ...]], ...]


def overview(result: ScanResult) -> Overview:
    """Take a result apart for reading. A call whose models are of several kinds is in several parts."""
    loads = [usage for usage in result.usages if usage.outcome is not Outcome.UNTRAINED]
    uses = [Use(usage, model) for usage in loads for model in usage.models]
    return Overview(
        models=_groups(uses, ModelOutcome.RESOLVED),
        in_part=_groups(uses, ModelOutcome.PARTIAL),
        local=_groups(uses, ModelOutcome.LOCAL),
        unknown=tuple(usage for usage in loads if not usage.models),
        untrained=tuple(usage for usage in result.usages if usage.outcome is Outcome.UNTRAINED),
        diagnostics=_by_code(result.diagnostics),
    )


def by_calls(groups: Iterable[ModelGroup]) -> tuple[tuple[ModelGroup, ...], ...]:
    """Put models of one hub that the very same calls load beside each other, else keep the order."""
    found: dict[tuple[str | None, tuple[int, ...]], list[ModelGroup]] = {}
    for group in groups:
        found.setdefault((group.hub, tuple(id(use.usage) for use in group.uses)), []).append(group)
    return tuple(tuple(cluster) for cluster in found.values())


def title_of(model: ModelReference) -> str:
    """What a model is called: its id on the hub, else its name as written."""
    return model.id or model.name


def pin_of(model: ModelReference) -> Pin:
    """How firmly one call ties its model to a version."""
    if model.hub in _BY_VERSION:
        return Pin.LIBRARY
    if model.revision is None:
        return Pin.NONE
    return Pin.COMMIT if _COMMIT.fullmatch(model.revision) else Pin.MOVABLE


def _groups(uses: Iterable[Use], outcome: ModelOutcome) -> tuple[ModelGroup, ...]:
    found: dict[tuple[bool, str, str, str], list[Use]] = {}
    for use in uses:
        if use.model.outcome is outcome:
            title, hub = title_of(use.model), use.model.hub
            found.setdefault((hub is None, hub or "", title.casefold(), title), []).append(use)
    return tuple(ModelGroup(key[-1], found[key][0].model.hub, tuple(found[key])) for key in sorted(found))


def _by_code(diagnostics: Iterable[Diagnostic]) -> tuple[tuple[DiagnosticCode, tuple[Diagnostic, ...]], ...]:
    ordered = sorted(diagnostics, key=lambda diagnostic: diagnostic.code)
    return tuple((code, tuple(group)) for code, group in groupby(ordered, key=lambda diagnostic: diagnostic.code))
