"""Scanned text made safe to show: what a terminal would obey or an eye would not see is written out as an escape."""

from __future__ import annotations


def printable(text: str, limit: int | None = None) -> str:
    r"""The text with every character that is not printable as `\x1b`, `\n` or `\u202e`; cut to `limit` characters.

    `str.isprintable` is false for C0 and C1 controls, line separators, marks that reorder text, surrogates, invisible
    and unassigned characters, so that nothing of them reaches a terminal, spreadsheet or web page as itself.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
