"""Records as JSON and back: one object a line, keys in the order of the dataclasses, the same bytes from run to run.

The types of the dataclasses are the only description of the format; `ptmscan.record_schema` derives the JSON Schema.
"""

from __future__ import annotations

import json
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TextIO, TypeAlias

from ptmscan.errors import RecordFileError
from ptmscan.records import SCHEMA_VERSION, Diagnostic, Json, ScanHeader, ScanResult, Suspect, UsageRecord

Item: TypeAlias = ScanHeader | UsageRecord | Diagnostic | Suspect

KINDS: dict[type[Item], str] = {
    ScanHeader: "scan",
    UsageRecord: "usage",
    Diagnostic: "diagnostic",
    Suspect: "suspect",
}

_MAX_DEPTH = 8
# JSON numbers above the range of a double are read as infinity or refused by most readers.
_MAX_NUMBER = 10**308
# DEL and C1 (terminals obey them), line separators (`str.splitlines` cuts there), marks that reorder or hide text; the
# second mark of `##[command]`, which build logs obey wherever it stands in a line (actions/runner, ActionCommand.cs).
_HIDDEN = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|(?<=#)#(?=\\w*\\[)"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


# --- what a dataclass looks like --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One key of a JSON object: its name, its resolved type, and whether it is left out when it is null."""

    name: str
    type: Any
    optional: bool


@cache
def shape(cls: Any) -> tuple[FieldShape, ...]:
    """The keys of a record class in their order. A field whose default is None is left out when it is None."""
    hints = typing.get_type_hints(cls)
    return tuple(FieldShape(f.name, hints[f.name], f.default is None) for f in fields(cls))


# --- writing ----------------------------------------------------------------------------------------------------------


def to_line(item: Item) -> str:
    """One record as a line of JSON, without its newline. Always encodable as UTF-8 and free of terminal controls."""
    text = _ENCODER.encode(item)
    if text.isascii() and "\x7f" not in text and "##" not in text:
        return text
    return _SURROGATE.sub(_visible, _HIDDEN.sub(_escaped, text))


def write_jsonl(result: ScanResult, stream: TextIO) -> None:
    """Write the header, the usages, the diagnostics and the suspects, one a line."""
    stream.writelines(to_line(item) + "\n" for item in items(result))


def items(result: ScanResult) -> Iterator[Item]:
    """Everything of a result that is written, in order."""
    yield result.header
    yield from result.usages
    yield from result.diagnostics
    yield from result.suspects


def json_value(value: object, depth: int = _MAX_DEPTH) -> Json:
    """Any Python constant or container as JSON, always the same for equal input.

    What JSON lacks becomes text: `inf`, complex numbers, bytes, `...`, integers beyond a double, nesting below `depth`.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < _MAX_NUMBER else f"{'-' if value < 0 else ''}0x{abs(value):x}"
        case float():
            return value if math.isfinite(value) else repr(value)
        case bytes() | complex() | types.EllipsisType():
            return repr(value)
        case list() | tuple() | set() | frozenset() | dict() if depth == 0:
            return "…"
        case list() | tuple():
            return [json_value(each, depth - 1) for each in value]
        case set() | frozenset():
            return sorted((json_value(each, depth - 1) for each in value), key=_order)
        case dict():
            return {_key(name): json_value(each, depth - 1) for name, each in value.items()}
        case _:
            return f"<{type(value).__name__}>"


def _order(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _key(name: object) -> str:
    return name if isinstance(name, str) else str(json_value(name))


def _object(item: object) -> dict[str, object]:
    """A dataclass as a dictionary; the encoder asks for the nested ones by itself."""
    cls: Any = type(item)
    found: dict[str, object] = {"type": KINDS[cls]} if cls in KINDS else {}
    for field in shape(cls):
        value = getattr(item, field.name)
        if value is not None or not field.optional:
            found[field.name] = value
    if isinstance(item, UsageRecord):
        found["arguments"] = json_value(item.arguments)
    return found


def to_json(value: object) -> str:
    """Records, parts of them, or lists of these as JSON; lone surrogates stay as they are."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_object)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _visible(found: re.Match[str]) -> str:
    # A lone surrogate has no UTF-8, and its JSON escape is refused by strict readers: keep it as readable text.
    return f"\\\\u{ord(found[0]):04x}"


# --- reading ----------------------------------------------------------------------------------------------------------

_Reader: TypeAlias = Callable[[Any], Any]


def read_jsonl(stream: Iterable[str]) -> ScanResult:
    """Read back what `write_jsonl` wrote; `seconds` is lost.

    Raises:
        RecordFileError: not JSON, not the keys and values of this schema version, no header, or lines that are missing.
    """
    header: ScanHeader | None = None
    usages: list[UsageRecord] = []
    diagnostics: list[Diagnostic] = []
    suspects: list[Suspect] = []
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        match from_line(line, number):
            case ScanHeader() as item:
                if header is not None:
                    raise RecordFileError(f"line {number}: a second scan begins here; read one scan at a time")
                header = item
            case UsageRecord() as item:
                usages.append(item)
            case Diagnostic() as item:
                diagnostics.append(item)
            case Suspect() as item:
                suspects.append(item)
    if header is None:
        raise RecordFileError('there is no line of type "scan"; is this the output of ptmscan scan --format jsonl?')
    check_count("usages", header.usages, len(usages))
    check_count("diagnostics", header.diagnostics, len(diagnostics))
    check_count("suspects", header.suspects or 0, len(suspects))
    return ScanResult(header, tuple(usages), tuple(diagnostics), suspects=tuple(suspects))


def from_line(line: str, number: int = 1) -> Item:
    """One line of JSON as a record; `number` is for the message.

    Raises:
        RecordFileError: not JSON, or not the keys and values of this schema version.
    """
    try:
        value = json.loads(line)
        kind = value.pop("type", None) if isinstance(value, dict) else None
        if kind not in _ITEM_CLASSES:
            raise ValueError(f'"type" must be one of {", ".join(_ITEM_CLASSES)}')
        if kind == "scan" and value.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"schema version {value.get('schema_version')!r}, this ptmscan reads {SCHEMA_VERSION}")
        read: _Reader = _reader(_ITEM_CLASSES[kind])
        return typing.cast("Item", read(value))
    except (ValueError, RecursionError) as error:
        raise RecordFileError(f"line {number}: {error}") from error


