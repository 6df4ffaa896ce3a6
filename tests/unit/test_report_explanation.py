"""An explanation shows verdict, signature and the chain of evidence, one step a line, and nothing raw."""

from __future__ import annotations

import io
from dataclasses import replace

from samples import HOSTILE, TYPICAL, usage
from test_report_golden import compare

from ptmscan.explanation import ExplainedCall, Explanation
from ptmscan.records import Outcome, UsageRecord
from ptmscan.report.explanation import render_explanation


def explained(*calls: ExplainedCall) -> str:
    stream = io.StringIO()
    render_explanation(Explanation(calls), stream)
    return stream.getvalue()


def call(record: UsageRecord, **changes: object) -> ExplainedCall:
    place = ExplainedCall(record.path, record.cell, record.line, record.column, "f(…)", (record,))
    return replace(place, **changes)


def found(path: str, line: int) -> UsageRecord:
    return next(record for record in TYPICAL.usages if (record.path, record.line) == (path, line))


def test_the_chain_of_evidence_is_told_one_step_a_line() -> None:
    text = explained(
        call(found("service/classifier.py", 12), text="AutoModelForSequenceClassification.from_pretrained(")
    )
    assert text.splitlines()[0] == "service/classifier.py:12:9  AutoModelForSequenceClassification.from_pretrained("
    steps = [
        line.split(None, 2)
        for line in text.splitlines()
        if line.strip().startswith("service/") and "  " in line.strip()
    ]
    assert [step[:2] for step in steps[1:]] == [
        ["service/config.py:3", "constant"],
        ["service/classifier.py:6", "import"],
    ]
    assert "714eb0fa89d2f80546fda750413ed43d93601a13" in text
    assert "trust_remote_code" in text


def test_an_unknown_model_says_why() -> None:
    text = explained(call(found("service/registry.py", 11)))
    assert "loads a model that is not known" in text
    assert 'because     request.query_params["model"]: request is a parameter' in text


def test_a_call_that_is_no_load_says_why() -> None:
    text = explained(ExplainedCall("a.py", None, 3, 5, "print(x)", reason="no signature knows builtins.print"))
    assert "no load that a signature describes" in text
    assert "because     no signature knows builtins.print" in text


def test_open_and_untrained_calls_say_so() -> None:
    text = explained(call(usage("a.py", 1, exhaustive=False, open_reason="the option may be given")))
    assert "open        other models are possible: the option may be given" in text
    text = explained(call(usage("a.py", 1, outcome=Outcome.UNTRAINED, reason="weights=None")))
    assert "loads no trained weights" in text


def test_hostile_text_is_inert() -> None:
    text = explained(*(call(record, text=record.callee) for record in HOSTILE.usages))
    assert all(character == "\n" or character.isprintable() for character in text)


def test_the_whole_text_is_the_golden_one() -> None:
    calls = [call(record) for record in TYPICAL.usages]
    compare(
        explained(*calls, ExplainedCall("a.ipynb", 2, 3, 5, "print(x)", reason="no signature")), "typical.explanation"
    )
