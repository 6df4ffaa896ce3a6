"""String and number tokens: Python's own reading is the oracle, Python 2 spellings are checked by hand."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.syntax.literals import LiteralError, decode_bytes, decode_number, decode_text

ESCAPES = st.sampled_from(
    [
        *(
            r"\n",
            r"\x41",
            r"\x4",
            r"\u00e9",
            r"\u12",
            r"\U0001F600",
            r"\U99999999",
            r"\N{BULLET}",
            r"\N{nothing}",
            r"\N",
        ),
        *("\\", r"\\", r"\'", r"\"", r"\0", r"\12", r"\777", r"\q", "\\\n", "\n", "{", "}", "é", "😀"),
    ]
)
TEXTS = st.lists(st.one_of(ESCAPES, st.text(max_size=3)), max_size=6).map("".join)


def python_value(literal: str) -> object:
    """What Python makes of a literal; LiteralError if it makes nothing of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.literal_eval(literal)
        except (SyntaxError, ValueError):
            return LiteralError


def ours(decode: object, text: str, **how: bool) -> object:
    try:
        return decode(text, **how)  # type: ignore[operator]
    except LiteralError:
        return LiteralError


def fits_in_quotes(text: str) -> bool:
    """Whether the text can stand between triple quotes at all."""
    backslashes = len(text) - len(text.rstrip("\\"))
    return '"' not in text and "\0" not in text and "\r" not in text and backslashes % 2 == 0


@given(TEXTS.filter(fits_in_quotes))
def test_text_is_decoded_as_python_does(text: str) -> None:
    assert ours(decode_text, text, raw=False) == python_value(f'"""{text}"""')


@given(TEXTS.filter(fits_in_quotes))
def test_raw_text_is_decoded_as_python_does(text: str) -> None:
    assert decode_text(text, raw=True) == python_value(f'r"""{text}"""')


@given(TEXTS.filter(fits_in_quotes), st.booleans())
def test_bytes_are_decoded_as_python_does(text: str, raw: bool) -> None:
    prefix = "rb" if raw else "b"
    assert ours(decode_bytes, text, raw=raw) == python_value(f'{prefix}"""{text}"""')


@given(st.from_regex(r"[0-9][0-9_.eExXobBjJ+\-a-fA-F]{0,8}", fullmatch=True))
def test_a_number_is_what_python_says(token: str) -> None:
    expected = python_value(token)
    if isinstance(expected, int | float | complex) and "+" not in token and "-" not in token:
        assert decode_number(token) == expected


@pytest.mark.parametrize(
    ("token", "value"),
    [("0777", 511), ("00", 0), ("10L", 10), ("0xFFl", 255), ("0o17", 15), ("1_000", 1000), ("1e-3", 0.001), ("2J", 2j)],
)
def test_numbers_of_every_version(token: str, value: complex) -> None:
    assert decode_number(token) == value


@pytest.mark.parametrize("token", ["089", "0b2", "1__0", "1_", "9" * 5000, "0x", ""])
def test_what_is_no_number_is_refused(token: str) -> None:
    with pytest.raises(LiteralError):
        decode_number(token)


def test_doubled_braces_are_one_brace_but_not_those_of_a_named_character() -> None:
    assert decode_text("{{\\N{EM DASH}}}", raw=False, braces=True) == "{\N{EM DASH}}"
