"""docs/records.md keeps up with the dataclasses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ptmscan import records
from ptmscan.record_json import shape
from ptmscan.records import ConfirmedBy, ModelReference, Outcome, UsageRecord, Via, confidence

PAGE = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("cls", [UsageRecord, ModelReference], ids=lambda cls: cls.__name__)
def test_every_key_has_its_row(cls: type) -> None:
    keys = {
        key for row in re.findall(r"^\| ((?:`\w+` ?)+)\|", PAGE, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)
    }
    assert [field.name for field in shape(cls) if field.name not in keys] == []


@pytest.mark.parametrize(
    "enum", [records.Component, records.Outcome, records.ModelOutcome, records.Origin, records.Via]
)
def test_every_value_is_named(enum: type[records.Via]) -> None:
    assert [value for value in enum if f"`{value}`" not in PAGE] == []


def factor(row: str) -> float:
    found = re.search(rf"^\| `{re.escape(row)}` \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert found is not None, row
    return float(found[1])


def test_the_tables_of_confidence_are_those_of_the_code() -> None:
    for outcome in Outcome:
        assert confidence(outcome, [], ConfirmedBy.BOTH) == factor(outcome)
    for via in Via:
        assert confidence(Outcome.RESOLVED, [via], ConfirmedBy.BOTH) == factor(via)
    for parsers in ConfirmedBy:
        assert confidence(Outcome.RESOLVED, [], parsers) == factor(parsers)
