"""The JSON Schema of the records, derived from their dataclasses.

`python -m ptmscan.record_schema` prints it; a test compares it with the committed ptmscan/schema/usage-records-1.json.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from dataclasses import is_dataclass
from enum import StrEnum
from typing import Any

from ptmscan.record_json import JSON_NAMES, KINDS, FieldShape, shape
from ptmscan.records import (
    SCHEMA_VERSION,
    Diagnostic,
    Evidence,
    Json,
    LibraryRelease,
    ModelReference,
    OtherRelease,
    ScanHeader,
    Suspect,
    UsageRecord,
)

FILE_NAME = f"usage-records-{SCHEMA_VERSION}.json"

_POSITION: dict[str, Json] = {"minimum": 1}
_CELL: dict[str, Json] = {
    "minimum": 0,
    "description": "0-based index among all cells of a notebook; null or absent in other files",
}
_COUNT: dict[str, Json] = {"minimum": 0}

# What the types cannot say, by class and field.
_NOTES: dict[type, dict[str, dict[str, Json]]] = {
    ScanHeader: {
        "schema_version": {"const": SCHEMA_VERSION, "description": "raised whenever a key or enumeration changes"},
        "tool": {"description": "name of the program that made the result"},
        "tool_version": {"description": "its version"},
        "signatures_version": {"description": "hash of the signature catalogue that was used"},
        "repository": {"description": "owner/name of the remote, else the folder's name"},
        "commit": {"description": "full hash of the commit that was scanned; null outside git"},
        "files": {**_COUNT, "description": "files in the tree that could hold Python"},
        "files_read": {**_COUNT, "description": "files that were parsed"},
        "usages": {**_COUNT, "description": "number of usage lines that follow"},
        "diagnostics": {**_COUNT, "description": "number of diagnostic lines that follow"},
        "suspects": {**_COUNT, "description": "number of suspect lines that follow, in a scan that looked for them"},
    },
    UsageRecord: {
        "repository": {"description": "owner/name of the remote, else the folder's name"},
        "commit": {"description": "full hash of the commit that was scanned; null outside git"},
        "path": {"description": "POSIX path from the top of the git work tree, else from the scanned folder"},
        "cell": _CELL,
        "line": {
            **_POSITION,
            "description": "line of the call's first character, counted from 1 inside the file or cell",
        },
        "column": {**_POSITION, "description": "column of the call's first character, counted from 1 in code points"},
        "end_line": {**_POSITION, "description": "line of the call's last character"},
        "end_column": {**_POSITION, "description": "column behind the call's last character"},
        "scope": {"description": "qualified name of the function or class around the call; <module> outside of them"},
        "source_line": {"description": "the line on which the call begins"},
        "line_hash": {"description": "primaryLocationLineHash of that line as GitHub code scanning computes it"},
        "signature": {"description": "the rule that matched, library/rule"},
        "library": {"description": "the distribution whose call loads the model"},
        "callee": {"description": "the called name as the code writes it, fully qualified"},
        "resolved_to": {"description": "the library's own name for it"},
        "component": {"description": "which part of a model the call loads"},
        "pretrained": {"description": "whether the call loads trained weights; null when that is not known"},
        "arguments": {"description": "every argument with a static value, by name or position"},
        "trust_remote_code": {
            "description": "whether the call runs code of the model's repository; null when not known"
        },
        "models": {"description": "the models that the call may load"},
        "exhaustive": {"description": "whether `models` is proven to be all of them"},
        "open_reason": {"description": "why `models` may not be all of them"},
        "outcome": {"description": "what is known in the end"},
        "reason": {"description": "why it is not more"},
        "confirmed_by": {"description": "the parsers that agree on the call"},
        "confidence": {"minimum": 0, "maximum": 1, "description": "see docs/records.md"},
        "fingerprint": {"description": "identity of the usage that does not change when code moves"},
        "release": {"description": "present where the answer depends on the release of the library"},
        "file_line": {**_POSITION, "description": "present in notebooks: the line of the file on which `line` stands"},
    },
    ModelReference: {
        "name": {"description": "the name as the code writes it"},
        "id": {"description": "the hub's own name for it, where a rule or table proves it"},
        "hub": {"description": "where the model comes from"},
        "revision": {"description": "the branch, tag or commit that the code asks for"},
        "outcome": {"description": "what is known about this model"},
        "origin": {"description": "where the name comes from"},
        "via": {"description": "the hardest step of its way to the call"},
        "evidence": {"description": "the steps from the name to the call"},
        "known": {"description": "whether the registry of the scan knows it; absent without a registry"},
    },
    LibraryRelease: {
        "distribution": {"description": "the distribution whose release decides"},
        "requirement": {
            "description": "the specifiers that the repository asks for; null: none, so the newest release is taken"
        },
        "path": {"description": "the file that asks for it, POSIX; null when none does"},
        "line": {**_POSITION, "description": "its line in that file; null when none does"},
        "alternatives": {"description": "what other releases load in place of `models`"},
    },
    OtherRelease: {
        "versions": {"description": "the releases that load it, as PEP 440 specifiers"},
        "name": {"description": "the name as the code or the library writes it; null: these load no model"},
        "id": {"description": "the hub's own name for it, where a rule or table proves it"},
        "hub": {"description": "where the model comes from"},
        "revision": {"description": "the revision that the code or the library asks for"},
    },
    Evidence: {
        "path": {"description": "POSIX path, as in the usage"},
        "line": {**_POSITION, "description": "line, counted from 1 inside the file or cell"},
        "step": {"description": "what happens there"},
        "text": {"description": "the source text of the step"},
        "cell": _CELL,
        "file_line": {**_POSITION, "description": "present in notebooks, as in the usage"},
    },
    Diagnostic: {
        "path": {"description": "POSIX path, as in the usage"},
        "line": {**_POSITION, "description": "line, counted from 1 inside the file or cell; null for the whole file"},
        "code": {"description": "why something could not be read or was read only in part"},
        "message": {"description": "the same for people"},
        "cell": _CELL,
    },
    Suspect: {
        "path": {"description": "POSIX path, as in the usage"},
        "line": {**_POSITION, "description": "line of the call's first character, as in the usage"},
        "column": {**_POSITION, "description": "column of the call's first character, as in the usage"},
        "scope": {"description": "qualified name of the function or class around the call, as in the usage"},
        "source_line": {"description": "the line on which the call begins"},
        "callee": {"description": "the called name, fully qualified"},
        "argument": {"description": "the argument that holds the name: its keyword, or its position from 0"},
        "name": {"description": "the name as the code writes it"},
        "model": {"description": "the registry's name of the model"},
        "hub": {"description": "the registry's name of its hub"},
        "evidence": {"description": "the steps from the name to the call"},
        "cell": _CELL,
    },
}


def schema() -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) of one line of `scan --format jsonl`."""
    classes: tuple[type, ...] = (*KINDS, ModelReference, LibraryRelease, OtherRelease, Evidence)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ptmscan:schema:{FILE_NAME}",
        "title": "A line of ptmscan scan --format jsonl",
        "oneOf": [{"$ref": f"#/$defs/{cls.__name__}"} for cls in KINDS],
        "$defs": {cls.__name__: _object(cls) for cls in classes},
    }


def schema_text() -> str:
    """The schema as the committed file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _object(cls: Any) -> Json:
    properties: dict[str, Json] = {"type": {"const": KINDS[cls]}} if cls in KINDS else {}
    properties |= {field.name: _property(cls, field) for field in shape(cls)}
    optional = {field.name for field in shape(cls) if field.optional}
    return {
        "type": "object",
        "description": (cls.__doc__ or "").splitlines()[0],
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _property(cls: type, field: FieldShape) -> Json:
    return {**_of_type(field.type), **_NOTES[cls][field.name]}


def _of_type(hint: Any) -> dict[str, Json]:
    if is_dataclass(hint):
        return {"$ref": f"#/$defs/{getattr(hint, '__name__', '')}"}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [str(member) for member in hint]}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return {"type": "array", "items": _of_type(arguments[0])}
    if origin is dict:
        return {"type": "object"}
    if origin is types.UnionType and is_dataclass(arguments[0]):
        return _of_type(arguments[0])  # such a key is left out when there is nothing to say
    if origin is types.UnionType:
        return {"type": [JSON_NAMES[arguments[0]], "null"]}
    return {"type": JSON_NAMES[hint]}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
