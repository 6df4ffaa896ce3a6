"""What every format promises: it reads back, hostile text is inert, lines fit, and a pipe gets plain text."""

from __future__ import annotations

import csv
import html
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering import on_terminal, rendered
from rich.cells import cell_len
from samples import EMPTY, HOSTILE, NASTY, TYPICAL, model, result, usage

from ptmscan.record_json import read_jsonl
from ptmscan.records import Diagnostic, DiagnosticCode, ModelOutcome, Via
from ptmscan.report import FORMATS, renderer
from ptmscan.report.csv_table import COLUMNS
from ptmscan.report.overview import Pin, overview
from ptmscan.report.printable import printable

RESULTS = {"empty": EMPTY, "typical": TYPICAL, "hostile": HOSTILE}
PIN = "0123456789abcdef0123456789abcdef01234567"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- all formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_comes_out_without_control_characters(name: str) -> None:
    text = rendered(name, HOSTILE)
    text.encode()
    assert all(character == "\n" or character.isprintable() for character in text)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_result_gives_the_same_text(name: str) -> None:
    assert rendered(name, TYPICAL) == rendered(name, TYPICAL)


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(KeyError):
        renderer("xml")


# --- text -------------------------------------------------------------------------------------------------------------


def test_text_groups_calls_by_model_and_says_what_it_is_pinned_to() -> None:
    text = rendered("text", result(usage("b.py", 2, model("org/x")), usage("a.py", 1, model("org/x", revision=PIN))))
    assert "org/x  pinned in part" in text
    assert re.search(r"b\.py:2 .*\n +no revision\n", text)
    assert re.search(r"a\.py:1 .*\n +revision 0123456789abcdef0123456789abcdef01234567\n", text)


def test_text_in_a_pipe_is_plain_and_never_wrapped() -> None:
    text = rendered("text", TYPICAL)
    assert "\x1b" not in text
    reason = 'request.query_params["model"]: request is a parameter and nothing calls customer_model()'
    assert f"      {reason}" in text.splitlines()
    assert not any(line.endswith(" ") for line in text.splitlines())


@pytest.mark.parametrize("columns", [20, 40, 80, 120, 200])
@pytest.mark.parametrize("scan", RESULTS)
def test_text_fits_the_terminal(scan: str, columns: int) -> None:
    text = ANSI.sub("", on_terminal(RESULTS[scan], columns))
    assert max(cell_len(line) for line in text.splitlines()) <= max(columns, 40)
    assert all(character == "\n" or character.isprintable() for character in text)


def test_text_without_colour_says_the_same() -> None:
    coloured, plain = on_terminal(TYPICAL, 80), on_terminal(TYPICAL, 80, NO_COLOR="1")
    assert "\x1b[33m" in coloured
    assert "\x1b[33m" not in plain
    assert ANSI.sub("", plain) == ANSI.sub("", coloured)


def test_text_of_wide_characters_keeps_the_right_edge() -> None:
    text = ANSI.sub("", on_terminal(result(usage("a.py", 1, model("組織/模型"))), 60))
    (line,) = (line for line in text.splitlines() if "組織" in line)
    assert cell_len(line) == 60


def test_text_lists_few_diagnostics_of_a_kind_and_counts_the_rest() -> None:
    found = [Diagnostic(f"{n}.py", n, DiagnosticCode.SYNTAX, "broken") for n in range(1, 9)]
    text = rendered("text", result(*found, Diagnostic("z.py", None, DiagnosticCode.BINARY, "NUL bytes")))
    assert text.count("syntax-error: broken") == 5
    assert "3 more of syntax-error" in text
    assert "z.py  binary: NUL bytes" in text


def test_text_of_an_empty_result_says_so() -> None:
    assert "No call that loads a pre-trained model was found." in rendered("text", EMPTY)


# --- overview ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revisions", "hub", "pin"),
    [
        ([PIN], "huggingface", Pin.COMMIT),
        ([PIN, PIN], "huggingface", Pin.COMMIT),
        ([PIN, None], "huggingface", Pin.MIXED),
        ([PIN, "main"], "huggingface", Pin.MIXED),
        (["v1", "main"], "huggingface", Pin.MOVABLE),
        (["main", None], "huggingface", Pin.NONE),
        ([None], "huggingface", Pin.NONE),
        ([None], None, Pin.NONE),
        ([None], "torchvision", Pin.LIBRARY),
        (["main"], "pytorch-hub", Pin.MOVABLE),
        ([PIN[:7]], "huggingface", Pin.COMMIT),
        (["v2024"], "huggingface", Pin.MOVABLE),
        (["IMAGENET1K_V2"], "torchvision", Pin.LIBRARY),
    ],
)
def test_pins(revisions: list[str | None], hub: str | None, pin: Pin) -> None:
    calls = [usage("a.py", line, model("org/x", hub=hub, revision=r)) for line, r in enumerate(revisions, 1)]
    (group,) = overview(result(*calls)).models
    assert group.pin is pin


def test_one_call_of_several_models_is_in_the_group_of_each() -> None:
    call = usage("a.py", 1, model("org/y"), model("org/X"), model("./here", hub=None, outcome=ModelOutcome.LOCAL))
    view = overview(result(call))
    assert [group.title for group in view.models] == ["org/X", "org/y"]
    assert [group.title for group in view.local] == ["./here"]


