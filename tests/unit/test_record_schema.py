"""The committed JSON Schema is the one of the dataclasses, and the records that are written obey it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from samples import EMPTY, HOSTILE, MODEL, TYPICAL, USAGE

import ptmscan
from ptmscan.record_json import items, to_line
from ptmscan.record_schema import FILE_NAME, schema, schema_text
from ptmscan.records import ScanResult

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_committed_schema_is_current() -> None:
    """Rewrite it with `python -m ptmscan.record_schema > ptmscan/schema/usage-records-1.json`."""
    committed = resources.files(ptmscan).joinpath("schema", FILE_NAME)
    assert committed.read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("scan", [EMPTY, TYPICAL, HOSTILE], ids=["empty", "typical", "hostile"])
def test_every_line_obeys_the_schema(scan: ScanResult) -> None:
    for item in items(scan):
        VALIDATOR.validate(json.loads(to_line(item)))


def _broken(**changes: Any) -> dict[str, Any]:
    return {**json.loads(to_line(USAGE)), **changes}


@pytest.mark.parametrize(
    "line",
    [
        _broken(component="car"),
        _broken(outcome="unknown"),
        _broken(line=0),
        _broken(confidence=1.1),
        _broken(extra=1),
        _broken(type="diagnostic"),
        _broken(models=[{**json.loads(to_line(USAGE))["models"][0], "via": "magic"}]),
        {key: value for key, value in _broken().items() if key != "fingerprint"},
        {"type": "scan"},
    ],
    ids=range(9),
)
def test_the_schema_refuses_what_is_not_a_record(line: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(line)


def test_every_enumeration_is_closed_and_every_field_described() -> None:
    definitions: Any = schema()["$defs"]
    for definition in definitions.values():
        assert definition["additionalProperties"] is False
        for name, rule in definition["properties"].items():
            assert name == "type" or rule["description"], name
    assert definitions["ModelReference"]["properties"]["via"]["enum"][0] == MODEL.via
