"""docs/rules.md tells of every rule what the program says of it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from ptmscan.policy.checks import CHECKS
from ptmscan.policy.model import Rule
from ptmscan.policy.patterns import HUBS
from ptmscan.policy.rules import BASELINE_RULES, INVALID_IGNORE, RULES, UNUSED_IGNORE, find_rule
from ptmscan.report.overview import HUB_NAMES
from ptmscan.signatures.identity import Hub

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_is_what_the_script_writes() -> None:
    written = runpy.run_path(str(ROOT / "scripts/write_rules_page.py"))["page"]()
    assert (ROOT / "docs/rules.md").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_an_id_a_name_and_words_that_say_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"PTM\d{3}", rule.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.summary.endswith(".")
    assert rule.help.endswith(".")
    assert find_rule(rule.id.lower()) is find_rule(rule.name) is rule


def test_ids_are_given_once_and_each_rule_is_checked_somewhere() -> None:
    assert [rule.id for rule in RULES] == [f"PTM{number:03}" for number in range(1, len(RULES) + 1)]
    checked = {rule.id for rule, _ in CHECKS} | BASELINE_RULES | {INVALID_IGNORE.id, UNUSED_IGNORE.id}
    assert checked == {rule.id for rule in RULES}


def test_patterns_know_every_hub() -> None:
    assert set(HUBS) == {str(hub) for hub in Hub} - {"local"} == set(HUB_NAMES) - {None}
