"""From bytes to text the way Python reads source files, but never giving up on a file that holds text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ptmscan.errors import UnreadableFileError
from ptmscan.records import Diagnostic, DiagnosticCode

# The longer marks first: that of UTF-32 little endian begins with that of UTF-16.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# PEP 263: in the first line, or in the second if the first holds at most a comment.
_COOKIE = re.compile(rb"(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n))??[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
# Text encodings in which the bytes of an ASCII line are something else, or whose decoders are quadratic or warn.
_REFUSED_CODECS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "raw_unicode_escape", "undefined", "unicode-escape", "unicode_escape",
     "utf-7", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"}
)  # fmt: skip
_MAX_NAME = 60
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text with LF as the only newline, and what was odd about its bytes."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def decode(path: str, raw: bytes) -> Decoded:
    """The text of a Python file: byte order mark, PEP 263 declaration, UTF-8, and where none fits latin-1.

    Raises:
        UnreadableFileError: it holds NUL characters, so it is no text; or it is what Git LFS leaves in a file's place.
    """
    refuse_stand_in(path, raw)
    decoded = _wide(path, raw) or _narrow(path, raw)
    if "\0" in decoded.text:
        raise UnreadableFileError(path, DiagnosticCode.BINARY, "it holds NUL characters")
    return Decoded(fold_newlines(decoded.text), decoded.diagnostics)


def refuse_stand_in(path: str, raw: bytes) -> None:
    """Raise an UnreadableFileError for a Git LFS pointer (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md)."""
    if raw.startswith(LFS_POINTER):
        raise UnreadableFileError(path, DiagnosticCode.MISSING_OBJECT, "a Git LFS pointer; its content is not here")


def fold_newlines(text: str) -> str:
    """CR LF and CR become LF, as Python's tokenizer reads them; form feeds and Unicode line separators end no line."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def decode_utf8(path: str, raw: bytes, before: tuple[Diagnostic, ...] = ()) -> Decoded:
    """UTF-8, else latin-1, which fits any bytes, with a diagnostic at the first line that is not UTF-8."""
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return Decoded(raw.decode("utf-8"), before)
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte 0x{raw[error.start]:02x}); read as latin-1"
        found = Diagnostic(path, _line_of(raw, error.start), DiagnosticCode.ENCODING, message)
        return Decoded(raw.decode("latin-1"), (*before, found))


def _wide(path: str, raw: bytes) -> Decoded | None:
    """A file with a mark of UTF-16 or UTF-32, which editors write and Python refuses."""
    encoding = next((encoding for mark, encoding in _WIDE_MARKS if raw.startswith(mark)), None)
    if encoding is None:
        return None
    message = f"{encoding.upper()}, which Python itself does not read"
    found = Diagnostic(path, None, DiagnosticCode.ENCODING, message)
    return Decoded(raw.decode(encoding, "replace"), (found,))


def _narrow(path: str, raw: bytes) -> Decoded:
    cookie = _COOKIE.match(raw.removeprefix(codecs.BOM_UTF8))
    if cookie is None:
        return decode_utf8(path, raw)
    name = cookie[1][:_MAX_NAME].decode("ascii", "replace")
    encoding = _codec(name)
    if encoding == "utf-8":
        return decode_utf8(path, raw)
    if encoding is None:
        return decode_utf8(path, raw, (_odd(path, cookie, f"unknown encoding {name!r}; tried as UTF-8"),))
    if raw.startswith(codecs.BOM_UTF8):
        return decode_utf8(path, raw, (_odd(path, cookie, f"declared as {name!r}, but it begins with UTF-8's mark"),))
    return _declared(path, raw, encoding, cookie)


def _declared(path: str, raw: bytes, encoding: str, cookie: re.Match[bytes]) -> Decoded:
    try:
        text = raw.decode(encoding)
    except (UnicodeError, LookupError):  # a LookupError: rot13, bz2 and the like are codecs, but not of text
        return decode_utf8(path, raw, (_odd(path, cookie, f"not in the declared encoding {encoding!r}"),))
    if cookie[1].decode("ascii", "replace") not in text[: cookie.end()]:
        return decode_utf8(path, raw, (_odd(path, cookie, f"{encoding!r} cannot be declared in ASCII"),))
    return Decoded(text)


def _codec(name: str) -> str | None:
    """Python's own name of the encoding; None if it has none, or none that fits an ASCII declaration."""
    # tokenize.detect_encoding does the same for what Emacs adds: utf-8-unix, latin-1-dos.
    plain = re.sub(r"-(?:unix|dos|mac)\Z", "", name.lower().replace("_", "-"))
    try:
        found = codecs.lookup(plain)
    except (LookupError, ValueError):
        return None
    if found.name in _REFUSED_CODECS:
        return None
    return "utf-8" if found.name == "utf-8-sig" else found.name


def _odd(path: str, cookie: re.Match[bytes], message: str) -> Diagnostic:
    return Diagnostic(path, _line_of(cookie.string, cookie.start(1)), DiagnosticCode.ENCODING, message)


def _line_of(raw: bytes, offset: int) -> int:
    """The 1-based line of a byte offset, before newlines are folded."""
    head = raw[:offset].replace(b"\r\n", b"\n")
    return head.count(b"\n") + head.count(b"\r") + 1
