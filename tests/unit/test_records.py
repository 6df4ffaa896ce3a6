"""Confidence and the other rules that belong to the records themselves."""

from __future__ import annotations

import itertools
import pickle

import pytest
from samples import HOSTILE, TYPICAL

from ptmscan.errors import RecordFileError, SignatureFileError, UnreadableFileError, UsageError
from ptmscan.records import ConfirmedBy, Outcome, Via, confidence


def test_confidence_is_a_number_between_0_and_1_for_everything_that_can_be_said() -> None:
    for outcome, via, parsers in itertools.product(Outcome, Via, ConfirmedBy):
        assert 0 < confidence(outcome, [via], parsers) <= 1


def test_confidence_is_that_of_the_weakest_way() -> None:
    assert confidence(Outcome.RESOLVED, [Via.LITERAL], ConfirmedBy.BOTH) == 1.0
    assert confidence(Outcome.RESOLVED, [Via.LITERAL, Via.OPTION], ConfirmedBy.BOTH) == 0.75
    assert confidence(Outcome.RESOLVED, [Via.OPTION, Via.LITERAL], ConfirmedBy.TREE_SITTER) == 0.68


def test_knowing_less_never_raises_confidence() -> None:
    order = [Outcome.RESOLVED, Outcome.PARTIAL, Outcome.DYNAMIC]
    values = [confidence(outcome, [], ConfirmedBy.BOTH) for outcome in order]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    "thing",
    [
        TYPICAL,
        HOSTILE,
        RecordFileError("line 1: x"),
        UsageError("x"),
        SignatureFileError(["a:1: x", "a:2: y"]),
        UnreadableFileError("a.py", "binary", "NUL bytes"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_results_and_errors_cross_process_borders(thing: object) -> None:
    again = pickle.loads(pickle.dumps(thing))
    assert type(again) is type(thing)
    assert str(again) == str(thing)
