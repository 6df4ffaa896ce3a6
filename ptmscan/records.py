"""The product of a scan: usage records, diagnostics and the scan header, as plain frozen data.

Keys and enumerations are a published interface (schema version 1); the JSON Schema is generated from these classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

SCHEMA_VERSION = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Component(StrEnum):
    """Which part of a model a call loads."""

    MODEL = "model"
    TOKENIZER = "tokenizer"
    PROCESSOR = "processor"
    CONFIG = "config"
    PIPELINE = "pipeline"
    EMBEDDING = "embedding"
    WEIGHTS = "weights"
    ADAPTER = "adapter"
    OTHER = "other"


class Outcome(StrEnum):
    """What is known about a call in the end."""

    RESOLVED = "resolved"
    PARTIAL = "partial"
    DYNAMIC = "dynamic"
    LOCAL = "local"
    UNTRAINED = "untrained"


class ModelOutcome(StrEnum):
    """What is known about one model reference."""

    RESOLVED = "resolved"
    PARTIAL = "partial"
    LOCAL = "local"


class Origin(StrEnum):
    """Where a model's name comes from."""

    CODE = "code"
    CONFIG = "config"
    LIBRARY_DEFAULT = "library-default"


class Via(StrEnum):
    """How a model's name reaches the call: the hardest step of its trace."""

    LITERAL = "literal"
    CONSTANT = "constant"
    CONTAINER = "container"
    ATTRIBUTE = "attribute"
    PARAMETER = "parameter"
    CALL_SITE = "call-site"
    DEFAULT = "default"
    OPTION = "option"
    ENVIRONMENT = "environment"
    CONFIG_FILE = "config-file"
    COMMAND_LINE = "command-line"
    LIBRARY_DEFAULT = "library-default"


class ConfirmedBy(StrEnum):
    """Which parsers agree on the call (see docs/architecture.md)."""

    BOTH = "tree-sitter+libcst"
    TREE_SITTER = "tree-sitter"
    LIBCST = "libcst"


