"""Repositories of strangers: whatever their names hold, every format stays well-formed and nothing in it acts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from html_pages import Page
from rendering import rendered
from samples import HEADER, USAGE, model, result

from ptmscan.records import Diagnostic, DiagnosticCode, Evidence, Outcome, ScanResult, Via
from ptmscan.report import FORMATS

TEXTS = {
    "terminal": "\x1b[2J\x1b]0;owned\x07\x9b31m\x1b]8;;http://evil\x1b\\x",
    "address": "huggingface.co:99/%zz/\u00fc?x=[1]#a#b",
    "lines": "a\nb\r\nc\u2028d\u2029e\x85f\x0bg",
    "command": "::error::pwned",
    "command after a line": "x\n::add-mask::a\n  ::stop-commands::b",
    "escaped command": "x%0A::error::pwned%0D%25",
    "old command": "x ##[error]pwned ##vso[task.setvariable]x",
    "log section": "\r\x1b[0Ksection_start:1:x\r\x1b[0K",
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "cdata": "]]></failure><!-- &x; <?x?>",
    "quotes": "\"'`|\\${{ github.token }}$(id)",
    "markdown": "[x](javascript:alert(1)) ![x](http://evil) @all #1 ``` | --- |",
    "formula": '=HYPERLINK("http://evil","x")',
    "spreadsheet command": "@SUM(1)|cmd",
    "reversed": "abc\u202egnp.exe\u2066\u200b\ufeff",
    "surrogate": "x\ud800\udcffy",
    "null": "x\x00y\ufffe",
    "long": "x" * 100_000,
    "long escapes": "\x1b" * 100_000,
    "empty": "",
}
# All that a page of one repository is made of.
_WORDS = "html head meta title style body div header main footer section nav form label input select option button "
_WORDS += "h1 h2 h3 p a span code pre ul ol li dl dt dd details summary script"
TAGS = frozenset(_WORDS.split(" "))
# A path is at most 4,096 bytes long, other names are not.
_MAX_PATH = 1000


def hostile(text: str) -> ScanResult:
    """A result in which a stranger's text stands wherever one can."""
    path = f"{text[:_MAX_PATH]}/{text[:_MAX_PATH]}.py"
    reference = model(text, revision=text, via=Via.CONSTANT, evidence=(Evidence(path, 1, "constant", text),))
    download = replace(reference, hub="url", name=f"https://{text}")
    call = replace(
        USAGE,
        path=path,
        scope=text,
        source_line=text,
        callee=text,
        resolved_to=text,
        arguments={text: [text]},
        models=(reference, replace(reference, hub=None, id=None), download),
        exhaustive=False,
        open_reason=text,
    )
    unknown = replace(call, models=(), outcome=Outcome.DYNAMIC, reason=text, line=8, cell=1)
    found = result(call, unknown, Diagnostic(path, 1, DiagnosticCode.SYNTAX, text))
    return replace(found, header=replace(HEADER, repository=text, usages=2, diagnostics=1))


def _csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def _json_lines(text: str) -> None:
    assert [json.loads(line)["type"] for line in text.splitlines()] == ["scan", "usage", "usage", "diagnostic"]


def _sarif(text: str) -> None:
    schema = json.loads((Path(__file__).parents[1] / "schemas/sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(text))


def _cyclonedx(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    Bom.from_json(json.loads(text))


def _github(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"::notice title=PTM000 [\w-]+,file=[^,:]*(,\w+=\d+)*::.*", line) for line in lines)


def _junit(text: str) -> None:
    root = ElementTree.fromstring(text)  # our own output
    assert [suite.get("tests") for suite in root] == ["2", "1"]
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "system-out", "skipped"}


def _markdown(text: str) -> None:
    without_code = re.sub(r"`[^`\n]*`", "", text)
    assert set(re.findall(r"<[^>]*>", without_code)) <= {"<code>", "</code>", "<br>"}
    assert all(line.count("|") in {0, 4, 6} for line in without_code.splitlines())


def _html(text: str) -> None:
    page = Page.parsed(text)
    assert page.tags <= TAGS
    assert page.attributes.isdisjoint({"style", "src", "srcdoc", "action", "formaction", "ping"})
    assert not any(name.startswith("on") for name in page.attributes)
    assert all(link.startswith(("#", "https://")) for link in page.links)
    assert len(page.scripts) == 1


WELL_FORMED: dict[str, Callable[[str], object]] = {
    "text": str,
    "json": json.loads,
    "jsonl": _json_lines,
    "csv": _csv,
    "markdown": _markdown,
    "sarif": _sarif,
    "cyclonedx": _cyclonedx,
    "github": _github,
    "gitlab": json.loads,
    "junit": _junit,
    "html": _html,
}
# These hold everything that was found, or whole names.
_WHOLE = {"json", "jsonl", "csv"}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_inert(name: str, kind: str) -> None:
    text = rendered(name, hostile(TEXTS[kind]))
    text.encode()
    assert [character for character in text if character != "\n" and not character.isprintable()] == []
    assert re.search(r"##\w*\[", text) is None
    if name != "github":
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    WELL_FORMED[name](text)


@pytest.mark.parametrize("kind", ["long", "long escapes"])
@pytest.mark.parametrize("name", sorted(FORMATS.keys() - _WHOLE))
def test_long_names_are_cut_where_people_read(name: str, kind: str) -> None:
    assert len(rendered(name, hostile(TEXTS[kind]))) < 200_000