_ITEM_CLASSES: dict[str, Any] = {kind: cls for cls, kind in KINDS.items()}


def check_count(what: str, announced: int, found: int) -> None:
    """Compare what the header of a scan announces with what was found.

    Raises:
        RecordFileError: they differ.
    """
    if announced != found:
        raise RecordFileError(f"the header announces {announced} {what}, the file holds {found}: is it cut off?")


@cache
def _reader(hint: Any) -> _Reader:
    """A function that checks a parsed JSON value against a type and gives the Python value."""
    if is_dataclass(hint):
        return _object_reader(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum_reader(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return _array_reader(_reader(arguments[0]))
    if origin is dict:
        return _plain_reader(dict, dict)
    if origin is types.UnionType:
        return _nullable_reader(_reader(arguments[0]))
    return _plain_reader(hint, (int, float) if hint is float else hint)


def _plain_reader(hint: type, accepted: Any) -> _Reader:
    def read(value: Any) -> Any:
        # bool is a subclass of int, but true is no line number.
        if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
            raise ValueError(f"{_brief(value)} is not {JSON_NAMES[hint]}")
        return float(value) if hint is float else value

    return read


JSON_NAMES = {str: "string", int: "integer", bool: "boolean", float: "number", dict: "object"}


def _nullable_reader(inner: _Reader) -> _Reader:
    def read(value: Any) -> Any:
        return None if value is None else inner(value)

    return read


def _enum_reader(cls: type[StrEnum]) -> _Reader:
    members = {str(member): member for member in cls}

    def read(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in members:
            raise ValueError(f"{_brief(value)} is none of {', '.join(members)}")
        return members[value]

    return read


def _array_reader(inner: _Reader) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"{_brief(value)} is not an array")
        return tuple(inner(each) for each in value)

    return read


def _object_reader(cls: Any) -> _Reader:
    parts = tuple((field.name, _reader(field.type), field.optional) for field in shape(cls))
    names = {name for name, _, _ in parts}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{_brief(value)} is not an object")
        if unknown := sorted(value.keys() - names):
            raise ValueError(f"unknown key {unknown[0]!r}")
        found = {}
        for name, reader, optional in parts:
            given = value.get(name, MISSING)
            if given is MISSING and optional:
                continue
            if given is MISSING:
                raise ValueError(f"key {name!r} is missing")
            try:
                found[name] = reader(given)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return cls(**found)

    return read


def _brief(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:39] + "…"
