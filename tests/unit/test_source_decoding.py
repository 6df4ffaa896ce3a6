"""Which text the bytes of a Python file stand for, and what is told about it."""

from __future__ import annotations

import codecs
import io
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ptmscan.errors import UnreadableFileError
from ptmscan.source import MAX_SOURCE_BYTES, Source, read_source


def text(source: Source) -> str:
    return source.data.decode()


def odd(source: Source) -> list[tuple[int | None, str]]:
    return [(found.line, found.code) for found in source.diagnostics]


@pytest.mark.parametrize(
    ("code", "encoding"),
    [
        pytest.param("", "utf-8", id="empty"),
        pytest.param("x = 'é'\n", "utf-8", id="utf-8"),
        pytest.param("x = 1\n", "utf-8-sig", id="mark"),
        pytest.param("# coding: utf-8\nx = 'é'", "utf-8-sig", id="mark-and-declaration"),
        pytest.param("# -*- coding: latin-1 -*-\nx = 'é'", "latin-1", id="latin-1"),
        pytest.param("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'€'", "cp1252", id="second-line"),
        pytest.param("\n# coding: cp1251\n'ж'", "cp1251", id="after-a-blank-line"),
        pytest.param("# Ж\n# coding: koi8-r\n'ж'", "koi8-r", id="after-a-comment"),
        pytest.param("# coding: latin-1-unix\n'é'", "latin-1", id="emacs"),
        pytest.param("# coding: UTF_8-dos\n'é'", "utf-8", id="emacs-utf-8"),
        pytest.param("# coding: gbk\n'模型'", "gbk", id="gbk"),
        pytest.param("# coding: shift_jis\n'モデル'", "shift_jis", id="shift-jis"),
        pytest.param("x = 1\n\n# coding: latin-1\n'é'", "utf-8", id="the-third-line-declares-nothing"),
        pytest.param("x = 1\n# coding: latin-1\n'é'", "utf-8", id="nor-does-a-second-line-after-code"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_is_decoded_as_python_does(code: str, encoding: str, newline: str) -> None:
    source = read_source("a.py", code.replace("\n", newline).encode(encoding))
    assert text(source) == code
    assert source.diagnostics == ()


@pytest.mark.parametrize(
    ("raw", "expected", "told"),
    [
        pytest.param(b"x = 1\ny = '\xe9'\n", "x = 1\ny = 'é'\n", [(2, "encoding")], id="latin-1"),
        pytest.param(b"x\r\ry\xe9", "x\n\nyé", [(3, "encoding")], id="line-of-bare-cr"),
        pytest.param(b"# coding: odd\nx = '\xc3\xa9'", "# coding: odd\nx = 'é'", [(1, "encoding")], id="unknown"),
        pytest.param(b"#\n# coding: ascii\n'\xe9'", "#\n# coding: ascii\n'é'", [(2, "encoding"), (3, "encoding")],
                     id="declared-ascii"),
        pytest.param(b"# coding: utf-8\n'\xe9'", "# coding: utf-8\n'é'", [(2, "encoding")], id="declared-utf-8"),
        pytest.param(codecs.BOM_UTF8 + b"# coding: latin-1\n'\xc3\xa9'", "# coding: latin-1\n'é'", [(1, "encoding")],
                     id="mark-against-cookie"),
        pytest.param("x = 'é'\n".encode("utf-16"), "x = 'é'\n", [(None, "encoding")], id="utf-16"),
        pytest.param(codecs.BOM_UTF16_BE + "x\r\n".encode("utf-16-be"), "x\n", [(None, "encoding")], id="utf-16-be"),
        pytest.param("x = 1".encode("utf-32"), "x = 1", [(None, "encoding")], id="utf-32"),
        pytest.param(codecs.BOM_UTF16_LE + b"x\0\0", "x\ufffd", [(None, "encoding")], id="cut-utf-16"),
    ],
)  # fmt: skip
def test_what_python_would_refuse_is_read_and_told(raw: bytes, expected: str, told: list[tuple[int, str]]) -> None:
    source = read_source("a.py", raw)
    assert text(source) == expected
    assert odd(source) == told


@pytest.mark.parametrize(
    "codec",
    ["rot13", "bz2", "zlib", "hex", "base64", "uu", "punycode", "idna", "undefined", "unicode_escape",
     "raw_unicode_escape", "utf-7", "utf-16", "utf-16-le", "utf-32", "cp037", "os", "..os", "a.b", "-", "x" * 5000],
)  # fmt: skip
def test_a_declared_codec_that_hides_the_code_is_refused(codec: str) -> None:
    code = f"# coding: {codec}\nx = 1\n"
    source = read_source("a.py", code.encode())
    assert text(source) == code
    assert odd(source) == [(1, "encoding")]


@pytest.mark.parametrize("raw", [b"x = 1\0", b"\0" * 100, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x".encode("utf-16-le")])
def test_nul_characters_make_a_file_binary(raw: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_source("a.py", raw)
    assert caught.value.code == "binary"


def test_a_pointer_of_git_lfs_is_not_taken_for_python() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    for path in ("a.py", "a.ipynb"):
        with pytest.raises(UnreadableFileError, match="Git LFS") as caught:
            read_source(path, pointer)
        assert caught.value.code == "missing-git-object"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_newline_is_one_line(newline: str) -> None:
    source = read_source("a.py", newline.join(["a", "", "b", ""]).encode())
    assert text(source) == "a\n\nb\n"
    assert source.position(3).line == 3


def test_only_newlines_end_a_line() -> None:
    line = "a\f\v\x1c\x1d\x1e\x85\u2028\u2029b"
    source = read_source("a.py", line.encode())
    assert text(source) == line
    assert source.position(len(source.data)).line == 1
    assert source.line_text(3) == line


def test_the_limit_is_on_the_decoded_source() -> None:
    at_limit = b"#" * MAX_SOURCE_BYTES
    assert len(read_source("a.py", at_limit).data) == MAX_SOURCE_BYTES
    with pytest.raises(UnreadableFileError) as caught:
        read_source("a.py", at_limit + b"#")
    assert caught.value.code == "too-large"


def test_a_file_is_one_unit() -> None:
    source = read_source("a.pyw", b"x = 1")
    assert [(unit.cell, unit.start, unit.end) for unit in source.units] == [(None, 0, 5)]


@given(st.binary(max_size=200))
@example(b"#coding:\xff")
@example(codecs.BOM_UTF16_LE + b"\x00\xd8")
def test_any_bytes_are_decoded_or_refused_with_a_code(raw: bytes) -> None:
    decoded = text_or_code(raw)
    assert decoded in {"binary", "missing-git-object"} or not {"\r", "\0"} & set(decoded)


def text_or_code(raw: bytes) -> str:
    try:
        return text(read_source("a.py", raw))
    except UnreadableFileError as error:
        return error.code


COOKIES = st.sampled_from(
    ["", "# coding: utf-8", "#coding=latin-1", "# vim: fileencoding=cp1252", "x # coding: koi8-r"]
)


@given(first=st.sampled_from(["", "#!/bin/x", "# é", "x = 1"]), cookie=COOKIES, body=st.text("aé\n ", max_size=10))
def test_where_python_can_decode_a_file_we_decode_it_alike(first: str, cookie: str, body: str) -> None:
    for encoding in ("utf-8", "latin-1", "cp1252"):
        raw = "\n".join([first, cookie, body]).encode(encoding)
        try:
            found, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
            expected = raw.decode(found)
        except (SyntaxError, UnicodeDecodeError):
            continue
        source = read_source("a.py", raw)
        assert text(source) == expected
        assert source.diagnostics == ()


def test_what_a_file_says_of_itself_is_quoted_briefly_and_without_control_characters() -> None:
    name = "x" * 100_000
    declared = read_source("a.py", f"# coding: {name}\n".encode())
    language = read_source(
        "a.ipynb", b'{"cells": [], "metadata": {"language_info": {"name": "\\u001b[31m%b"}}}' % name.encode()
    )
    magic = read_source("b.ipynb", b'{"cells": [{"cell_type": "code", "source": "%%%%%b\\nx"}]}' % name.encode())
    for source in (declared, language, magic):
        (found,) = source.diagnostics
        assert len(found.message) < 200
        assert found.message.isprintable()