class DiagnosticCode(StrEnum):
    """Why something could not be read or was read only in part."""

    UNREADABLE = "unreadable"
    NOT_REGULAR = "not-a-regular-file"
    OUTSIDE_TREE = "link-outside-tree"
    TOO_LARGE = "too-large"
    BINARY = "binary"
    ENCODING = "encoding"
    SYNTAX = "syntax-error"
    NOTEBOOK = "malformed-notebook"
    MAGIC = "notebook-magic"
    NESTING = "nesting-too-deep"
    TIMEOUT = "parse-timeout"
    LIMIT = "analysis-limit"
    PARSERS_DIFFER = "parsers-differ"
    MISSING_OBJECT = "missing-git-object"
    INTERNAL = "internal-error"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One step of the chain from a model's name to the call. `path` is POSIX, `line` 1-based, inside `cell` if any.

    `file_line` is there where `cell` is: the line of the notebook's file.
    """

    path: str
    line: int
    step: str
    text: str
    cell: int | None = None
    file_line: int | None = None


@dataclass(frozen=True, slots=True)
class ModelReference:
    """One model that a call loads. `name` is as the code writes it; `id` only where a rule or table proves it.

    `known` is whether the registry of a scan knows it; None without a registry, and for what has no name on a hub.
    """

    name: str
    id: str | None
    hub: str | None
    revision: str | None
    outcome: ModelOutcome
    origin: Origin
    via: Via
    evidence: tuple[Evidence, ...] = ()
    known: bool | None = None


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """What the call loads with other releases of the library; `versions` is the PEP 440 specifier of these."""

    versions: str
    name: str | None
    id: str | None
    hub: str | None
    revision: str | None


@dataclass(frozen=True, slots=True)
class LibraryRelease:
    """What decided between releases of a library: a requirement of the repository and its place, or the newest release.

    `alternatives` are what the other releases that come into question load in place of `models`.
    """

    distribution: str
    requirement: str | None
    path: str | None
    line: int | None
    alternatives: tuple[OtherRelease, ...]


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One call that loads a model, under one signature. Lines and columns are 1-based, columns in code points.

    In a notebook `line` counts inside `cell`, and `file_line` is the line of the file on which that line stands.
    """

    repository: str
    commit: str | None
    path: str
    cell: int | None
    line: int
    column: int
    end_line: int
    end_column: int
    scope: str
    source_line: str
    line_hash: str
    signature: str
    library: str
    callee: str
    resolved_to: str
    component: Component
    pretrained: bool | None
    arguments: dict[str, Json]
    trust_remote_code: bool | None
    models: tuple[ModelReference, ...]
    exhaustive: bool
    open_reason: str | None
    outcome: Outcome
    reason: str | None
    confirmed_by: ConfirmedBy
    confidence: float
    fingerprint: str
    release: LibraryRelease | None = None
    file_line: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem of the scan with one file, never of ptmscan itself unless `code` is internal-error."""

    path: str
    line: int | None
    code: DiagnosticCode
    message: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A call that no signature describes but that is given the name of a known model: no usage, and never a link.

    `argument` is the keyword or the position from 0; `model` and `hub` are the registry's names for `name`.
    """

    path: str
    line: int
    column: int
    scope: str
    source_line: str
    callee: str
    argument: str
    name: str
    model: str
    hub: str
    evidence: tuple[Evidence, ...]
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class ScanHeader:
    """The first line of a JSON Lines result. Nothing in it changes between two runs over the same input.

    `suspects` is their number in a scan that looked for them, else None.
    """

    schema_version: int = field(default=SCHEMA_VERSION, kw_only=True)
    tool: str
    tool_version: str
    signatures_version: str
    repository: str
    commit: str | None
    files: int
    files_read: int
    usages: int
    diagnostics: int
    suspects: int | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything one scan of one repository found, in its final order.

    `seconds` is for the summary on the terminal and in no written result: those are the same from run to run.
    """

    header: ScanHeader
    usages: tuple[UsageRecord, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float = 0.0
    suspects: tuple[Suspect, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether some input could not be read, or not in full; magics, encodings and our own bounds do not count."""
        return any(diagnostic.code not in _ALL_READ for diagnostic in self.diagnostics)


# What does not mean that input was lost.
_ALL_READ = frozenset(
    {DiagnosticCode.ENCODING, DiagnosticCode.MAGIC, DiagnosticCode.LIMIT, DiagnosticCode.PARSERS_DIFFER}
)


# --- confidence -------------------------------------------------------------------------------------------------------

_BY_OUTCOME = {
    Outcome.RESOLVED: 1.0,
    Outcome.UNTRAINED: 1.0,
    Outcome.LOCAL: 1.0,
    Outcome.PARTIAL: 0.7,
    Outcome.DYNAMIC: 0.1,
}
_BY_VIA = {
    Via.LITERAL: 1.0,
    Via.CONSTANT: 0.98,
    Via.CONTAINER: 0.95,
    Via.ATTRIBUTE: 0.95,
    Via.PARAMETER: 0.9,
    Via.CALL_SITE: 0.9,
    Via.LIBRARY_DEFAULT: 0.9,
    Via.CONFIG_FILE: 0.85,
    Via.COMMAND_LINE: 0.85,
    Via.DEFAULT: 0.8,
    Via.OPTION: 0.75,
    Via.ENVIRONMENT: 0.7,
}
_BY_PARSERS = {ConfirmedBy.BOTH: 1.0, ConfirmedBy.TREE_SITTER: 0.9, ConfirmedBy.LIBCST: 0.9}


def confidence(outcome: Outcome, vias: Iterable[Via], confirmed_by: ConfirmedBy) -> float:
    """How far the answer to "which model does this call load?" can be relied on: a number in [0, 1], two decimals.

    The product of three tables (docs/records.md shows them): what is known in the end, the weakest of the ways by which
    the models' names reach the call, and whether both parsers agree on it. It is a judgement for sorting and filtering,
    not a measured probability.
    """
    weakest = min((_BY_VIA[via] for via in vias), default=1.0)
    return round(_BY_OUTCOME[outcome] * weakest * _BY_PARSERS[confirmed_by], 2)
