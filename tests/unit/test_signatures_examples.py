"""Every example of signatures.yaml, scanned: what a rule says it finds is found, what it says is no load is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ptmscan.records import Outcome
from ptmscan.signatures.catalogue import signatures_path
from ptmscan.signatures.schema import read_document

if TYPE_CHECKING:
    from ptmscan.records import UsageRecord
    from ptmscan.signatures.examples import Example
    from tests.conftest import ScanText

DOCUMENT = read_document("signatures.yaml", signatures_path().read_text(encoding="utf-8"))
LIBRARIES = sorted({signature.library for signature in DOCUMENT.signatures})
# What a rule for some releases only needs to come into question.
REQUIREMENTS = {s.id: f"{s.distributions[0]}{s.versions}\n" for s in DOCUMENT.signatures if s.versions}


def of_rule(example: Example, usage: UsageRecord) -> bool:
    """A library's own examples are for all its rules."""
    return example.rule in (usage.signature, usage.library)


def answers(example: Example, usages: tuple[UsageRecord, ...]) -> bool:
    mine = [usage for usage in usages if of_rule(example, usage)]
    loads = [usage for usage in mine if usage.pretrained is not False and usage.outcome is not Outcome.UNTRAINED]
    if not example.matches:
        return not loads
    named = {name for usage in loads for model in usage.models for name in (model.name, model.id)}
    return bool(loads) and named.issuperset(example.models or ())


@pytest.mark.parametrize("library", LIBRARIES)
def test_examples(library: str, scan_text: ScanText) -> None:
    examples = [e for e in DOCUMENT.examples if e.rule.partition("/")[0] == library]
    wrong = [
        (e.line, e.code, e.models)
        for e in examples
        if not answers(e, scan_text(e.code, **{"requirements.txt": REQUIREMENTS.get(e.rule, "")}))
    ]
    assert examples
    assert wrong == []
