"""docs/records.md keeps up with the enumerations and the confidence; tests/test_docs.py looks at its keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ptmscan import records
from ptmscan.records import ConfirmedBy, Outcome, Via, confidence

PAGE = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")


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
