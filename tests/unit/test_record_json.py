"""Records are written with stable keys and bytes, and come back as they were."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import EMPTY, HOSTILE, MODEL, TYPICAL, USAGE, result

from ptmscan.errors import RecordFileError
from ptmscan.record_json import from_line, json_value, read_jsonl, to_line, write_jsonl
from ptmscan.records import Diagnostic, DiagnosticCode, Evidence, ScanResult, UsageRecord

USAGE_KEYS = [
    *(
        "type",
        "repository",
        "commit",
        "path",
        "cell",
        "line",
        "column",
        "end_line",
        "end_column",
        "scope",
        "source_line",
    ),
    *("line_hash", "signature", "library", "callee", "resolved_to", "component", "pretrained", "arguments"),
    *("trust_remote_code", "models", "exhaustive", "open_reason", "outcome", "reason", "confirmed_by", "confidence"),
    "fingerprint",
]


def written(scan: ScanResult) -> str:
    stream = io.StringIO()
    write_jsonl(scan, stream)
    return stream.getvalue()


def test_lines_have_the_published_keys_in_the_published_order() -> None:
    header, *rest = [json.loads(line) for line in written(TYPICAL).splitlines()]
    assert list(header)[:2] == ["type", "schema_version"]
    assert (header["type"], header["usages"], header["diagnostics"]) == ("scan", 12, 3)
    assert "seconds" not in header
    assert list(rest[0]) == [*USAGE_KEYS, "file_line"]  # a notebook
    assert list(rest[1]) == USAGE_KEYS
    assert list(rest[0]["models"][0]) == ["name", "id", "hub", "revision", "outcome", "origin", "via", "evidence"]
    assert list(rest[2]["models"][0]["evidence"][0]) == ["path", "line", "step", "text"]
    assert [line["type"] for line in rest] == ["usage"] * 12 + ["diagnostic"] * 3
    assert list(rest[-1]) == ["type", "path", "line", "code", "message"]


def test_a_cell_is_written_only_where_there_is_one() -> None:
    line = json.loads(to_line(Diagnostic("a.ipynb", 1, DiagnosticCode.MAGIC, "x", cell=0)))
    assert line["cell"] == 0
    assert "cell" not in json.loads(to_line(Diagnostic("a.py", 1, DiagnosticCode.SYNTAX, "x")))


@pytest.mark.parametrize("scan", [EMPTY, TYPICAL], ids=["empty", "typical"])
def test_what_is_written_reads_back_equal(scan: ScanResult) -> None:
    assert read_jsonl(io.StringIO(written(scan))) == scan


def test_seconds_leave_no_trace_in_the_bytes() -> None:
    assert written(replace(TYPICAL, seconds=3.2)) == written(TYPICAL)


def test_hostile_text_is_valid_utf8_one_object_a_line_and_free_of_controls() -> None:
    text = written(HOSTILE)
    text.encode()
    assert len(text.splitlines()) == 1 + len(HOSTILE.usages) + len(HOSTILE.diagnostics)
    assert all(character == "\n" or character.isprintable() for character in text)
    again = read_jsonl(io.StringIO(text))
    assert written(again) == text
    assert again.usages[0].models[0].name == HOSTILE.usages[0].models[0].name.replace("\ud800", "\\ud800")


texts = st.text()
usages = st.builds(
    replace,
    st.just(USAGE),
    path=texts,
    scope=texts,
    source_line=texts,
    line=st.integers(1, 10**9),
    cell=st.none() | st.integers(0, 99),
    reason=st.none() | texts,
    confidence=st.floats(0, 1).map(lambda number: round(number, 2)),
    arguments=st.dictionaries(
        texts,
        st.recursive(
            st.none() | st.booleans() | st.integers() | texts,
            lambda x: st.lists(x) | st.dictionaries(texts, x),
            max_leaves=5,
        ),
    ),
    models=st.lists(
        st.builds(
            replace,
            st.just(MODEL),
            name=texts,
            evidence=st.lists(st.builds(Evidence, texts, st.integers(1), texts, texts)).map(tuple),
        )
    ).map(tuple),
)


@given(usages)
def test_any_usage_survives_the_round_trip(usage: UsageRecord) -> None:
    line = to_line(usage)
    assert "\n" not in line
    assert from_line(line) == usage


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
        (10**400, "0x" + f"{10**400:x}"),
        (-(10**9999), "-0x" + f"{10**9999:x}"),
        (b"\x00\xff", "b'\\x00\\xff'"),
        (2j, "2j"),
        (..., "Ellipsis"),
        ((1, (2,)), [1, [2]]),
        ({"b", "a"}, ["a", "b"]),
        ({1: 2, None: 3, b"k": 4}, {"1": 2, "None": 3, "b'k'": 4}),
        (object(), "<object>"),
    ],
    ids=range(12),
)
def test_python_values_without_json_become_text(value: object, expected: object) -> None:
    assert json_value(value) == expected


def test_deep_nesting_is_cut_and_not_fatal() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert json.dumps(json_value(deep), ensure_ascii=False) == "[" * 8 + '"…"' + "]" * 8


def test_arguments_without_json_do_not_break_a_line() -> None:
    line = to_line(replace(USAGE, arguments={"a": float("nan"), "b": 10**5000}))
    assert json.loads(line)["arguments"]["a"] == "nan"


LINE = to_line(USAGE)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 3: Expecting property name"),
        ("[1]", 'line 3: "type" must be one of scan, usage, diagnostic'),
        ('{"type": "use"}', 'line 3: "type" must be one of'),
        ('{"type": "scan", "schema_version": 2}', "line 3: schema version 2, this ptmscan reads 1"),
        ('{"type": "diagnostic", "path": "a"}', "line 3: key 'line' is missing"),
        (LINE.replace('"line":7', '"line":true'), "line 3: line: true is not integer"),
        (LINE.replace('"line":7', '"line":"7"'), 'line 3: line: "7" is not integer'),
        (
            LINE.replace('"component":"model"', '"component":"car"'),
            'line 3: component: "car" is none of model, tokenizer',
        ),
        (LINE.replace('"via":"literal"', '"via":3'), "line 3: models: via: 3 is none of literal"),
        (LINE.replace('"scope"', '"skope"'), "line 3: unknown key 'skope'"),
        (LINE.replace('"confidence":1.0', '"confidence":null'), "line 3: confidence: null is not number"),
        ("[" * 100_000, "line 3: "),
    ],
    ids=range(12),
)
def test_a_wrong_line_is_refused_with_its_number_and_reason(line: str, message: str) -> None:
    with pytest.raises(RecordFileError) as error:
        from_line(line, 3)
    assert str(error.value).startswith(message)


def test_a_file_that_is_cut_off_is_refused() -> None:
    lines = written(TYPICAL).splitlines(keepends=True)
    with pytest.raises(RecordFileError, match="announces 12 usages, the file holds 4"):
        read_jsonl(lines[:5])


def test_a_file_without_or_with_two_headers_is_refused() -> None:
    lines = written(result(USAGE)).splitlines(keepends=True)
    with pytest.raises(RecordFileError, match='no line of type "scan"'):
        read_jsonl(lines[1:])
    with pytest.raises(RecordFileError, match="line 3: a second scan"):
        read_jsonl(lines + lines)
