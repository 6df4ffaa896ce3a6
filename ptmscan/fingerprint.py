"""What identifies a usage from one commit to the next: our fingerprint, and the line hash of GitHub code scanning."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable

from ptmscan.redaction import redact_text


def fingerprint(*, path: str, scope: str, signature: str, names: Iterable[str], ordinal: int) -> str:
    """A stable identity of one usage: 32 hexadecimal digits that do not change when code moves within its scope.

    `names` are the models' names as written; `ordinal` counts, from 0, the usages of a file that agree in all the rest.
    Names are redacted first: a fingerprint must neither hold a secret nor change when the secret does.
    """
    parts = [path, scope, signature, sorted(redact_text(name) for name in names), ordinal]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


# --- GitHub's line hash -----------------------------------------------------------------------------------------------
# SARIF's partialFingerprints.primaryLocationLineHash as github/codeql-action computes it (src/fingerprints.ts).

_WINDOW = 100
_BASE = 37
_MODULUS = 1 << 64
_END_OF_FILE = "\uffff"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def line_hash(source_text: str, line: int) -> str:
    """The line hash of one 1-based line of a file, `<hexadecimal>:<count>`.

    Raises:
        ValueError: the text has no such line.
    """
    found = line_hashes(source_text, (line,))
    if line not in found:
        raise ValueError(f"there is no line {line}")
    return found[line]


def line_hashes(source_text: str, lines: Collection[int]) -> dict[int, str]:
    """The line hashes of several lines in one pass over the text; lines that do not exist are left out.

    A hash reads 100 characters (UTF-16 units) from the line's start, across line ends, without spaces and tabs, with
    line ends as LF, then 65535 for the end of the file and zeros: the digits of a number of base 37, modulo 2**64; `:n`
    tells equal ones of a file apart. Give the text of the whole file, with its byte order mark if it has one.
    """
    units = _units(source_text)
    # Equal windows are counted, not equal numbers: far cheaper, and two windows of one number are a curiosity.
    starts = _line_starts(units, max(lines, default=0))
    windows = {line: _window(units, starts[line - 1]) for line in lines if 0 < line <= len(starts)}
    seen = dict.fromkeys(windows.values(), 0)
    found = {}
    for number, start in enumerate(starts, 1):
        window = _window(units, start)
        if window not in seen:
            continue
        seen[window] += 1
        if number in windows:
            found[number] = f"{_number(window):x}:{seen[window]}"
    return found


def _units(text: str) -> str:
    """The text as the hash reads it, one character per UTF-16 unit, padded for the last line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    return _ASTRAL.sub(_surrogates, text) + _END_OF_FILE + "\0" * (_WINDOW - 1)


def _surrogates(found: re.Match[str]) -> str:
    high, low = divmod(ord(found[0]) - 0x10000, 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low)


def _line_starts(units: str, last: int) -> list[int]:
    """Where lines 1 to `last` begin, or fewer if the text ends before."""
    starts = [0]
    while len(starts) < last and (end := units.find("\n", starts[-1])) >= 0:
        starts.append(end + 1)
    return starts


def _window(units: str, start: int) -> str:
    return units[start : start + _WINDOW]


def _number(window: str) -> int:
    value = 0
    for unit in window:
        value = (value * _BASE + ord(unit)) % _MODULUS
    return value
