"""Scanned text made safe to show: what a terminal would obey or an eye would not see is written out as an escape."""

from __future__ import annotations

import re

# What a build log obeys: `::command::` at the start of a line, `##[command]` and its like anywhere in one
# (actions/runner, src/Runner.Common/ActionCommand.cs; Azure Pipelines and TeamCity put a word before the bracket).
_COMMAND = re.compile(r"^(?P<blank> *):(?=:)|(?P<hash>#)#(?=\w*\[)")


def printable(text: str, limit: int | None = None) -> str:
    r"""The text with every character that is not printable as `\x1b`, `\n` or `\u202e`; cut to `limit` characters.

    `str.isprintable` is false for C0 and C1 controls, line separators, marks that reorder text, surrogates, invisible
    and unassigned characters, so that nothing of them reaches a terminal, spreadsheet or web page as itself. What a
    build log would take for a command loses its first mark to an escape.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    if not text.isprintable():
        text = "".join(character if character.isprintable() else _escape(character) for character in text)
    return _COMMAND.sub(_defused, text) if "::" in text or "##" in text else text


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _defused(found: re.Match[str]) -> str:
    return r"#\x23" if found["hash"] else rf"{found['blank']}\x3a"
