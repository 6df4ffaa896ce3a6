"""Write docs/rules.md from the rules; `tests/unit/test_rules_page.py` fails when the page is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ptmscan.policy.model import Rule
from ptmscan.policy.rules import RULES

PAGE = Path(__file__).resolve().parent.parent / "docs/rules.md"
INTRODUCTION = """\
# Rules

[Policy](policy.md) tells how to set the severity of a rule, to switch it off, and to ignore one finding. An id never
changes its meaning. PTM000 is not a rule: formats that list findings use it for the plain inventory, one note for each
usage.
"""


def page() -> str:
    """The text of docs/rules.md."""
    return "\n".join([INTRODUCTION, *_table(), *(line for rule in RULES for line in _section(rule))])


def _table() -> Iterator[str]:
    yield "| id | name | severity | finds |"
    yield "|---|---|---|---|"
    for rule in RULES:
        yield f"| [{rule.id}](#{rule.id.lower()}) | `{rule.name}` | {_severity(rule)} | {rule.summary} |"
    yield ""


def _section(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.id}", "", f"**{rule.name}** ({_severity(rule)}). {rule.summary}", "", rule.help, "")


def _severity(rule: Rule) -> str:
    return rule.severity.value if rule.enabled else f"off ({rule.severity.value} when it is on)"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
