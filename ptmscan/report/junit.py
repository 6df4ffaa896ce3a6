"""JUnit XML: a test case for each usage, which fails when a policy finds an error or a warning there.

The dialect that Jenkins, GitLab and GitHub actions read: https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ptmscan.policy.model import Severity
from ptmscan.report.printable import printable
from ptmscan.report.remarks import MAX_MESSAGE, Remark, call_name, remarks
from ptmscan.report.words import place

if TYPE_CHECKING:
    from typing import TextIO

    from ptmscan.records import Diagnostic, ScanResult, UsageRecord
    from ptmscan.report.remarks import AnyFinding


@dataclass(slots=True)
class _Case:
    """A usage or a comment, and what was found there. The name holds no line: CI systems compare runs by names."""

    name: str
    path: str
    line: int | None
    text: str
    failures: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


def render(result: ScanResult, stream: TextIO, findings: Iterable[AnyFinding] | None = None) -> None:
    """Write two suites: the usages and comments with what was found there, and what was not read in full."""
    cases = _cases(result, findings)
    failures, unread = sum(bool(case.failures) for case in cases), len(result.diagnostics)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f'<testsuites name="ptmscan" {_counts(len(cases) + unread, failures, unread)}>\n')
    stream.write(f'<testsuite name="models" {_counts(len(cases), failures, 0)}>\n')
    stream.writelines(map(_case, cases))
    stream.write(f'</testsuite>\n<testsuite name="reading" {_counts(unread, 0, unread)}>\n')
    stream.writelines(map(_unread, result.diagnostics))
    stream.write("</testsuite>\n</testsuites>\n")


def _counts(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'


def _cases(result: ScanResult, findings: Iterable[AnyFinding] | None) -> list[_Case]:
    found: dict[object, _Case] = {}
    for remark in remarks(result, None):
        if remark.usage is not None:
            found[_key(remark.usage)] = _new(remark)
    for number, remark in enumerate(remarks(result, findings) if findings is not None else ()):
        case = found.setdefault(number if remark.usage is None else _key(remark.usage), _new(remark))
        (case.notes if remark.severity is Severity.NOTE else case.failures).append(remark)
    return [*_numbered(found.values())]


def _key(usage: UsageRecord) -> tuple[str, int | None, int, int, str]:
    return usage.path, usage.cell, usage.line, usage.column, usage.signature


def _new(remark: Remark) -> _Case:
    line = remark.region.line if remark.region else None
    if remark.usage is None:
        return _Case(f"comment {remark.rule.id}", remark.path, line, "")
    return _Case(f"{call_name(remark.usage)} in {remark.usage.scope}", remark.path, line, remark.message)


def _numbered(cases: Iterable[_Case]) -> Iterator[_Case]:
    """The cases, those of the same name in a file told apart by a number."""
    seen: dict[tuple[str, str], int] = {}
    for case in cases:
        key = (case.path, case.name)
        seen[key] = seen.get(key, 0) + 1
        yield case if seen[key] == 1 else replace(case, name=f"{case.name} #{seen[key]}")


# --- XML --------------------------------------------------------------------------------------------------------------


def _case(case: _Case) -> str:
    inside = ""
    if case.failures:
        first = case.failures[0]
        listed = "\n".join(f"{each.rule.id} {each.message}" for each in case.failures)
        attributes = f"message={_quoted(first.message)} type={_quoted(first.rule.id)}"
        inside = f"<failure {attributes}>{_escaped(listed)}</failure>\n"
    said = [case.text, *(f"{each.rule.id} {each.message}" for each in case.notes)]
    inside += f"<system-out>{_escaped(chr(10).join(filter(None, said)))}</system-out>\n"
    return _element(case.name, case.path, case.line, inside)


def _unread(found: Diagnostic) -> str:
    line = found.line if found.cell is None else None
    skipped = f"<skipped message={_quoted(found.message)}/>\n"
    return _element(f"{place(found)} {found.code.value}", found.path, line, skipped)


def _element(name: str, path: str, line: int | None, inside: str) -> str:
    where = "" if line is None else f' line="{line}"'
    return (
        f"<testcase name={_quoted(name)} classname={_quoted(path)} file={_quoted(path)}{where}>\n{inside}</testcase>\n"
    )


def _quoted(text: str) -> str:
    return f'"{html.escape(printable(text, MAX_MESSAGE))}"'


def _escaped(text: str) -> str:
    return "\n".join(html.escape(printable(line)) for line in text.split("\n"))
