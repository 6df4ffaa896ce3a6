"""Fingerprints stay when code moves; the line hash is the one that GitHub computes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptmscan.fingerprint import fingerprint, line_hash, line_hashes

USAGE: dict[str, Any] = {
    "path": "a.py",
    "scope": "f",
    "signature": "transformers/pipeline",
    "names": ["a", "b"],
    "ordinal": 0,
}


def test_the_fingerprint_never_changes_between_releases() -> None:
    assert fingerprint(**USAGE) == "fe900955a1114b8aee4eac17485d2487"


@pytest.mark.parametrize(
    "change", [{"path": "b.py"}, {"scope": "g"}, {"signature": "x/y"}, {"names": ["a"]}, {"ordinal": 1}], ids=str
)
def test_each_part_counts(change: dict[str, Any]) -> None:
    assert fingerprint(**USAGE | change) != fingerprint(**USAGE)


def test_the_order_of_names_does_not_count_but_their_borders_do() -> None:
    assert fingerprint(**USAGE | {"names": ["b", "a"]}) == fingerprint(**USAGE)
    assert fingerprint(**USAGE | {"names": ["ab"]}) != fingerprint(**USAGE | {"names": ["a", "b"]})


def test_a_secret_in_a_name_does_not_enter_the_fingerprint() -> None:
    first, second = ({"names": [f"https://user:{password}@host/model.bin"]} for password in ("hunter2", "swordfish"))
    assert fingerprint(**USAGE | first) == fingerprint(**USAGE | second)


def test_names_that_are_no_unicode_have_a_fingerprint() -> None:
    assert len(fingerprint(**USAGE | {"names": ["\ud800"]})) == 32


END = "c129715d7a2bc9a3:1"
_SIX = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    END,
]

# Inputs and hashes that github/codeql-action publishes for its own implementation (src/fingerprints.test.ts).
PUBLISHED = [
    ("", [END]),
    (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
    (
        " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
        [
            "8b7cf3e952e7aeb2:1",
            "b1ae1287ec4718d9:1",
            "bff680108adb0fcc:1",
            "c6805c5e1288b612:1",
            "b86d3392aea1be30:1",
            "e6ceba753e1a442:1",
        ],
    ),
    (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", _SIX),
    (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", _SIX),
    (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", _SIX),
    (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", _SIX),
    (
        "Lorem ipsum dolor sit amet.\n" * 10,
        [
            *(f"a7f2ff13bc495cf2:{n}" for n in range(1, 7)),
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            END,
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), PUBLISHED, ids=range(len(PUBLISHED)))
def test_line_hash_equals_the_published_ones(text: str, expected: list[str]) -> None:
    assert [line_hash(text, line) for line in range(1, len(expected) + 1)] == expected
    assert line_hashes(text, range(1, 99)) == dict(enumerate(expected, 1))


def rolling_hashes(text: str) -> list[str]:
    """The algorithm as it is described: a window that rolls over the units of the file."""
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H").tolist()
    window, marks, index, number, hashes, counts = [0] * 100, [False] * 100, 0, 0, [], {}

    def emit() -> None:
        counts[number] = counts.get(number, 0) + 1
        hashes.append(f"{number:x}:{counts[number]}")
        marks[index] = False

    def roll(unit: int) -> None:
        nonlocal number, index
        number = (number * 37 + unit - window[index] * 37**100) % 2**64
        window[index] = unit
        index = (index + 1) % 100

    new_line, after_return = True, False
    for unit in [*units, 65535]:
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        unit = 10 if unit == 13 else unit
        if marks[index]:
            emit()
        marks[index] = new_line
        new_line = unit == 10
        roll(unit)
    for _ in range(100):
        if marks[index]:
            emit()
        roll(0)
    return hashes


# Letters that no sum can confuse: their codes lie closer together than the base of the number.
@given(st.text("abcdefghij \t\r\n\U0001f600é", max_size=300))
def test_line_hash_equals_the_rolling_one(text: str) -> None:
    expected = rolling_hashes(text)
    assert list(line_hashes(text, range(1, len(expected) + 2)).values()) == expected


def test_a_line_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no line 3"):
        line_hash("a\n", 3)
    with pytest.raises(ValueError, match="no line 0"):
        line_hash("a\n", 0)
