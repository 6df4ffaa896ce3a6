"""Values of string and number tokens, of Python 2 too, decoded without `eval`.

Grammar: https://docs.python.org/3/reference/lexical_analysis.html#literals and
https://docs.python.org/2.7/reference/lexical_analysis.html#integer-and-long-integer-literals.
"""

from __future__ import annotations

import re
import unicodedata

_ESCAPE = re.compile(
    r"\\(?:(\n)|([\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{([^{}]+)\}|([xuUN]))"
)
_BRACES = re.compile(r"(\\N\{[^{}]*\}|\{\{|\}\})")
_BYTES_ESCAPE = re.compile(rb"\\(?:(\n)|([\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|(x))")
_SIMPLE = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_NUMBER = re.compile(r"(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*)")
_MAX_DIGITS = 4300  # CPython's own limit, sys.int_info.default_max_str_digits


class LiteralError(ValueError):
    """The token is no literal of any Python version."""


def decode_text(text: str, *, raw: bool, braces: bool = False) -> str:
    """The value of what stands between the quotes of a text literal; `braces`: of an f-string, `{{` is one brace.

    Raises:
        LiteralError: a broken escape such as `\\x1` or an unknown character name.
    """
    if braces and ("{{" in text or "}}" in text):
        return _decode_braces(text, raw)
    if raw or "\\" not in text:
        return text
    return _ESCAPE.sub(_text_escape, text)


def _decode_braces(text: str, raw: bool) -> str:
    """`\\N{DASH}` keeps its braces, so the pieces between doubled braces are decoded one by one."""
    pieces = _BRACES.split(text)
    return "".join([p[0] if p in ("{{", "}}") else decode_text(p, raw=raw) for p in pieces])


def _text_escape(match: re.Match[str]) -> str:
    newline, simple, octal, x, u, wide, name, _ = match.groups()
    if newline:
        return ""
    if simple:
        return _SIMPLE[simple]
    if octal:
        return chr(int(octal, 8))
    try:
        return unicodedata.lookup(name) if name else chr(int(x or u or wide, 16))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise LiteralError(match.group()) from None


def decode_bytes(text: str, *, raw: bool) -> bytes:
    """The value of what stands between the quotes of a bytes literal.

    Raises:
        LiteralError: a character outside ASCII, which Python 3 forbids, or a broken escape.
    """
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        raise LiteralError(text) from None
    return data if raw or b"\\" not in data else _BYTES_ESCAPE.sub(_bytes_escape, data)


def _bytes_escape(match: re.Match[bytes]) -> bytes:
    newline, simple, octal, x, _ = match.groups()
    if newline:
        return b""
    if simple:
        return _SIMPLE[simple.decode()].encode()
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if x:
        return bytes([int(x, 16)])
    raise LiteralError(repr(match.group()))


def decode_number(token: str) -> int | float | complex:
    """The value of a number, of `0777` and `10L` in Python 2 spelling too.

    Raises:
        LiteralError: not a number in any version (`0b2`, `089`), or longer than CPython would read.
    """
    if len(token) > _MAX_DIGITS:
        raise LiteralError("number too long")
    body = token.rstrip("lL")
    if _NUMBER.fullmatch(body):
        return _integer(body)
    try:
        return complex(body) if body[-1:] in "jJ" else float(body)
    except ValueError:
        raise LiteralError(token) from None


def _integer(body: str) -> int:
    digits = body.replace("_", "")
    old_octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit() and digits.strip("0") != ""
    try:
        return int(digits, 8) if old_octal else int(body, 10 if digits.isdigit() else 0)
    except ValueError:
        raise LiteralError(body) from None