def test_a_model_written_in_two_ways_is_one_model() -> None:
    old = model("bert-base-uncased", id="google-bert/bert-base-uncased")
    (group,) = overview(result(usage("a.py", 1, old), usage("a.py", 2, model("google-bert/bert-base-uncased")))).models
    assert group.title == "google-bert/bert-base-uncased"
    assert group.other_names == ("bert-base-uncased",)


def test_models_of_the_same_calls_share_one_list_of_calls() -> None:
    both = usage("a.py", 1, model("org/a", via=Via.CONTAINER), model("org/c", via=Via.CONTAINER))
    lines = rendered("text", result(both, usage("b.py", 2, model("org/b")))).splitlines()
    assert lines[3:9] == [
        "  org/a  not pinned",
        "  org/c  not pinned",
        "    a.py:1  model      AutoModel.from_pretrained",
        "      from a container",
        "  org/b  not pinned",
        "    b.py:2  model      AutoModel.from_pretrained",
    ]


def test_models_without_a_hub_come_last() -> None:
    calls = [usage("a.py", 1, model("a", hub=None)), usage("a.py", 2, model("z", hub="torchvision"))]
    assert [group.title for group in overview(result(*calls)).models] == ["z", "a"]


# --- json -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scan", RESULTS)
def test_json_holds_the_objects_of_jsonl(scan: str) -> None:
    document = json.loads(rendered("json", RESULTS[scan]))
    lines = [json.loads(line) for line in rendered("jsonl", RESULTS[scan]).split("\n") if line]
    assert list(document) == ["scan", "usages", "diagnostics"]
    assert [document["scan"], *document["usages"], *document["diagnostics"]] == lines


def test_jsonl_reads_back() -> None:
    assert read_jsonl(io.StringIO(rendered("jsonl", TYPICAL))) == TYPICAL


# --- csv --------------------------------------------------------------------------------------------------------------


def test_csv_has_a_row_for_each_call_and_model() -> None:
    found = rows(rendered("csv", result(usage("a.py", 1, model("x/a"), model("x/b")), usage("b.py", 2))))
    assert [(row["path"], row["model_name"], row["line"]) for row in found] == [
        ("a.py", "x/a", "1"),
        ("a.py", "x/b", "1"),
        ("b.py", "", "2"),
    ]
    assert all(list(row) == list(COLUMNS) for row in found)


@given(st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_csv_cells_read_back_and_are_never_a_formula(name: str) -> None:
    (row,) = rows(rendered("csv", result(usage("a.py", 1, model(name, id=None)))))
    assert row["model_name"] in {printable(name), "'" + printable(name)}
    assert row["model_name"].lstrip()[:1] not in set("=+-@＝＋－＠")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", " =1", "＝1", "-foo"])
def test_csv_guards_formulas(name: str) -> None:
    (row,) = rows(rendered("csv", result(usage("a.py", 1, model(name)))))
    assert row["model_name"] == "'" + name


# --- markdown ---------------------------------------------------------------------------------------------------------

CELL = re.compile(r"(?:\[)?(?:`([^`|]+)`|<code>([^<>|`]*)</code>)")


@given(st.text(min_size=1, max_size=100).filter(lambda text: not text.isspace()))
def test_markdown_keeps_a_name_in_its_cell_as_code(name: str) -> None:
    text = rendered("markdown", result(usage("a.py", 1, model(name, id=None, hub=None))))
    (line,) = (line for line in text.split("\n") if line.endswith("`a.py:1` |  |"))
    assert line.count("|") == 6
    cell = CELL.match(line.split("|")[1].strip())
    assert cell is not None
    assert (cell[1] or html.unescape(cell[2])) == printable(name)


def test_markdown_links_only_well_formed_ids_of_the_hub() -> None:
    text = rendered(
        "markdown", result(usage("a.py", 1, model("org/x")), usage("a.py", 2, model("org/x)](http://evil")))
    )
    assert "[`org/x`](https://huggingface.co/org/x)" in text
    assert "evil)" not in text.replace("`org/x)](http://evil`", "")


def test_markdown_of_hostile_names_has_no_html_but_its_own() -> None:
    text = rendered("markdown", HOSTILE)
    assert set(re.findall(r"<[^>]*>", re.sub(r"`[^`]*`", "", text))) <= {"<code>", "</code>", "<br>"}
    assert NASTY not in text


# --- printable --------------------------------------------------------------------------------------------------------


@given(st.text(st.characters()))
def test_printable_text_is_printable_and_printable_text_stays(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    if text.isprintable() and "::" not in text and "##" not in text:
        assert shown == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::add-mask::x", r"  \x3a:add-mask::x"),
        ("a::b", "a::b"),
        (":", ":"),
        ("x ##[error]y", r"x #\x23[error]y"),
        ("##vso[task.complete]", r"#\x23vso[task.complete]"),
        ("##teamcity[x]", r"#\x23teamcity[x]"),
        ("## a heading", "## a heading"),
        ("####[error]", r"###\x23[error]"),
    ],
)
def test_printable_text_is_no_command_of_a_build_log(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_cuts_before_it_escapes() -> None:
    assert printable("abc", 3) == "abc"
    assert printable("abcd", 3) == "ab…"
    assert printable("\x1b" * 9, 3) == "\\x1b\\x1b…"
