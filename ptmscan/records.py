"""The product of a scan: usage records, diagnostics and the scan header, as plain frozen data.

Keys and enumerations are a published interface (schema version 1); the JSON Schema is generated from these classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

SCHEMA_VERSION = 1

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


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
    """One step of the chain from a model's name to the call. `path` is POSIX, `line` 1-based (inside `cell`, if any)."""

    path: str
    line: int
    step: str
    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class ModelReference:
    """One model that a call loads. `name` is as the code writes it; `id` only where a rule or table proves it."""

    name: str
    id: str | None
    hub: str | None
    revision: str | None
    outcome: ModelOutcome
    origin: Origin
    via: Via
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One call that loads a model, under one signature. Lines and columns are 1-based, columns in code points."""

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


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem of the scan with one file, never of ptmscan itself unless `code` is internal-error."""

    path: str
    line: int | None
    code: DiagnosticCode
    message: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class ScanHeader:
    """The first line of a JSON Lines result. Nothing in it changes between two runs over the same input."""

    tool: str
    tool_version: str
    signatures_version: str
    repository: str
    commit: str | None
    files: int
    files_read: int
    usages: int
    diagnostics: int
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything one scan of one repository found, in its final order."""

    header: ScanHeader
    usages: tuple[UsageRecord, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float = 0.0
